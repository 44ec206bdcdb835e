"""A station's books: state integrated over time, and events counted, for the interval that is open."""

from models.engines.event.memory import (
    ABANDONMENTS,
    ADVANCED,
    ARRIVALS,
    BACKLOG_NS,
    BARRIER,
    BOOK_WORDS,
    BOOKS,
    BUSY,
    BUSY_BEFORE,
    BUSY_NS,
    DEPARTURES,
    EDGE,
    IN_BOOKS,
    INTERVAL,
    NOW,
    REJECTIONS,
    STARTS,
    UNTIL,
    WAITING,
    WINDOW_END,
    Memory,
)
from models.kernel import inlined, lean_kernel
from models.machine import FIRST_STATION, STATION_WORDS, STATIONS


@inlined
def advance(m: Memory, station: int) -> None:
    """Integrate up to now; call it before any change of who is busy or waiting."""
    elapsed = m[NOW] - m[station + ADVANCED]
    m[station + BUSY_NS] += m[station + BUSY] * elapsed
    m[station + BACKLOG_NS] += m[station + WAITING] * elapsed
    m[station + ADVANCED] = m[NOW]


@lean_kernel
def close_interval(m: Memory, end: int) -> None:
    """Write a row for each station, and begin the next interval at `end`."""
    m[NOW] = end
    row = m[BOOKS] + BOOK_WORDS * m[STATIONS] * m[IN_BOOKS]
    m[IN_BOOKS] += 1
    for number in range(m[STATIONS]):
        station = m[FIRST_STATION] + STATION_WORDS * number
        advance(m, station)
        for place, column in enumerate((BUSY_NS, BACKLOG_NS, ARRIVALS, STARTS, DEPARTURES, REJECTIONS, ABANDONMENTS)):
            m[row + place] = m[station + column]
        m[station + BUSY_BEFORE] += m[station + BUSY_NS]
        for column in (BUSY_NS, BACKLOG_NS, ARRIVALS, STARTS, DEPARTURES, REJECTIONS, ABANDONMENTS):
            m[station + column] = 0
        row += BOOK_WORDS
    m[EDGE] = end + m[INTERVAL]
    m[BARRIER] = min(m[WINDOW_END], m[EDGE], m[UNTIL])
