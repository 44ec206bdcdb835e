"""Stations: arrivals, services, queues and breakers; first come first served, or by priority (shared: `sharing`)."""

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.engines.event.books import advance
from models.engines.event.limits import drop_limit, set_limit
from models.engines.event.memory import (
    ABANDONMENTS,
    AFTER,
    ARRIVALS,
    AT_OPERATION,
    BEFORE,
    BUSY,
    DEPARTURES,
    DOING,
    DOWN_NOW,
    DRAW,
    FAILED,
    FAILED_IN_A_ROW,
    FAILS_NOW,
    FIRST,
    GUARDED,
    IS_OPEN,
    LAST_WORD,
    NOW,
    NUMBER_OF_SERVERS,
    OK,
    OPENED,
    PACE,
    PLACE_OF,
    PROVINCE,
    QUEUES,
    RANK,
    REJECTED,
    REJECTIONS,
    RELEASE_RANK,
    SERVED,
    SERVED_NOW,
    SESSION,
    SHARES_NOW,
    STARTS,
    STATION,
    STAYED,
    TICKET,
    TIME,
    TRIAL,
    WAITED,
    WAITING,
    Memory,
    unlink,
)
from models.engines.event.pending import schedule
from models.engines.event.ranking import enter, leave
from models.engines.event.sharing import advance_virtually, join, part
from models.kernel import inlined, lean_kernel
from models.law_kernel import LawTable, sample_ns
from models.machine import (
    BREAKS_AT,
    DISCIPLINE,
    FAILS_KEY,
    FAMILY,
    FCFS,
    KEY,
    LAW,
    LIMIT,
    MEMBERS,
    NUMBER,
    OPEN_NS,
    PLACE,
    PRIORITY,
    PRIORITY_OF,
    SHARE_KEY,
    SHARE_TABLE,
    SHARES,
    SHARING,
    SPACE,
    STATION_WORDS,
    pick,
)

Reals = NDArray[np.float64]

BEGUN = -1
"""What `arrive` returns where the call is under way; else the outcome it ends with at once."""

_PRIORITY_SHIFT = 42


@inlined
def station_of(m: Memory, f: Reals, thread: int, operation: int) -> int:
    """Return the station that a visit goes to."""
    station = m[operation + PLACE]
    family = m[operation + FAMILY]
    if family:
        station += STATION_WORDS * _member(m, f, thread, family)
    return int(station)


@lean_kernel
def _member(m: Memory, f: Reals, thread: int, family: int) -> int:
    if m[family + SHARES] == 0:
        return int(m[thread + PROVINCE] % m[family + MEMBERS])
    u = uniform(m[family + SHARE_KEY], m[thread + SESSION], 0)
    return int(min(pick(f, m[family + SHARE_TABLE], m[family + SHARES], u), m[family + MEMBERS] - 1))


@inlined
def arrive(m: Memory, f: Reals, laws: LawTable, thread: int, station: int) -> int:
    """Let a thread come to a station; return `BEGUN`, or the outcome of a call that is over."""
    discipline = m[station + DISCIPLINE]
    if discipline == SHARING:
        advance_virtually(m, f, station)
    advance(m, station)
    m[station + ARRIVALS] += 1
    if m[station + GUARDED] and _refused(m, thread, station):
        m[station + REJECTIONS] += 1
        return FAILED
    operation = m[thread + AT_OPERATION]
    waits = discipline != SHARING and m[station + BUSY] >= m[station + NUMBER_OF_SERVERS]
    if waits and m[station + WAITING] >= m[station + SPACE]:
        return _turned_away(m, thread, station)
    time = sample_ns(laws, m[operation + LAW], m[operation + KEY], m[thread + SESSION], m[thread + DRAW])
    m[thread + STATION] = station
    if waits:
        m[thread + TIME] = time
        _queue(m, thread, station, operation)
    elif discipline != SHARING:
        _start(m, thread, station, time)
    elif not join(m, f, thread, station, _paced(m, station, time)):
        return _turned_away(m, thread, station)
    return BEGUN


@lean_kernel
def _turned_away(m: Memory, thread: int, station: int) -> int:
    m[station + REJECTIONS] += 1
    _unserved(m, thread, station)
    return REJECTED


@inlined
def _queue(m: Memory, thread: int, station: int, operation: int) -> None:
    m[thread + DOING] = QUEUES
    m[station + WAITING] += 1
    m[station + WAITED] -= m[NOW]
    if m[station + DISCIPLINE] == FCFS:
        append(m, thread, station)
    else:
        m[thread + RANK] = (m[operation + PRIORITY_OF] << _PRIORITY_SHIFT) + m[station + TICKET]
        m[station + TICKET] += 1
        enter(m, station + FIRST, thread)
    if m[operation + LIMIT]:
        set_limit(m, thread, m[operation + LIMIT], m[NOW], m[thread + PLACE_OF] | m[operation + NUMBER])


@inlined
def append(m: Memory, thread: int, station: int) -> None:
    """Put a thread behind all who wait."""
    word = m[station + LAST_WORD]
    m[thread + AFTER] = 0
    m[thread + BEFORE] = word
    m[word] = thread
    m[station + LAST_WORD] = thread + AFTER


