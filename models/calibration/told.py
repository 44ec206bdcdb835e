"""What a level tells of response times, as numbers that a prediction can be held against."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.calibration.observed import Answered, Floats, Latencies, Level

QUANTILES = (0.25, 0.5, 0.9, 0.95)
ENOUGH = 200
"""Samples from which on a step is looked at by itself (assumed): its p95 then rests on ten above it."""

FEWEST = 50
FLOOR = 0.01
"""A relative error that no statistic is taken to be below (assumed): that of models and machines, not of sampling."""

NONE_S = 1e4
"""What stands for the response of a step that a plan never answers in time."""


class Group(NamedTuple):
    """Steps of a level whose responses are looked at together."""

    level: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """The statistics of levels: ln mean and ln quantiles of each group's response, and each level's share of ok steps.

    `values` float64[n] and their standard errors by sampling alone, `errors` float64[n].
    """

    groups: tuple[Group, ...]
    values: Floats
    errors: Floats


def groups_of(levels: Sequence[Level]) -> tuple[Group, ...]:
    """Return the groups of levels: each step with 200 samples ok, and the others of a level together, if 50."""
    found: list[Group] = []
    for index, level in enumerate(levels):
        alone = [step for step, each in level.response.items() if each.count >= ENOUGH]
        others = tuple(step for step in level.response if step not in alone)
        found += [Group(index, (step,)) for step in alone]
        if sum(level.response[step].count for step in others) >= FEWEST:
            found.append(Group(index, others))
    return tuple(found)


def told_by(levels: Sequence[Level], groups: Sequence[Group]) -> Told:
    """Return the statistics of levels as they were measured."""
    values: list[float] = []
    errors: list[float] = []
    for group in groups:
        level = levels[group.level]
        together = Latencies.together(level.response[step] for step in group.steps)
        inflated = math.sqrt(_inflation(level, group.steps))
        values += _statistics(together)
        errors += [error * inflated for error in _errors(together)]
    for level in levels:
        offered = max(sum(level.offered.values()), 1)
        values.append(level.goodness)
        errors.append(math.sqrt(max(level.goodness * (1.0 - level.goodness), 1.0 / offered) / offered))
    return Told(tuple(groups), np.array(values), np.array(errors))


def told_by_answers(answers: Sequence[Mapping[str, Answered]], groups: Sequence[Group]) -> Floats:
    """Return the same statistics of a plan's answers, one mapping for each level."""
    values: list[float] = []
    for group in groups:
        answered = answers[group.level]
        values += _statistics(Latencies.together(answered[step].response for step in group.steps if step in answered))
    for each in answers:
        offered = sum(answered.offered for answered in each.values())
        values.append(sum(answered.ok for answered in each.values()) / offered if offered else 1.0)
    return np.array(values)


def _statistics(latencies: Latencies) -> list[float]:
    if not latencies.count:
        return [math.log(NONE_S)] * (1 + len(QUANTILES))
    seen = [latencies.mean_s, *(latencies.quantile(q) for q in QUANTILES)]
    return [math.log(max(value_s, 1e-9)) for value_s in seen]


def _errors(latencies: Latencies) -> list[float]:
    """Return standard errors of independent samples: cv/√n of ln mean, √(q(1 − q)/n)·(d ln Q/dq) of ln quantiles."""
    count = latencies.count
    found = [math.sqrt(latencies.variance / count) / latencies.mean_s]
    for q in QUANTILES:
        reach = min(0.5 * min(q, 1.0 - q), max(0.02, 2.0 * math.sqrt(q * (1.0 - q) / count)))
        slope = math.log(latencies.quantile(q + reach) / latencies.quantile(q - reach)) / (2.0 * reach)
        found.append(math.sqrt(q * (1.0 - q) / count) * slope)
    return found


def _inflation(level: Level, steps: Sequence[str]) -> float:
    """Return how much more a mean varies than that of independent samples would, by blocks; 1 where none tell.

    Var(R̄) by blocks over the variance of independent samples: neighbours wait in the same queue.
    """
    blocks = level.blocks
    if blocks is None or len(blocks.offered) < 4:
        return 1.0
    columns = [blocks.steps.index(step) for step in steps if step in blocks.steps]
    counts, means = blocks.offered[:, columns].astype(np.float64), blocks.mean_s[:, columns]
    sums = np.where(np.isfinite(means), means, 0.0) * counts
    number, total_s = counts.sum(axis=1), sums.sum(axis=1)
    whole = Latencies.together(level.response[step] for step in steps)
    if not number.sum() or not whole.variance:
        return 1.0
    left = total_s - number * float(total_s.sum() / number.sum())
    variance = float(left @ left) / (len(left) - 1) * len(left) / float(number.sum()) ** 2
    return min(max(1.0, variance / (whole.variance / whole.count)), 400.0)
