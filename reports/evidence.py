"""What a run has to say about a budget: an estimate, or the reason why there is none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.statistics.ratio import Ratio
from reports.availability import availability
from reports.budgets import DOSSIERS, Budget
from reports.header import Window
from reports.metrics import MAX, MEAN
from reports.no_evidence import NoEvidence
from reports.observed import loads_of, read_series, refuse_empty, utilisation
from reports.replications import stored_replications
from reports.run import Run
from reports.series import MOST_ROWS, LatencySeries
from reports.spans import spans, windows
from reports.statistics import (
    RESAMPLES,
    Estimate,
    Floats,
    Resampling,
    exact_count,
    greatest_of_counts,
    mean_estimate,
    mean_of_counts,
    quantile_estimates,
    rate_estimate,
    ratio_estimate,
    share_estimate,
)
from reports.windowed import Windowed

FINEST = 1e-4
"""Utilisations are told apart to 0.01 %."""


def evidence(run: Run, budget: Budget, resamples: int = RESAMPLES) -> Estimate | Windowed:
    """Estimate a budget's value over what it judges of a run; raise NoEvidence when there is no data.

    Intervals come from `resamples` of the run's course, or of its replications, where it is the sum of several.
    """
    if budget.subject == DOSSIERS:
        return _dossiers(run, budget)
    if budget.is_relative:
        raise NoEvidence("no baseline was named; name one with --baseline")
    judged = _Judged(run, budget, spans(run, budget), resamples)
    if budget.over_s is None:
        return judged.estimate(judged.spans, MOST_ROWS)
    cuts = [window for span in judged.spans for window in windows(span, budget.over_s)]
    if not cuts:
        raise NoEvidence("what is judged is shorter than a window")
    return _windowed(judged, cuts)


def value(run: Run, budget: Budget) -> float:
    """Return a budget's value; raise NoEvidence when there is no data."""
    return evidence(run, budget, resamples=1).value


def _windowed(judged: "_Judged", cuts: Sequence[Window]) -> Windowed:
    found: list[tuple[Window, Estimate]] = []
    reason = ""
    for cut in cuts:
        try:
            found.append((cut, judged.estimate((cut,), MOST_ROWS)))
        except NoEvidence as error:
            reason = str(error)
    if not found:
        raise NoEvidence(reason)
    return Windowed(tuple(found), judged.budget.caps, len(cuts) - len(found))


