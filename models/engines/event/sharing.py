"""Stations whose servers are shared by all who are there, in virtual time (see docs/network.md)."""

import math

import numpy as np
from numpy.typing import NDArray

from models.engines.event.memory import (
    AT_OPERATION,
    BUSY,
    DEPARTURES,
    DOING,
    FIRST,
    LAST_KEY,
    LEAF,
    NEVER,
    NOW,
    NUMBER_OF_SERVERS,
    PLACE_OF,
    RANK,
    RELEASE_RANK,
    SERVED,
    SESSION,
    SHARES_NOW,
    STARTS,
    VIRTUAL,
    VIRTUAL_AT,
    WAITING,
    Memory,
)
from models.engines.event.ranking import enter, leave
from models.engines.event.special import set_special
from models.kernel import inlined, lean_kernel
from models.machine import NUMBER, SPACE

Reals = NDArray[np.float64]


@inlined
def _rate(m: Memory, station: int, there: int) -> float:
    servers = m[station + NUMBER_OF_SERVERS]
    return 1.0 if there <= servers else servers / there


@inlined
def advance_virtually(m: Memory, f: Reals, station: int) -> None:
    """Bring virtual time up to now."""
    there = m[station + BUSY] + m[station + WAITING]
    if there:
        f[station + VIRTUAL] += (m[NOW] - m[station + VIRTUAL_AT]) * _rate(m, station, there)
    m[station + VIRTUAL_AT] = m[NOW]


@lean_kernel
def join(m: Memory, f: Reals, thread: int, station: int, time: int) -> bool:
    """Begin to share, where there is room."""
    beyond = m[station + BUSY] + m[station + WAITING] - m[station + NUMBER_OF_SERVERS]
    if beyond >= 0 and beyond >= m[station + SPACE]:
        return False
    m[thread + DOING] = SHARES_NOW
    m[thread + RANK] = np.float64(f[station + VIRTUAL] + time).view(np.int64)  # ordered as the targets are
    m[thread + LAST_KEY] = m[thread + PLACE_OF] | m[m[thread + AT_OPERATION] + NUMBER]
    enter(m, station + FIRST, thread)
    m[station + STARTS] += 1
    m[station + SERVED] -= m[NOW]
    settle(m, f, station, 1)
    return True


@lean_kernel
def part(m: Memory, f: Reals, thread: int, station: int) -> None:
    """Share no longer."""
    leave(m, station + FIRST, thread)
    m[station + DEPARTURES] += 1
    m[station + SERVED] += m[NOW]
    settle(m, f, station, -1)


@lean_kernel
def settle(m: Memory, f: Reals, station: int, more: int) -> None:
    """Count who is served and who is beyond the servers, and foresee the next end."""
    there = m[station + BUSY] + m[station + WAITING] + more
    m[station + BUSY] = min(there, m[station + NUMBER_OF_SERVERS])
    m[station + WAITING] = there - m[station + BUSY]
    if there == 0:
        f[station + VIRTUAL] = 0.0
    if there == 0 or m[station + NUMBER_OF_SERVERS] == 0:
        set_special(m, m[station + LEAF], NEVER, 0, 0)
        return
    thread = m[station + FIRST]
    ahead = (f[thread + RANK] - f[station + VIRTUAL]) / _rate(m, station, there)
    at = m[NOW] + max(0, np.int64(math.ceil(ahead)))
    set_special(m, m[station + LEAF], at, RELEASE_RANK | m[thread + SESSION], m[thread + LAST_KEY])
