"""What one run says of a budget that compares, as `models.statistics.run_effects` takes it."""

import math
from dataclasses import dataclass

import numpy as np

from models.statistics.course import Course, Ints
from models.statistics.interval import Floats
from models.statistics.reading import Reading
from reports.budgets import ALL, Budget
from reports.no_evidence import NoEvidence
from reports.run import Run
from reports.series import LatencySeries, Rows, Stretches
from reports.turns import TurnRows

MOST_ROWS = 300
"""A run of five minutes has a row a second; longer ones longer rows."""


@dataclass(frozen=True, eq=False)
class Readings:
    """A run's reading of a budget's metric: as low as it may be, and as high.

    They differ where steps had no answer: those took as long as was waited, or longer. With `is_log` both are of the
    logarithm, so that differences are relative; else of a share, and differences are points.
    """

    low: Reading
    high: Reading
    is_log: bool


def readings(run: Run, budget: Budget) -> Readings:
    """Read a budget's metric over a run's measurement window, of a run that took turns over its own blocks.

    Raises NoEvidence when there is no data.
    """
    kind = "service" if budget.metric == "service" else "response"
    rows = _rows(run)
    series = LatencySeries.of(run, kind, None if budget.subject == ALL else budget.subject, rows)
    what = "step" if budget.subject == ALL else f"`{budget.subject}` step"
    if not series.offered.sum():
        raise NoEvidence(f"no {what} was offered in the measurement window of {run.folder.name}")
    if budget.metric == "error_rate":
        return _error_rate(series)
    if not (series.ok if budget.metric == "goodput" else series.counted).any():
        raise NoEvidence(f"no {what} was answered in the measurement window of {run.folder.name}")
    if budget.metric == "goodput":
        return _goodput(series, run.header.replications)
    return _mean(series) if budget.quantile is None else _quantile(series, budget.quantile)


def _rows(run: Run) -> Stretches:
    arm = run.header.arm
    if arm is None:
        return Rows.of(run, run.window, MOST_ROWS)
    if not arm.blocks:
        raise NoEvidence(f"{run.folder.name} had no whole turn in its measurement window")
    return TurnRows(arm.blocks)


def _quantile(series: LatencySeries, quantile: float) -> Readings:
    low = _course(series.counts, series.values_s).quantile(quantile)
    if not series.at_least_counts.any():
        return Readings(low, low, is_log=True)
    unknown = series.at_least_counts.sum(axis=1)
    counts, values_s = np.column_stack([series.ok_counts, unknown]), np.append(series.values_s, math.inf)
    return Readings(low, _course(counts, values_s).quantile(quantile), is_log=True)


def _course(counts: Ints, values_s: Floats) -> Course:
    """Return the course of counts (rows, values), of which the values ascend."""
    columns, rows = np.nonzero(counts.T)
    return Course(values_s[columns], rows, counts[rows, columns], len(counts))


def _mean(series: LatencySeries) -> Readings:
    counted, sums_s = series.counted.astype(np.float64), series.counts @ series.middles_s
    low = Reading.of_ratio(sums_s, counted, int(counted.sum()), is_log=True)
    unknown = Reading.unknown(math.inf, low.samples) if series.at_least_counts.any() else low
    return Readings(low, unknown, is_log=True)


def _goodput(series: LatencySeries, replications: int) -> Readings:
    good = int(series.ok.sum())
    found = Reading.of_ratio(series.ok.astype(np.float64), series.lengths_s * replications, good, is_log=True)
    return Readings(found, found, is_log=True)


def _error_rate(series: LatencySeries) -> Readings:
    """Read the share of steps that were not ok; never surer than independent steps, of which one more was not ok."""
    offered = series.offered.astype(np.float64)
    whole, wrong = float(offered.sum()), float(offered.sum() - series.ok.sum())
    share = (wrong + 1) / (whole + 2)
    least = math.sqrt(share * (1 - share) / whole)
    found = Reading.of_ratio(offered - series.ok, offered, int(whole), is_log=False, least_error=least)
    return Readings(found, found, is_log=False)
