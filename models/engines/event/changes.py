"""Changes of stations over time: schedules, faults and slow phases, known before, and autoscalers, which decide."""

import math

import numpy as np
from numpy.typing import NDArray

from models.engines.event.books import advance
from models.engines.event.memory import (
    BUSY,
    BUSY_BEFORE,
    BUSY_NS,
    CAPACITY_NS,
    CHANGE_LEAF,
    CHANGE_RANK,
    DOWN_NOW,
    FAILS_NOW,
    GUARDED,
    IS_SCALED,
    LEFT,
    NEVER,
    NEXT_CHANGE,
    NOW,
    NUMBER_OF_SERVERS,
    PACE,
    RESIZED,
    SCALED_TO,
    STAYED,
    Memory,
)
from models.engines.event.pools import grant_waiting
from models.engines.event.sharing import advance_virtually, settle
from models.engines.event.special import LEAF_OF, set_special
from models.engines.event.stations import serve_waiting
from models.kernel import inlined, lean_kernel
from models.machine import (
    AT_NS,
    BREAKS_AT,
    BY,
    CHANGE_COUNT,
    CHANGE_WORDS,
    CHANGED,
    CHANGES,
    COOLDOWN_NS,
    DISCIPLINE,
    DOWN,
    INDEX,
    LEAST,
    MOST,
    POOL,
    SCALED,
    SCALER_STATE,
    SHARING,
    START_UP_NS,
    TO_DOWN,
    TO_FAILS,
    TO_LEFT,
    TO_PACE,
    TO_SERVERS,
    UP,
    WINDOW_NS,
)

Reals = NDArray[np.float64]

LOOK_LEAF, GROWTH_LEAF, DECIDED, BUSY_THEN, CAPACITY_THEN, ORDERS, FIRST_ORDER, NUMBER_OF_ORDERS, ORDERS_ROOM = range(
    SCALER_STATE, SCALER_STATE + 9
)
"""Of an autoscaler, for the engine: its leaves, when it decided last, loads at its last look, and a ring of
orders."""

LOOK, START_UP = 1, 2
"""Operations in the keys of an autoscaler's events."""


@lean_kernel
def change(m: Memory, f: Reals) -> None:
    """Let the next of the known changes come."""
    row = m[CHANGES] + CHANGE_WORDS * m[NEXT_CHANGE]
    m[NEXT_CHANGE] += 1
    foresee_change(m)
    station = m[row + CHANGED]
    _advance(m, f, station)
    m[station + LEFT] = m[row + TO_LEFT]
    m[station + PACE] = m[row + TO_PACE]
    m[station + FAILS_NOW] = m[row + TO_FAILS]
    m[station + DOWN_NOW] = m[row + TO_DOWN]
    m[station + GUARDED] = m[row + TO_DOWN] + m[station + BREAKS_AT]
    if not m[station + IS_SCALED]:
        m[station + SCALED_TO] = m[row + TO_SERVERS]
    _resize(m, f, station)


@lean_kernel
def foresee_change(m: Memory) -> None:
    """Set the leaf of the known changes."""
    if m[NEXT_CHANGE] == m[CHANGE_COUNT]:
        set_special(m, m[CHANGE_LEAF], NEVER, 0, 0)
        return
    row = m[CHANGES] + CHANGE_WORDS * m[NEXT_CHANGE]
    set_special(m, m[CHANGE_LEAF], m[row + AT_NS], CHANGE_RANK | m[m[row + CHANGED] + INDEX], 0)


@lean_kernel
def _advance(m: Memory, f: Reals, station: int) -> None:
    if m[station + DISCIPLINE] == SHARING:
        advance_virtually(m, f, station)
    advance(m, station)


