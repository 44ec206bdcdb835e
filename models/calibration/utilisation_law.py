"""Demands from busy servers: the utilisation law, by non-negative least squares over blocks of time.

    U_k(b) = Σ_s λ_s(b)·D_{s,k} + U_{0,k}        D_{s,k} ≥ 0, U_{0,k} ≥ 0

for each block b of some seconds (Rolia & Vetland 1995, "Parameter estimation for performance models of distributed
application systems"; Pacifici et al. 2008, "CPU demand for web serving: measurement analysis and dynamic estimation").
Demands are sought as factors of what the steps' own times and the plan's proportions say, f_s = D_s/π_s, and the
penalty μ·Σ (f_s − f̄)² pulls them to one where the mix of steps hardly changes. μ, and whether there is a U_0, are those
of the least error on blocks held out. A block's errors grow with its load, so it weighs 1/λ. Joint draws are from the
moving-block bootstrap (Künsch 1989).

Where metrics tell which step kept servers busy, D_{s,k} = (busy seconds of the step) / (steps), level by level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from models.calibration.draws import COUNT, normals
from models.calibration.observed import Floats, Integers, Level
from models.draws import stream, uniforms
from models.statistics.blocks import block_length

Flags = NDArray[np.bool_]

PENALTIES = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e6)
"""Candidates for μ, in units of a column's mean square; the last leaves one factor for all steps."""

ILL_CONDITIONED = 30.0
"""A scaled condition number above which columns are told apart badly (Belsley, Kuh & Welsch 1980: 10 weak, 30 to 100
moderate to strong)."""

FOLDS = 5

BETTER = 0.9
"""A background is taken for real when the held-out error with it is below so many times that without (assumed)."""

MOST_CONDITION = 1e9
Z = 1.959963984540054

FULL = 0.97
"""A level whose servers were busier than that is left out: its arrivals are not what it served."""

LEAST_OK = 0.98


@dataclass(frozen=True)
class Busy:
    """The demands of steps at one place by the utilisation law.

    `seconds` float64[S], `draws` float64[64, S] in seconds, `background` the servers that are busy without any load.
    `penalty` is μ (None: told by step, without regression), `condition` the scaled condition number.
    """

    place: str
    seconds: Floats
    draws: Floats
    background: float
    condition: float | None
    penalty: float | None


class _Way(NamedTuple):
    """How to solve: the penalty μ, and whether there is a background."""

    penalty: float
    idle: bool


@dataclass(frozen=True)
class _Rows:
    """The rows of a regression: `design` float64[B, S + 1] by own factors, `busy` float64[B], `level` int64[B]."""

    design: Floats
    busy: Floats
    level: Integers
    weight: Floats


def metered(levels: Sequence[Level], place: str) -> tuple[Level, ...]:
    """Return the levels that tell a place's busy servers, and at which it was not full nor steps failed."""
    return tuple(
        level
        for level in levels
        if place in level.busy
        and level.goodness >= LEAST_OK
        and level.busy[place] <= FULL * level.servers.get(place, math.inf)
    )


def busy_demands(levels: Sequence[Level], steps: Sequence[str], place: str, base_s: Floats) -> Busy:
    """Return the demands of steps at a place that metrics tell; `base_s` float64[S] are the proportions to start from.

    There must be a level that `metered` gives. A step whose base is 0 does not use the place.
    """
    usable = metered(levels, place)
    if all(place in level.busy_by_step for level in usable):
        return _told_by_step(usable, steps, place, base_s)
    rows = _rows(usable, steps, place, base_s)
    used = base_s > 0.0
    way = _way(rows, used)
    factors = _solved(rows, used, way)
    draws, condition = _resampled(rows, used, way, base_s), _condition(rows, used, way)
    return Busy(place, factors[:-1] * base_s, draws, float(factors[-1]), condition, way.penalty)


def _told_by_step(levels: Sequence[Level], steps: Sequence[str], place: str, base_s: Floats) -> Busy:
    """Return ratios of totals, and draws by their spread between levels (or a step's count, where that says more)."""
    counts = np.array([[level.offered.get(step, 0) for step in steps] for level in levels], np.float64)
    busy_s = np.array(
        [[level.busy_by_step[place].get(step, 0.0) * level.length_s for step in steps] for level in levels]
    )
    total = counts.sum(axis=0)
    seconds = np.divide(busy_s.sum(axis=0), total, out=base_s.copy(), where=total > 0.0)
    left = busy_s - counts * seconds
    freedom = max(len(levels) - 1, 1)
    variance = len(levels) / freedom * (left**2).sum(axis=0) / np.maximum(total, 1.0) ** 2
    error = np.sqrt(np.maximum(variance, seconds**2 / np.maximum(total, 1.0)))
    draws = np.maximum(seconds + error * normals(len(steps), f"by step/{place}"), 0.05 * seconds)
    return Busy(place, seconds, draws, 0.0, None, None)


