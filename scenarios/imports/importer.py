"""The import: lines to hits, hits to visits, visits to arrivals, a mix of journeys, branches and think times."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Mistake
from scenarios.imports.courses import Courses, ImportedJourney
from scenarios.imports.hits import Form, Hit, UnreadableLine, parser
from scenarios.imports.lines import numbered_lines
from scenarios.imports.patterns import Patterns
from scenarios.imports.starts import ImportedArrivals, Starts
from scenarios.imports.unused import Unused
from scenarios.imports.visits import IDLE_S, MOST_STEPS, Line, Visit, in_order, visits

MOST_UNREADABLE = 0.05
"""Above this share of lines that are not of the format, the file is taken for another (assumed)."""

SLACK_S = 60.0
"""A server writes a request's line when it is over: so much later than it began, at most (assumed)."""

_EARLY = 1000
_SHOWN = 20


@dataclass(frozen=True)
class Imported:
    """What a log says: arrivals, journeys, and how much of it could be used."""

    source: str
    name: str
    lines: int
    used: int
    sessions: int
    open_at_end: int
    rare: int
    whole_seconds: bool
    arrivals: ImportedArrivals
    last_day: date
    journeys: tuple[ImportedJourney, ...]
    unused: Unused

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "source": self.source,
            "lines": self.lines,
            "lines_used": self.used,
            "sessions": self.sessions,
            "sessions_open_at_end": self.open_at_end,
            "sessions_with_a_rare_entry": self.rare,
            "stamps": "whole seconds" if self.whole_seconds else "fractions of a second",
            "arrivals": {"counted": self.arrivals.counted, "duration_s": self.arrivals.duration_s},
            "journeys": {journey.name: journey.to_dict() for journey in self.journeys},
            "not_used": self.unused.to_dict(),
        }


class _Reading:
    """A log being read: the lines that make steps come out, all others are counted."""

    def __init__(self, path: Path, form: Form, patterns: Patterns) -> None:
        self._path, self._form, self._patterns = path, form, patterns
        self._parse = parser(form, patterns)
        self._mistakes: list[Mistake] = []
        self._unreadable = 0
        self.lines = self.used = self.last_ns = 0
        self.unused = Unused()
        self.starts: Starts | None = None
        self.whole_seconds = True

    def steps(self, watch: Callable[[int], None]) -> Iterator[Line]:
        """Yield the hits that belong to steps; raise BadInput when the file is of another format."""
        for number, text in numbered_lines(self._path, watch):
            self.lines += 1
            try:
                hit = self._parse(text)
            except UnreadableLine as error:
                self._refuse(number, text, str(error))
                continue
            self._cover(hit)
            if self._patterns.ignores(hit.path, hit.agent):
                self.unused.add("ignored by the patterns: a page's resource, a probe or a robot", number, text)
            elif (pattern := self._patterns.request(hit.method, hit.path)) is None:
                self.unused.add("the patterns know no such request", number, text)
            else:
                self.used += 1
                yield Line(number, hit, pattern)
        self._check_format()

    def _cover(self, hit: Hit) -> None:
        if self.starts is None:
            self.starts = Starts()
        self.starts.cover(hit.start_ns)
        self.last_ns = max(self.last_ns, hit.end_ns)
        self.whole_seconds = self.whole_seconds and hit.whole_seconds

    def _refuse(self, number: int, text: str, why: str) -> None:
        self._unreadable += 1
        self.unused.add(f"unreadable: the line {why}", number, text)
        if len(self._mistakes) < _SHOWN:
            remedy = "correct it, or name the log's format with --format"
            self._mistakes.append(Mistake(str(self._path), "line", text[:80], why, remedy, number))
        if self._unreadable == self.lines == _EARLY:
            self._check_format()

    def _check_format(self) -> None:
        """Raise BadInput when too many lines were unreadable, or none was there."""
        if self.lines == 0:
            raise BadInput.single(self._path, "file", None, "has no line", "give an access log")
        if self._unreadable <= MOST_UNREADABLE * self.lines:
            return
        rule = f"{self._unreadable:,} of the first {self.lines:,} lines are not of the {self._form} format"
        remedy = "name the log's format with --format: combined, common or json"
        raise BadInput([*self._mistakes, Mistake(str(self._path), "file", None, rule, remedy)])


def import_log(
    path: Path,
    form: Form,
    patterns: Patterns,
    name: str,
    watch: Callable[[int], None] = lambda _bytes: None,
) -> Imported:
    """Read an access log and return what it says about sessions; `name` will be the scenario's.

    Raises BadInput with the mistakes and their lines when more than 5 % of the log is not of the format, and when
    nothing in it makes a session.
    """
    reading, courses, sessions, open_at_end = _Reading(path, form, patterns), Courses(), 0, 0
    for visit in visits(in_order(reading.steps(watch), round(SLACK_S * 1e9))):
        kind = _kind(visit, patterns, reading.unused)
        if kind is not None and reading.starts is not None:
            courses.add(kind, visit)
            reading.starts.add(visit.first.hit.start_ns)
            sessions += 1
            open_at_end += visit.last_ns + IDLE_S * 1e9 > reading.last_ns
    if not sessions or reading.starts is None:
        rule = f"holds no session: none of its {reading.lines:,} lines begins a step of the patterns"
        raise BadInput.single(path, "file", None, rule, "describe the portal's requests in a file for --patterns")
    return Imported(
        path.name,
        name,
        reading.lines,
        reading.used,
        sessions,
        open_at_end,
        courses.rare(),
        reading.whole_seconds,
        reading.starts.arrivals(path.name),
        reading.starts.last_day.date(),
        courses.journeys(name.replace("-", "_"), whole_seconds=reading.whole_seconds),
        reading.unused,
    )


def _kind(visit: Visit, patterns: Patterns, unused: Unused) -> str | None:
    """Return a visit's kind; None, counted, for a program's and for one that no kind takes."""
    line = visit.first
    text = f"{line.hit.method} {line.hit.path}"
    if len(visit.steps) > MOST_STEPS:
        unused.add(f"a visit of more than {MOST_STEPS:,} steps: taken for a program's", line.number, text)
        return None
    kind = patterns.kind(frozenset(step.name for step in visit.steps))
    if kind is None:
        unused.add("a visit that no kind of [[journeys]] takes", line.number, text)
    return kind
