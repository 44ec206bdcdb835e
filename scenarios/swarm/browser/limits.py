"""What this machine can open: descriptors and ports. When they run out, the generator is at fault, not the portal."""

import errno
import resource
from pathlib import Path

from cutover.base.errors import InvalidRun

PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
USUAL_PORTS = (32_768, 60_999)  # Linux's own: Documentation/networking/ip-sysctl.rst
LINGER_S = 60.0  # a port rests so long after its connection was closed here: TCP_TIMEWAIT_LEN, include/net/tcp.h
OWN_DESCRIPTORS = 256  # assumed: files, channels and libraries of the process itself
OUR_FAULTS = frozenset((errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.EADDRINUSE, errno.ENOBUFS, errno.ENOMEM))


def is_generators_fault(error: Exception) -> bool:
    """Tell whether a connection could not be opened because this machine ran out of ports, descriptors or memory."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in OUR_FAULTS)


def most_sockets() -> int:
    """Return how many sockets this process may open, once its limit is raised as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(0, hard - OWN_DESCRIPTORS)


def ports() -> int:
    """Return how many ports a connection may leave from, for each pair of a source and a target address."""
    low, high = map(int, PORT_RANGE.read_text(encoding="ascii").split()) if PORT_RANGE.exists() else USUAL_PORTS
    return high - low + 1


def check_room(
    at_once: int, opened_per_s: float, sources: int = 1, targets: int = 1, *, loopback: bool = False
) -> None:
    """Raise InvalidRun, with the remedy, when connections would run out of descriptors or ports.

    `at_once` is how many are open at most, `opened_per_s` how many are opened a second; `sources` and `targets` are
    how many addresses there are on both sides. A port rests for a minute after its connection; on loopback Linux gives
    it out again at once (tcp_tw_reuse = 2).
    """
    wanted_ports = at_once + (0 if loopback else opened_per_s * LINGER_S)
    there = ports() * max(1, sources) * max(1, targets)
    faults = []
    if at_once > most_sockets():
        faults.append(
            f"{at_once:,} connections at once need as many open files; this process has {most_sockets():,} to spare: "
            f"raise the limit (ulimit -n {at_once + OWN_DESCRIPTORS}), add workers, or share connections (--pooled)"
        )
    if wanted_ports > there:
        faults.append(
            f"{at_once:,} connections at once and {opened_per_s:,.0f} new a second need {wanted_ports:,.0f} ports, "
            f"and there are {there:,}: add addresses (--source-address), widen net.ipv4.ip_local_port_range, add "
            "machines, or share connections (--pooled)"
        )
    if faults:
        raise InvalidRun("; ".join(faults))