@inlined
def take_out(m: Memory, thread: int, station: int) -> None:
    """Take a thread out of the queue."""
    if m[station + DISCIPLINE] == PRIORITY:
        leave(m, station + FIRST, thread)
    elif unlink(m, thread) == 0:
        m[station + LAST_WORD] = m[thread + BEFORE]


@inlined
def _paced(m: Memory, station: int, time: int) -> int:
    """Return time·thousandths // 1000 without a product that overflows."""
    pace = m[station + PACE]
    return time if pace == 1000 else (time // 1000) * pace + (time % 1000) * pace // 1000


@inlined
def _start(m: Memory, thread: int, station: int, time: int) -> None:
    """Begin a service now; the books have been advanced."""
    now = m[NOW]
    m[station + BUSY] += 1
    m[station + STARTS] += 1
    m[station + SERVED] -= now
    at = now + _paced(m, station, time)
    schedule(m, thread, SERVED_NOW, RELEASE_RANK, at, m[m[thread + AT_OPERATION] + NUMBER])


@inlined
def serve_waiting(m: Memory, station: int) -> None:
    """Begin the services that free servers allow."""
    while m[station + WAITING] > 0 and m[station + BUSY] < m[station + NUMBER_OF_SERVERS]:
        thread = m[station + FIRST]
        take_out(m, thread, station)
        drop_limit(m, thread)
        m[station + WAITING] -= 1
        m[station + WAITED] += m[NOW]
        _start(m, thread, station, m[thread + TIME])


@inlined
def release(m: Memory, f: Reals, thread: int) -> int:
    """End a service, begin that of the next in line; return the outcome."""
    station = m[thread + STATION]
    advance(m, station)
    _leave_server(m, station)
    return outcome_of(m, f, thread, station)


@inlined
def _leave_server(m: Memory, station: int) -> None:
    m[station + DEPARTURES] += 1
    if m[station + BUSY] > m[station + NUMBER_OF_SERVERS]:
        m[station + STAYED] += m[NOW]
    m[station + BUSY] -= 1
    m[station + SERVED] += m[NOW]
    serve_waiting(m, station)


@inlined
def outcome_of(m: Memory, f: Reals, thread: int, station: int) -> int:
    """Return how a service that is over ends, and tell the breaker."""
    outcome = OK
    if f[station + FAILS_NOW] > 0.0:
        key = m[m[thread + AT_OPERATION] + FAILS_KEY]
        if uniform(key, m[thread + SESSION], m[thread + DRAW]) < f[station + FAILS_NOW]:
            outcome = FAILED
    if m[station + BREAKS_AT]:
        _tell(m, thread, station, outcome == FAILED)
    return outcome


@lean_kernel
def leave_line(m: Memory, thread: int) -> None:
    """Leave the line for a server or a token."""
    station = m[thread + STATION]
    advance(m, station)
    take_out(m, thread, station)
    drop_limit(m, thread)
    m[station + WAITING] -= 1
    m[station + WAITED] += m[NOW]
    m[station + ABANDONMENTS] += 1


@lean_kernel
def give_up(m: Memory, thread: int) -> None:
    """Leave the queue without service."""
    leave_line(m, thread)
    _unserved(m, thread, m[thread + STATION])


@lean_kernel
def stop_service(m: Memory, f: Reals, thread: int) -> None:
    """Leave a server before the service is over; the thread's pending event is not touched."""
    station = m[thread + STATION]
    if m[thread + DOING] == SHARES_NOW:
        advance_virtually(m, f, station)
        advance(m, station)
        _unserved(m, thread, station)
        part(m, f, thread, station)
    else:
        advance(m, station)
        _unserved(m, thread, station)
        _leave_server(m, station)


@lean_kernel
def _refused(m: Memory, thread: int, station: int) -> bool:
    """Whether a breaker or an outage refuses a call at once."""
    if m[station + IS_OPEN]:
        if m[station + TRIAL] or m[NOW] < m[station + OPENED] + m[station + OPEN_NS]:
            return True
        m[station + TRIAL] = thread
    if m[station + DOWN_NOW]:
        _tell(m, thread, station, failed=True)
        return True
    return False


@lean_kernel
def _tell(m: Memory, thread: int, station: int, failed: bool) -> None:
    """Tell the breaker how a call ended: the one that tries decides, others count while it is closed."""
    if m[station + IS_OPEN]:
        if m[station + TRIAL] != thread:
            return
        m[station + TRIAL] = 0
        m[station + IS_OPEN] = failed
        m[station + OPENED] = m[NOW]
    else:
        m[station + FAILED_IN_A_ROW] = m[station + FAILED_IN_A_ROW] + 1 if failed else 0
        if m[station + BREAKS_AT] == 0 or m[station + FAILED_IN_A_ROW] < m[station + BREAKS_AT]:
            return
        m[station + IS_OPEN] = 1
        m[station + OPENED] = m[NOW]
    m[station + FAILED_IN_A_ROW] = 0


@inlined
def _unserved(m: Memory, thread: int, station: int) -> None:
    """Let the next call try, where one that ends without service was the one to try."""
    if m[station + TRIAL] == thread:
        m[station + TRIAL] = 0