@lean_kernel
def _resize(m: Memory, f: Reals, station: int) -> None:
    """Have as many servers as there are, less those that a fault takes."""
    m[station + CAPACITY_NS] += m[station + NUMBER_OF_SERVERS] * (m[NOW] - m[station + RESIZED])
    m[station + RESIZED] = m[NOW]
    m[station + STAYED] += _staying(m, station) * m[NOW]
    m[station + NUMBER_OF_SERVERS] = np.int64(math.floor(m[station + SCALED_TO] * f[station + LEFT] + 0.5))
    if m[station + DISCIPLINE] == SHARING:
        settle(m, f, station, 0)
    elif m[station + DISCIPLINE] == POOL:
        grant_waiting(m, station)
    else:
        serve_waiting(m, station)
    m[station + STAYED] -= _staying(m, station) * m[NOW]


@inlined
def _staying(m: Memory, station: int) -> int:
    """Return how many servers are busy though they have been taken."""
    return int(max(0, m[station + BUSY] - m[station + NUMBER_OF_SERVERS]))


@lean_kernel
def look(m: Memory, f: Reals, leaf: int) -> None:
    """Let an autoscaler compare the busy time of its window with that of all servers, and decide."""
    scaler, now = m[leaf + LEAF_OF], m[NOW]
    station = m[scaler + SCALED]
    advance(m, station)
    busy_ns = m[station + BUSY_BEFORE] + m[station + BUSY_NS]
    capacity_ns = m[station + CAPACITY_NS] + m[station + NUMBER_OF_SERVERS] * (now - m[station + RESIZED])
    busy, capacity = (busy_ns - m[scaler + BUSY_THEN]) * 1000, capacity_ns - m[scaler + CAPACITY_THEN]
    m[scaler + BUSY_THEN] = busy_ns
    m[scaler + CAPACITY_THEN] = capacity_ns
    set_special(m, leaf, now + m[scaler + WINDOW_NS], CHANGE_RANK | m[station + INDEX], LOOK)
    if now < m[scaler + DECIDED] + m[scaler + COOLDOWN_NS]:
        return
    number = m[station + SCALED_TO]
    if busy >= m[scaler + UP] * capacity and number < m[scaler + MOST]:
        m[scaler + DECIDED] = now
        _order(m, scaler)
    elif busy <= m[scaler + DOWN] * capacity and number > m[scaler + LEAST]:
        m[scaler + DECIDED] = now
        _scale(m, f, station, max(m[scaler + LEAST], number - m[scaler + BY]))


@lean_kernel
def _order(m: Memory, scaler: int) -> None:
    """Order servers, which take a while to start."""
    place = (m[scaler + FIRST_ORDER] + m[scaler + NUMBER_OF_ORDERS]) % m[scaler + ORDERS_ROOM]
    m[m[scaler + ORDERS] + place] = m[NOW] + m[scaler + START_UP_NS]
    m[scaler + NUMBER_OF_ORDERS] += 1
    _foresee_growth(m, scaler)


@lean_kernel
def _foresee_growth(m: Memory, scaler: int) -> None:
    at = m[m[scaler + ORDERS] + m[scaler + FIRST_ORDER]] if m[scaler + NUMBER_OF_ORDERS] else NEVER
    key = CHANGE_RANK | m[m[scaler + SCALED] + INDEX]
    set_special(m, m[scaler + GROWTH_LEAF], at, key, START_UP)


@lean_kernel
def grow(m: Memory, f: Reals, leaf: int) -> None:
    """Let the servers of an autoscaler's first order come."""
    scaler = m[leaf + LEAF_OF]
    m[scaler + FIRST_ORDER] = (m[scaler + FIRST_ORDER] + 1) % m[scaler + ORDERS_ROOM]
    m[scaler + NUMBER_OF_ORDERS] -= 1
    _foresee_growth(m, scaler)
    station = m[scaler + SCALED]
    _scale(m, f, station, min(m[scaler + MOST], m[station + SCALED_TO] + m[scaler + BY]))


@lean_kernel
def _scale(m: Memory, f: Reals, station: int, number: int) -> None:
    _advance(m, f, station)
    m[station + SCALED_TO] = number
    _resize(m, f, station)
