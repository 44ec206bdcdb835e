"""Vital signs: what a generator knows of itself, each second."""

import os
import time
from pathlib import Path
from typing import Any

from scenarios.swarm.browser.limits import most_sockets

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STATM = Path("/proc/self/statm")


class Vital:
    """Looks at this process; `cpu` is the share of one core since it last looked."""

    def __init__(self) -> None:
        self._cpu_s, self._at_s = time.process_time(), time.perf_counter()
        self._most_bytes = PAGE_BYTES * os.sysconf("SC_PHYS_PAGES")
        self._sockets_most = most_sockets()

    def look(self) -> dict[str, Any]:
        """Return CPU, memory and what there is of both descriptors and memory."""
        cpu_s, at_s = time.process_time(), time.perf_counter()
        used, passed = cpu_s - self._cpu_s, at_s - self._at_s
        self._cpu_s, self._at_s = cpu_s, at_s
        return {
            "cpu": used / passed if passed > 0 else 0.0,
            "memory_bytes": int(STATM.read_text(encoding="ascii").split()[1]) * PAGE_BYTES,
            "memory_most": self._most_bytes,
            "sockets_most": self._sockets_most,
        }
