"""Vital signs: what a generator knows of itself, each second."""

import os
import time
from pathlib import Path
from typing import Any

from scenarios.swarm.browser.limits import most_sockets

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STATM = Path("/proc/self/statm")
SHORTEST_S = 0.5
"""Seconds that are told late come close together; over so short a time a share of a core says nothing."""


class Vital:
    """Looks at this process; `cpu` is the share of one core since it looked at least half a second before."""

    def __init__(self) -> None:
        self._cpu_s, self._at_s = time.process_time(), time.perf_counter()
        self._share = 0.0
        self._most_bytes = PAGE_BYTES * os.sysconf("SC_PHYS_PAGES")
        self._sockets_most = most_sockets()

    def look(self) -> dict[str, Any]:
        """Return CPU, memory and what there is of both descriptors and memory."""
        cpu_s, at_s = time.process_time(), time.perf_counter()
        passed_s = at_s - self._at_s
        if passed_s >= SHORTEST_S:
            self._share = (cpu_s - self._cpu_s) / passed_s
            self._cpu_s, self._at_s = cpu_s, at_s
        return {
            "cpu": self._share,
            "memory_bytes": int(STATM.read_text(encoding="ascii").split()[1]) * PAGE_BYTES,
            "memory_most": self._most_bytes,
            "sockets_most": self._sockets_most,
        }
