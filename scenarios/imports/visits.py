"""Sessions from hits: a visitor's requests until 30 minutes pass without one, as steps with their times.

Memory grows with the visits in progress, not with the log.
"""

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scenarios.imports.hits import Hit
from scenarios.imports.patterns import RequestPattern
from scenarios.swarm.browser.redirects import REDIRECTS

IDLE_S = 1800.0
"""A visitor silent for so long has left: the usual convention of web analytics."""

MOST_STEPS = 1000
"""A visit of more steps is taken for a program's (assumed)."""

_REDIRECT_NS = 10_000_000_000  # assumed: a browser follows a redirect within 10 s
_TOO_MANY = 429
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A hit that belongs to some step, and the number of its line."""

    number: int
    hit: Hit
    pattern: RequestPattern


@dataclass(slots=True)
class Seen:
    """One step as the log shows it: from its first request to its last answer."""

    name: str
    start_ns: int
    end_ns: int


class Visit:
    """A visitor's steps from the first hit on."""

    __slots__ = ("_last", "first", "steps")

    def __init__(self, line: Line) -> None:
        self.first = line
        self._last = line.hit
        self.steps = [Seen(line.pattern.step, line.hit.start_ns, line.hit.end_ns)]

    @property
    def last_ns(self) -> int:
        """The end of the last answer."""
        return self._last.end_ns

    def add(self, line: Line) -> None:
        """Add a hit: a part of the step in progress, or a new step."""
        hit, current = line.hit, self.steps[-1]
        if self._goes_on(hit, line.pattern):
            current.end_ns = max(current.end_ns, hit.end_ns)
        else:
            self.steps.append(Seen(line.pattern.step, hit.start_ns, hit.end_ns))
        self._last = hit

    def _goes_on(self, hit: Hit, pattern: RequestPattern) -> bool:
        """Tell whether a hit belongs to the step before: it follows a redirect, is named so, or tries again."""
        before, current = self._last, self.steps[-1].name
        if before.status in REDIRECTS and hit.method == "GET" and hit.start_ns - before.end_ns <= _REDIRECT_NS:
            return True
        if current in pattern.part_of:
            return True
        return (before.status == _TOO_MANY or before.status >= _SERVER_ERROR) and current == pattern.step


def in_order(lines: Iterable[Line], slack_ns: int) -> Iterator[Line]:
    """Yield lines by their start, for a log that writes a line at its request's end, at most `slack_ns` late.

    A line that comes later still is yielded when it is met.
    """
    waiting: list[tuple[int, int, Line]] = []
    for line in lines:
        heapq.heappush(waiting, (line.hit.start_ns, line.number, line))
        while waiting[0][0] < line.hit.start_ns - slack_ns:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def visits(lines: Iterable[Line], idle_s: float = IDLE_S) -> Iterator[Visit]:
    """Yield the visits in a log's lines (by start), each when it is over, the rest at the end."""
    idle_ns = round(idle_s * 1e9)
    going: OrderedDict[str, Visit] = OrderedDict()
    for line in lines:
        now_ns = line.hit.start_ns
        while going and next(iter(going.values())).last_ns + idle_ns <= now_ns:
            yield going.popitem(last=False)[1]
        visit = going.get(line.hit.visitor)
        if visit is None:
            going[line.hit.visitor] = Visit(line)
        elif visit.last_ns + idle_ns <= now_ns:  # a long answer to another visitor can hide it from the front
            yield going.pop(line.hit.visitor)
            going[line.hit.visitor] = Visit(line)
        else:
            if len(visit.steps) <= MOST_STEPS:
                visit.add(line)
            going.move_to_end(line.hit.visitor)
    yield from going.values()