@dataclass(frozen=True)
class _Judged:
    """A budget beside a run, or the replications that it is the sum of, and the spans that it judges."""

    run: Run
    budget: Budget
    spans: tuple[Window, ...]
    resamples: int

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The replications, where there are several; else the run."""
        return stored_replications(self.run) or (self.run,)

    @cached_property
    def how(self) -> Resampling:
        return Resampling(self.resamples, are_replications=len(self.runs) > 1)

    def estimate(self, of: Sequence[Window], most: int) -> Estimate:
        """Estimate over some windows; raise NoEvidence when they hold no data."""
        metric = self.budget.metric
        if metric == "utilisation":
            return self._utilisation(of, most)
        if metric == "availability":
            return self._availability(of, most)
        if metric == "age":
            raise NoEvidence("the run has no back office, so that it tells no age of a backlog")
        series = self._series(of, most)
        refuse_empty(series, self.budget)
        if metric == "error_rate":
            return share_estimate(series.offered - series.ok, series.offered, self.how)
        if metric == "goodput":
            added_up = self.run.header.replications if len(self.runs) == 1 else 1  # a sum whose parts were not kept
            return rate_estimate(series.ok, series.lengths_s * added_up, self.how)
        return replace(self._latency(series), left_out=int(series.left_out.sum()))

    def _latency(self, series: LatencySeries) -> Estimate:
        ok, at_least, aggregate = series.ok_counts, series.at_least_counts, self.budget.aggregate
        if aggregate == MEAN:
            return mean_of_counts(ok, at_least, series.middles_s, self.how)
        if aggregate == MAX:
            return greatest_of_counts(ok, at_least, series.values_s)
        assert self.budget.quantile is not None
        return quantile_estimates(ok, at_least, series.values_s, (self.budget.quantile,), self.how)[0]

    def _series(self, of: Sequence[Window], most: int) -> LatencySeries:
        """Return a row per stretch of time, at most so many, or per replication."""
        found = [LatencySeries.joined([self._rows(run, window) for window in of]) for run in range(len(self.runs))]
        if len(found) > 1:
            return LatencySeries.joined([each.grouped(len(each.lengths_s)) for each in found])
        (series,) = found
        return series.grouped(math.ceil(len(series.lengths_s) / most)) if len(series.lengths_s) > most else series

    def _rows(self, run: int, window: Window) -> LatencySeries:
        """Return a row per interval of a window, cut out of the span that holds it."""
        number = next(at for at, span in enumerate(self.spans) if span.holds(window.from_s, window.length_s))
        interval_s = self.run.header.interval_s
        first = round((window.from_s - self.spans[number].from_s) / interval_s)
        return self._read[run][number].rows(first, first + round(window.length_s / interval_s))

    @cached_property
    def _read(self) -> tuple[tuple[LatencySeries, ...], ...]:
        """What each run tells of each span."""
        return tuple(tuple(read_series(run, self.budget, span) for span in self.spans) for run in self.runs)

    def _ratio(self, each: Sequence[Ratio], most: int) -> Ratio:
        """Join ratios of the spans of each run into one, in rows as `_series` does."""
        if len(each) > 1:
            sums = [(ratio.parts.sum(), ratio.wholes.sum()) for ratio in each]
            return Ratio(np.array([part for part, _ in sums]), np.array([whole for _, whole in sums]))
        (ratio,) = each
        starts = np.arange(0, len(ratio.parts), max(1, math.ceil(len(ratio.parts) / most)))
        return Ratio(np.add.reduceat(ratio.parts, starts), np.add.reduceat(ratio.wholes, starts))

    def _availability(self, of: Sequence[Window], most: int) -> Estimate:
        each = [_joined([availability(run, window) for window in of]) for run in self.runs]
        if not any(ratio.wholes.sum() for ratio in each):
            raise NoEvidence("nobody asked the portal for anything in the measurement window")
        seconds = self._ratio(each, most)
        up, counted = (np.round(part).astype(np.int64) for part in (seconds.parts, seconds.wholes))
        return share_estimate(up, counted, self.how)

    def _utilisation(self, of: Sequence[Window], most: int) -> Estimate:
        name = self.budget.subject
        if self.budget.aggregate == MEAN:
            each = [_joined([utilisation(run, name, window) for window in of]) for run in self.runs]
            joined = self._ratio(each, most)
            if len(each) == 1:  # its samples are the intervals
                found = mean_estimate(joined.series(), self.how)
                return replace(found, value=joined.value, samples=len(each[0].parts))
            return ratio_estimate(joined.parts, joined.wholes.astype(np.int64), self.how)
        rows = [np.concatenate([loads_of(run, name, window)[0] for window in of]) for run in self.runs]
        if not any(row.size for row in rows):
            raise NoEvidence(f"the utilisation of `{name}` was not observed in the measurement window")
        counts, values = _counted(rows, most)
        none = np.zeros_like(counts)
        if self.budget.aggregate == MAX:
            return greatest_of_counts(counts, none, values)
        assert self.budget.quantile is not None
        return quantile_estimates(counts, none, values, (self.budget.quantile,), self.how)[0]


def _joined(parts: Sequence[Ratio]) -> Ratio:
    return Ratio(np.concatenate([each.parts for each in parts]), np.concatenate([each.wholes for each in parts]))


def _counted(rows: Sequence[Floats], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Count values, a row of them per replication, or per stretch of a single run; return counts and the values."""
    if len(rows) == 1:
        size = max(1, math.ceil(len(rows[0]) / most))
        rows = [rows[0][first : first + size] for first in range(0, len(rows[0]), size)]
    steps = [np.round(row / FINEST).astype(np.int64) for row in rows]
    known = np.unique(np.concatenate(steps))
    counts = np.zeros((len(rows), len(known)), np.int64)
    for row, found in enumerate(steps):
        np.add.at(counts[row], np.searchsorted(known, found), 1)
    return counts, known * FINEST


def _dossiers(run: Run, budget: Budget) -> Estimate:
    found = run.findings.get("reconciliation")
    if found is None:
        raise NoEvidence("receipts were not set against the portal's database")
    if not found["submitted"]:
        raise NoEvidence("no dossier was submitted")
    if budget.metric in found.get("unjudged", ()):
        raise NoEvidence(f"what the portal gave out does not tell which dossiers are {budget.metric}")
    count, unasked = len(found[budget.metric]), len(found.get("unasked", ()))
    if budget.holds(count) and not budget.holds(count + unasked):
        raise NoEvidence(f"the portal did not tell what became of {unasked} receipts")
    return exact_count(count, found["submitted"])