def _rows(levels: Sequence[Level], steps: Sequence[str], place: str, base_s: Floats) -> _Rows:
    rates, busy, at, length_s = [], [], [], []
    for index, level in enumerate(levels):
        blocks = level.blocks
        if blocks is not None and place in blocks.stations:
            rates.append(blocks.rates(steps))
            busy.append(blocks.busy[:, blocks.stations.index(place)])
            length_s.append(np.full(len(busy[-1]), blocks.length_s))
        else:
            rates.append(np.array([[level.rate(step) for step in steps]]))
            busy.append(np.array([level.busy[place]]))
            length_s.append(np.array([level.length_s]))
        at.append(np.full(len(busy[-1]), index))
    load = np.concatenate(rates) * base_s
    whole = load.sum(axis=1)
    weight = np.sqrt(np.concatenate(length_s) / np.maximum(whole, 1e-3 * float(whole.max()) + 1e-12))
    design = np.concatenate([load, np.ones((len(load), 1))], axis=1)
    return _Rows(design, np.concatenate(busy), np.concatenate(at), weight)


def _solved(rows: _Rows, used: Flags, way: _Way, chosen: Integers | None = None) -> Floats:
    """Return the factors of all steps and the background, float64[S + 1]; 0 of steps that do not use the place."""
    which = np.arange(len(rows.busy)) if chosen is None else chosen
    columns = _columns(used, way)
    design = (rows.design[which] * rows.weight[which, None])[:, columns]
    busy = rows.busy[which] * rows.weight[which]
    steps = int(used.sum())
    if way.penalty >= PENALTIES[-1]:
        whole = np.concatenate([design[:, :steps].sum(axis=1)[:, None], design[:, steps:]], axis=1)
        found, _ = optimize.nnls(whole, busy)
        found = np.concatenate([np.full(steps, found[0]), found[1:]])
    else:
        size = way.penalty * float((design[:, :steps] ** 2).sum()) / max(steps, 1)
        pull = np.zeros((steps, len(columns)))
        pull[:, :steps] = math.sqrt(size) * (np.eye(steps) - 1.0 / max(steps, 1))
        found, _ = optimize.nnls(np.concatenate([design, pull]), np.append(busy, np.zeros(steps)))
    factors = np.zeros(len(used) + 1)
    factors[columns] = found
    return factors


def _columns(used: Flags, way: _Way) -> Integers:
    columns: Integers = np.flatnonzero(np.append(used, way.idle))
    return columns


def _way(rows: _Rows, used: Flags) -> _Way:
    """Return the way of the least error on blocks left out, the stronger penalty of equal ones."""
    least = {
        idle: min((_held_out(rows, used, _Way(each, idle)), -each) for each in PENALTIES) for idle in (False, True)
    }
    idle = least[True][0] < BETTER * least[False][0]
    return _Way(-least[idle][1], idle)


def _held_out(rows: _Rows, used: Flags, way: _Way) -> float:
    """Return the sum of squares on a fifth of each level's blocks left out, one after the other; else on levels."""
    groups = rows.level
    if len(rows.busy) > np.unique(rows.level).size:
        groups = np.concatenate([np.arange(n) * FOLDS // n for n in np.bincount(rows.level).tolist()])
    square = 0.0
    for group in np.unique(groups):
        rest, out = np.flatnonzero(groups != group), groups == group
        left = rows.design[out] @ _solved(rows, used, way, rest) - rows.busy[out]
        square += float(((left * rows.weight[out]) ** 2).sum())
    return square


def _condition(rows: _Rows, used: Flags, way: _Way) -> float:
    """Return the condition number of the weighted design, its columns scaled to length 1 (Belsley et al. 1980)."""
    design = (rows.design * rows.weight[:, None])[:, _columns(used, way)]
    length = np.sqrt((design**2).sum(axis=0))
    if not (length > 0.0).all():
        return MOST_CONDITION
    return float(min(np.linalg.cond(design / length), MOST_CONDITION))


def _resampled(rows: _Rows, used: Flags, way: _Way, base_s: Floats) -> Floats:
    """Return 64 demands from blocks drawn with replacement, neighbours together and level by level, float64[64, S].

    Of b blocks that are nearly independent ν = b − levels − p + 1 are free, with p factors found: deviations grow by
    √(b/ν), and by as much as Student's quantile with ν is beyond the normal one.
    """
    estimate = _solved(rows, used, way)[:-1]
    places = [np.flatnonzero(rows.level == level) for level in np.unique(rows.level)]
    draws = np.empty((COUNT, len(used)))
    found = (1 if way.penalty >= PENALTIES[-1] else int(used.sum())) + way.idle
    blocks = sum(len(place) / block_length(len(place)) for place in places)
    free = max(blocks - len(places) - found + 1, 1.0)
    wider = math.sqrt(blocks / free) * float(special.stdtrit(free, 0.975)) / Z
    for number in range(COUNT):
        chosen = np.concatenate([_neighbours(place, number, at) for at, place in enumerate(places)])
        draws[number] = _solved(rows, used, way, chosen)[:-1]
    moved = estimate + wider * (draws - draws.mean(axis=0))
    seconds: Floats = np.maximum(moved, 0.05 * np.maximum(estimate, 1e-9)) * base_s
    return seconds


def _neighbours(places: Integers, number: int, level: int) -> Integers:
    """Return as many places as there are, in runs of neighbours that begin anywhere, in a circle."""
    length = block_length(len(places))
    runs = math.ceil(len(places) / length)
    begins = uniforms(stream(0, 0, f"calibration/blocks/{level}"), number, np.arange(runs)) * len(places)
    wanted = (begins.astype(np.int64)[:, None] + np.arange(length)).ravel()[: len(places)] % len(places)
    chosen: Integers = places[wanted]
    return chosen
