"""The feed of locust's own statistics from our histograms, so that its page, its charts and its downloads work.

Its users would report each request; here each second's lines are added, with counts. Response times keep three digits
where locust itself rounds to two.
"""

import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from reports.buckets import MEDIAN_NS
from reports.hlog import Line

METHOD = "STEP"
"""What locust shows in its column of methods: a step is no request."""


class StatsFeed:
    """Adds lines of responses to locust's statistics (`locust.stats.RequestStats`)."""

    def __init__(self, stats: Any) -> None:
        self._stats = stats
        stats.clear_all()

    def add(self, lines: Iterable[Line]) -> None:
        """Add what was recorded, as of now."""
        now_s = time.time()
        for line in lines:
            if not line.histogram.count:
                continue
            entry = self._entry(line, now_s)
            self._stats.entries[line.step, METHOD].extend(entry)
            self._stats.total.extend(entry)
            if line.outcome != "ok":
                self._note_error(line, now_s)

    def _entry(self, line: Line, now_s: float) -> Any:
        """Return an entry of locust's own class that holds one line."""
        entry = type(self._stats.total)(self._stats, line.step, METHOD)
        count, second = line.histogram.count, int(now_s)
        times_ms = MEDIAN_NS[line.histogram.buckets] / 1e6
        for whole, number in zip(np.rint(times_ms).astype(int).tolist(), line.histogram.counts.tolist(), strict=True):
            entry.response_times[whole] += number
        entry.num_requests = count
        entry.total_response_time = float(np.dot(times_ms, line.histogram.counts))
        entry.min_response_time, entry.max_response_time = float(times_ms[0]), float(times_ms[-1])
        entry.last_request_timestamp = now_s
        entry.num_reqs_per_sec[second] = count
        if line.outcome != "ok":
            entry.num_failures = entry.num_fail_per_sec[second] = count
        return entry

    def _note_error(self, line: Line, now_s: float) -> None:
        """Count failures by step and outcome in locust's table of errors."""
        errors, wanted = self._stats.errors, (METHOD, line.step, line.outcome)
        known = [error for error in errors.values() if (error.method, error.name, error.error) == wanted]
        if not known:
            before = self._stats.total.num_failures, self._stats.entries[line.step, METHOD].num_failures
            self._stats.log_error(*wanted)
            self._stats.total.num_failures, self._stats.entries[line.step, METHOD].num_failures = before
            known = [error for error in errors.values() if (error.method, error.name, error.error) == wanted]
            known[0].occurrences = 0
        known[0].occurrences += line.histogram.count
        known[0].last_seen = now_s
