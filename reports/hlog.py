"""The latency log: the public HdrHistogram interval-log text format, with one tag per step, outcome and kind.

    # schema = 1
    #[Histogram log format version 1.3]
    #[StartTime: 1782784800.000 (seconds since epoch), 2026-06-30T09:00:00+07:00]
    #[BaseTime: 1782784800.000 (seconds since epoch)]
    "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
    Tag=submit/ok/response,12.000,1.000,34.537,HISTFAAAAC…

Times are seconds since scenario start, Interval_Max is milliseconds, the payload counts nanoseconds. Lines of
one tag and interval add up. The `hdrhistogram` package encodes the payloads; its own log writer knows no
tags, so lines are formatted here.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from hdrh.histogram import HdrHistogram

from cutover.base.errors import BadInput, Mistake
from reports.buckets import DIGITS, HIGHEST_TRACKABLE_NS, LOWEST_TRACKABLE_NS
from reports.histogram import Histogram
from reports.lines import refuse_schema, whole_lines
from reports.payload import unpack

_BEGIN = re.compile(rb"Tag=([^/,]+)/([^/,]+)/([^/,]+),(\d+\.\d+),(\d+\.\d+),\d+\.\d+,(?=[A-Za-z0-9+/=])")
_STARTED = re.compile(rb"#\[StartTime: (\d+\.\d+) ")
_SETTINGS = (LOWEST_TRACKABLE_NS, HIGHEST_TRACKABLE_NS, DIGITS)

LATEST_S = 1e9
"""No run is longer than thirty years; a time beyond it is damage."""


@dataclass(frozen=True)
class Line:
    """Durations of one step, outcome and kind (`response`, `service`) in one interval of intended starts."""

    step: str
    outcome: str
    kind: str
    start_s: float
    length_s: float
    histogram: Histogram

    @property
    def end_s(self) -> float:
        """The end of the interval, seconds since scenario start."""
        return self.start_s + self.length_s


def head(started: datetime) -> str:
    """Return the lines that begin a log; `started` is the wall time (with its zone) of scenario start."""
    epoch_s = started.timestamp()
    return (
        "# schema = 1\n"
        "#[Histogram log format version 1.3]\n"
        f"#[StartTime: {epoch_s:.3f} (seconds since epoch), {started.isoformat()}]\n"
        f"#[BaseTime: {epoch_s:.3f} (seconds since epoch)]\n"
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
    )


class Encoder:
    """Turns histograms into payloads, and lines into text, over one scratch array of counts."""

    def __init__(self) -> None:
        self._scratch = HdrHistogram(*_SETTINGS)
        self._counts = np.frombuffer(self._scratch.counts, np.int64)
        self._last: tuple[Histogram | None, str] = (None, "")

    def payload(self, histogram: Histogram) -> str:
        """Return the compressed histogram in base64; an empty histogram has a payload too."""
        if self._last[0] is not histogram:  # a model's response is its service latency: one histogram, two lines
            self._last = histogram, self._encoded(histogram)
        return self._last[1]

    def _encoded(self, histogram: Histogram) -> str:
        scratch, count = self._scratch, histogram.count
        scratch.total_count, scratch.max_value = count, histogram.max_ns if count else 0
        self._counts[histogram.buckets] = histogram.counts
        try:
            return str(scratch.encode(), "ascii")
        finally:
            self._counts[histogram.buckets] = 0

    def line(self, line: Line) -> str:
        """Return a line's text, with its line end."""
        times = f"{line.start_s:.3f},{line.length_s:.3f},{line.histogram.max_ns / 1e6:.3f}"
        return f"Tag={line.step}/{line.outcome}/{line.kind},{times},{self.payload(line.histogram)}\n"


@lru_cache(maxsize=1)  # a model's response is its service latency: two lines have one payload
def decode(payload: str | bytes) -> Histogram:
    """Return the histogram of a payload; ValueError when it is damaged or has other buckets than ours."""
    return unpack(payload)


@dataclass(frozen=True)
class Log:
    """A latency log as it was read: its lines in the order of the file, and what its heads say.

    `started_s` are the wall times (seconds since the epoch) of scenario start that its heads tell, one unless logs were
    put together.
    """

    lines: tuple[Line, ...]
    started_s: tuple[float, ...]


def read_log(path: Path) -> Log:
    """Read all whole lines of a log; a missing file has none.

    A last line without its line end was being written when its writer died, and is left out. Raises BadInput
    with all lines that cannot be read.
    """
    mistakes: list[Mistake] = []
    lines: list[Line] = []
    started_s: list[float] = []
    for number, raw in _numbered(path):
        if not raw.endswith(b"\n"):
            break
        if number == 1:
            refuse_schema(path, raw.decode("utf-8", "replace")[:-1].removeprefix("# schema ="))
        elif raw.startswith((b"#", b'"')):
            started_s += [float(found[1]) for found in [_STARTED.match(raw)] if found]
        else:
            try:
                lines.append(_line(raw))
            except ValueError as error:
                remedy = "restore the file, or remove the line"
                mistakes.append(Mistake(str(path), "line", None, str(error), remedy, number))
    if mistakes:
        raise BadInput(mistakes)
    return Log(tuple(lines), tuple(started_s))


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from enumerate(file, 1)


def body(path: Path) -> str:
    """Return the text of a log's whole lines, without its head; a missing file has none."""
    return "".join(f"{line}\n" for line in whole_lines(path) if not _is_head(line))


def _is_head(line: str) -> bool:
    return line.startswith(("#", '"'))


def _line(raw: bytes) -> Line:
    """Parse one line, with its end; ValueError says what is wrong with it."""
    begin = _BEGIN.match(raw)
    if begin is None:
        raise ValueError("is not `Tag=step/outcome/kind,start,length,max,payload`")
    step, outcome, kind = (sys.intern(name.decode("utf-8", "replace")) for name in begin.group(1, 2, 3))
    start_s, length_s = float(begin[4]), float(begin[5])
    if not start_s + length_s <= LATEST_S:
        raise ValueError("is of a time beyond any run")
    return Line(step, outcome, kind, start_s, length_s, decode(raw[begin.end() : -1]))
