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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from hdrh.codec import HdrHistogramEncoder
from hdrh.histogram import HdrHistogram

from cutover.base.errors import BadInput, Mistake
from reports.buckets import COUNT, DIGITS, HIGHEST_TRACKABLE_NS, LOWEST_TRACKABLE_NS
from reports.histogram import Histogram
from reports.lines import refuse_schema, whole_lines

_LINE = re.compile(r"Tag=([^/,]+)/([^/,]+)/([^/,]+),(\d+\.\d+),(\d+\.\d+),\d+\.\d+,([A-Za-z0-9+/=]+)", re.ASCII)
_SETTINGS = (LOWEST_TRACKABLE_NS, HIGHEST_TRACKABLE_NS, DIGITS)


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
def decode(payload: str) -> Histogram:
    """Return the histogram of a payload; ValueError when it is damaged or has other buckets than ours."""
    try:
        packed = HdrHistogramEncoder.decode(payload)
        found = packed.payload
        settings = (found.lowest_trackable_value, found.highest_trackable_value, found.significant_figures)
        if settings == _SETTINGS:
            packed.init_counts(COUNT)
            return Histogram.of_dense(np.frombuffer(packed.get_counts(), np.int64))
    except Exception as error:  # noqa: BLE001 # zlib's, base64's and the codec's own errors have no common root
        raise ValueError(f"has a payload that cannot be decoded ({type(error).__name__})") from None
    raise ValueError("has a histogram of another range than 1 ns to 1 h with 3 digits")


def read_log(path: Path) -> tuple[Line, ...]:
    """Read all whole lines of a log, in the order of the file; a missing file has none.

    A last line without its line end was being written when its writer died, and is left out. Raises BadInput
    with all lines that cannot be read.
    """
    text = whole_lines(path)
    refuse_schema(path, text[0].removeprefix("# schema =") if text else "1")
    mistakes: list[Mistake] = []
    lines = tuple(_parsed(path, text, mistakes))
    if mistakes:
        raise BadInput(mistakes)
    return lines


def body(path: Path) -> str:
    """Return the text of a log's whole lines, without its head; a missing file has none."""
    return "".join(f"{line}\n" for line in whole_lines(path) if not _is_head(line))


def _is_head(line: str) -> bool:
    return line.startswith(("#", '"'))


def _parsed(path: Path, text: list[str], mistakes: list[Mistake]) -> Iterator[Line]:
    remedy = "restore the file, or remove the line"
    for number, line in enumerate(text, 1):
        if _is_head(line):
            continue
        try:
            yield _line(line)
        except ValueError as error:
            mistakes.append(Mistake(str(path), "line", None, str(error), remedy, number))


def _line(text: str) -> Line:
    """Parse one line; ValueError says what is wrong with it."""
    fields = _LINE.fullmatch(text)
    if fields is None:
        raise ValueError("is not `Tag=step/outcome/kind,start,length,max,payload`")
    step, outcome, kind, start_s, length_s, payload = fields.groups()
    return Line(step, outcome, kind, float(start_s), float(length_s), decode(payload))
