"""Pools of tokens, the waiting room at the door among them."""

from models.engines.event.books import advance
from models.engines.event.limits import drop_limit, set_limit
from models.engines.event.memory import (
    ARRIVALS,
    BUSY,
    DEPARTURES,
    DOING,
    DOWN_NOW,
    FAILED,
    FIRST,
    GRANT_RANK,
    GRANTED,
    LAST_KEY,
    NOW,
    NUMBER_OF_SERVERS,
    OK,
    PLACE_OF,
    QUEUES_FOR_TOKEN,
    REJECTED,
    REJECTIONS,
    SERVED,
    STARTS,
    STATION,
    STAYED,
    WAITED,
    WAITING,
    Memory,
)
from models.engines.event.pending import schedule
from models.engines.event.stations import BEGUN, append, take_out
from models.kernel import lean_kernel
from models.machine import SPACE


@lean_kernel
def ask(m: Memory, thread: int, pool: int, limit: int, operation: int) -> int:
    """Ask for a token; return OK with it, `BEGUN` where the thread waits, or why it gets none."""
    advance(m, pool)
    m[pool + ARRIVALS] += 1
    m[thread + STATION] = pool
    if not m[pool + DOWN_NOW] and m[pool + BUSY] < m[pool + NUMBER_OF_SERVERS]:
        _count_start(m, pool)
        return OK
    if m[pool + DOWN_NOW] or m[pool + WAITING] >= m[pool + SPACE]:
        m[pool + REJECTIONS] += 1
        return FAILED if m[pool + DOWN_NOW] else REJECTED
    m[thread + DOING] = QUEUES_FOR_TOKEN
    m[thread + LAST_KEY] = m[thread + PLACE_OF] | operation
    m[pool + WAITING] += 1
    m[pool + WAITED] -= m[NOW]
    append(m, thread, pool)
    if limit:
        set_limit(m, thread, limit, m[NOW], m[thread + LAST_KEY])
    return BEGUN


@lean_kernel
def give_back(m: Memory, pool: int) -> None:
    """Give a token back, or to the longest waiting."""
    advance(m, pool)
    m[pool + DEPARTURES] += 1
    if m[pool + BUSY] > m[pool + NUMBER_OF_SERVERS]:
        m[pool + STAYED] += m[NOW]
    m[pool + BUSY] -= 1
    m[pool + SERVED] += m[NOW]
    grant_waiting(m, pool)


@lean_kernel
def grant_waiting(m: Memory, pool: int) -> None:
    """Give the tokens that there are to those who wait; each goes on by an event of this instant."""
    while m[pool + WAITING] > 0 and m[pool + BUSY] < m[pool + NUMBER_OF_SERVERS]:
        thread = m[pool + FIRST]
        take_out(m, thread, pool)
        drop_limit(m, thread)
        m[pool + WAITING] -= 1
        m[pool + WAITED] += m[NOW]
        _count_start(m, pool)
        schedule(m, thread, GRANTED, GRANT_RANK, m[NOW], m[thread + LAST_KEY] & 255)


@lean_kernel
def _count_start(m: Memory, pool: int) -> None:
    m[pool + BUSY] += 1
    m[pool + STARTS] += 1
    m[pool + SERVED] -= m[NOW]
