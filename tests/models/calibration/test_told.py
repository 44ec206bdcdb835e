"""What levels tell: standard errors that are those of many samples, and statistics that answers can be held against."""

import math

import numpy as np
import pytest

from models.calibration.observed import Answered, Blocks, Latencies
from models.calibration.told import NONE_S, QUANTILES, Group, groups_of, told_by, told_by_answers
from tests.models.calibration.levels import level

COUNT = 600


def test_standard_errors_are_those_of_many_samples() -> None:
    rng = np.random.default_rng(1)
    told = []
    for _ in range(400):
        seen = {"home": Latencies.of(rng.gamma(2.0, 0.01, COUNT))}
        told.append(told_by([level(10.0, response=seen)], [Group(0, ("home",))]))
    spread = np.std([each.values[:-1] for each in told], axis=0)
    errors = np.mean([each.errors[:-1] for each in told], axis=0)
    assert errors == pytest.approx(spread, rel=0.15)  # 400 spreads are known to 3.5 %; the slope is a finite difference
    mean, *quantiles = np.mean([each.values[:-1] for each in told], axis=0)
    assert math.exp(mean) == pytest.approx(0.02, rel=0.01)
    assert len(quantiles) == len(QUANTILES)


def test_neighbours_that_wait_together_count_for_less() -> None:
    rng = np.random.default_rng(2)
    means = 0.02 + 0.005 * rng.normal(size=12)
    values = np.concatenate([rng.gamma(4.0, mean / 4.0, 50) for mean in means])
    own = np.array([part.mean() for part in np.split(values, 12)])
    blocks = Blocks(5.0, ("home",), np.full((12, 1), 50), own[:, None], (), np.empty((12, 0)))
    alone = level(10.0, response={"home": Latencies.of(values)})
    together = level(10.0, response={"home": Latencies.of(values)}, blocks=blocks)
    group = [Group(0, ("home",))]
    error = told_by([together], group).errors[0]
    assert error > 1.5 * told_by([alone], group).errors[0]
    assert error == pytest.approx(own.std(ddof=1) / math.sqrt(12) / values.mean(), rel=1e-6)


def test_rare_steps_are_looked_at_together_or_not_at_all() -> None:
    many, few, rare = (Latencies.of(np.linspace(0.1, 0.2, n)) for n in (200, 49, 1))
    seen = level(10.0, response={"home": many, "pay": few, "track": rare})
    assert groups_of([seen]) == (Group(0, ("home",)), Group(0, ("pay", "track")))
    assert groups_of([level(10.0, response={"home": many, "pay": few})]) == (Group(0, ("home",)),)


def test_answers_are_told_as_levels_are() -> None:
    one = level(10.0, ok={"home": 450})
    groups = groups_of([one])
    told = told_by([one], groups)
    said = told_by_answers([{"home": Answered(600, 450, one.response["home"])}], groups)
    assert said == pytest.approx(told.values)
    assert said[-1] == 0.75
    nothing = told_by_answers([{}], groups)
    assert nothing[:-1] == pytest.approx(np.full(5, math.log(NONE_S)))
