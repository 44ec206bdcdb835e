"""Books of stations and citizens: state integrated over time, and events counted, for the interval that is open."""

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
    CAME_BACK,
    CAPACITY_BEFORE,
    CAPACITY_NS,
    DEPARTURES,
    EDGE,
    FIRST_EDGE,
    IN_BOOKS,
    INTERVAL,
    NOW,
    NUMBER_OF_SERVERS,
    REJECTIONS,
    RELOADED,
    RESIZED,
    STARTS,
    STAYED,
    UNTIL,
    WAITING,
    WINDOW_END,
    Memory,
)
from models.kernel import inlined, lean_kernel
from models.machine import FIRST_STATION, STATION_WORDS, STATIONS

PIECE_NS = 900 * 10**9
"""A long first interval is counted in pieces, so that the times of ten million servers fit a word."""


@inlined
def advance(m: Memory, station: int) -> None:
    """Integrate up to now; call it before any change of who is busy or waiting."""
    elapsed = m[NOW] - m[station + ADVANCED]
    m[station + BUSY_NS] += m[station + BUSY] * elapsed
    m[station + BACKLOG_NS] += m[station + WAITING] * elapsed
    m[station + ADVANCED] = m[NOW]


@inlined
def _capacity(m: Memory, station: int) -> int:
    """Return the time of the servers that were there, from the start up to now, modulo 2^64."""
    servers, now = m[station + NUMBER_OF_SERVERS], m[NOW]
    stays = m[station + STAYED] + max(0, m[station + BUSY] - servers) * now
    return int(m[station + CAPACITY_NS] + servers * (now - m[station + RESIZED]) + stays)


@lean_kernel
def close_interval(m: Memory, end: int) -> None:
    """Write a row for each station, and one for the citizens and the end, and begin the next interval there."""
    m[NOW] = end
    row = m[BOOKS] + BOOK_WORDS * (m[STATIONS] + 1) * m[IN_BOOKS]
    m[IN_BOOKS] += 1
    for number in range(m[STATIONS]):
        station = m[FIRST_STATION] + STATION_WORDS * number
        advance(m, station)
        capacity = _capacity(m, station)
        m[row] = capacity - m[station + CAPACITY_BEFORE]
        m[station + CAPACITY_BEFORE] = capacity
        for place, column in enumerate((BUSY_NS, BACKLOG_NS, ARRIVALS, STARTS, DEPARTURES, REJECTIONS, ABANDONMENTS)):
            m[row + 1 + place] = m[station + column]
        m[station + BUSY_BEFORE] += m[station + BUSY_NS]
        for column in (BUSY_NS, BACKLOG_NS, ARRIVALS, STARTS, DEPARTURES, REJECTIONS, ABANDONMENTS):
            m[station + column] = 0
        row += BOOK_WORDS
    m[row], m[row + 1], m[row + 2] = m[RELOADED], m[CAME_BACK], end
    m[RELOADED] = m[CAME_BACK] = 0
    m[EDGE] = min(end + PIECE_NS, m[FIRST_EDGE]) if end < m[FIRST_EDGE] else end + m[INTERVAL]
    m[BARRIER] = min(m[WINDOW_END], m[EDGE], m[UNTIL])
