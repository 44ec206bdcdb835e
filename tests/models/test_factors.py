"""Factors: what they multiply, how they are drawn, that plans without them stay, and every mistake of theirs."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cutover.base.errors import BadInput
from models.factors import at_estimates, drawn, moved, ranges, times
from models.plan import Plan, plan_path, read_plan
from models.uncertainty import Target, UncertainEntry

LAWS: list[dict[str, Any]] = [
    {"law": "lognormal", "mean_s": 2.0, "cv": 0.5, "shift_s": 0.5},
    {"law": "bounded_pareto", "alpha": 1.5, "least_s": 1.0, "greatest_s": 10.0},
    {"law": "empirical", "values_s": [1.0, 2.0, 4.0]},
    {"law": "hyperexponential", "phases": [{"probability": 0.5, "mean_s": 1.0}, {"probability": 0.5, "mean_s": 3.0}]},
    {"law": "mixture", "parts": [{"weight": 1, "of": {"law": "constant", "mean_s": 1.0}}] * 2},
    {"law": "erlang", "mean_s": 3.0, "shape": 3},
]

DATA: dict[str, Any] = {
    "schema": 1,
    "name": "x",
    "description": "",
    "stations": {"app": {"servers": 10}, "db": {"schedule": [[0, 4], [60, 0]]}},
    "pools": {"workers": {"tokens": 7}},
    "programs": {
        "home": [{"station": "app", "service": law} for law in LAWS],
        "pay": [
            {"delay": LAWS[0]},
            {"hold": "workers", "do": [{"delay": LAWS[0]}, {"station": "db", "service": LAWS[5]}]},
        ],
    },
}
FACTORS = [
    {"of": "service", "station": "app", "draws": [1.0, 2.0, 3.0, 4.0]},
    {"of": "service", "step": "pay", "draws": [10.0, 20.0, 30.0, 40.0]},
]
RANGE = {"name": "waits", "of": "delay", "low": 0.5, "high": 2.0, "assumed": "a guess"}


def plan(factors: list[dict[str, Any]] | None = None, uncertain: list[dict[str, Any]] | None = None) -> Plan:
    calibration = {
        "runs": ["a", "b"],
        "fitted": date(2026, 11, 22),
        "estimator": "response_fit",
        "levels": 6,
        "highest_rps": 310.0,
        "factors": factors or [],
    }
    return Plan.model_validate({**DATA, "calibration": calibration, "uncertain": uncertain or []})


def means(of: Plan, step: str) -> list[float]:
    return [each.service.mean_s for each in of.programs[step] if each.service is not None]


def test_a_plan_without_factors_is_returned_as_it_is() -> None:
    for name in ("stand-in", "national", "retry-storm"):
        whole = read_plan(plan_path(name))
        assert drawn(whole, 1, 3) is whole
        assert at_estimates(whole) is whole
        assert ranges(whole) == ()


def test_all_times_of_every_law_are_multiplied_and_its_shape_stays() -> None:
    before, after = plan(), times(plan(), [(Target(of="service", station="app"), 3.0)])
    for law, other in zip(before.programs["home"], after.programs["home"], strict=True):
        assert law.service is not None
        assert other.service is not None
        assert other.service.mean_s == pytest.approx(3.0 * law.service.mean_s)
        assert other.service.scv == pytest.approx(law.service.scv)
        assert other.service.least_s == pytest.approx(3.0 * law.service.least_s, abs=3e-9)
    assert after.programs["pay"] == before.programs["pay"]


def test_delays_under_a_pool_are_told_from_free_ones() -> None:
    free, held = times(plan(), [(Target(of="delay", station="workers"), 2.0)]).programs["pay"]
    assert free.delay is not None
    assert held.do is not None
    assert held.do[0].delay is not None
    assert (free.delay.mean_s, held.do[0].delay.mean_s) == (2.0, 4.0)


def test_tokens_are_rounded_once_and_stay_at_least_one() -> None:
    halves = [(Target(of="tokens", station="workers"), 0.5)] * 2
    few = times(plan(), [*halves, (Target(of="tokens", station="db"), 0.1), (Target(of="tokens", station="app"), 1.26)])
    assert few.pools["workers"].tokens == 2  # 7/4; rounded twice it would be 2 of 4
    assert few.stations["db"].schedule == ((0, 1), (60, 0))
    assert few.stations["app"].servers == 13


def test_joint_draws_belong_together_and_each_comes_once() -> None:
    whole = plan(FACTORS)
    seen = []
    for replication in range(4):
        one = drawn(whole, 7, replication)
        home = means(one, "home")[0] / 2.0
        pay = one.programs["pay"][1].do
        assert pay is not None
        assert pay[1].service is not None
        assert pay[1].service.mean_s == pytest.approx(3.0 * 10.0 * home)
        seen.append(round(home))
        assert drawn(whole, 7, replication) == one
        assert drawn(one, 7, replication) is one
    assert sorted(seen) == [1, 2, 3, 4]
    assert means(drawn(whole, 7, 4), "home") == means(drawn(whole, 7, 0), "home")


def test_a_range_is_lognormal_between_its_quantiles() -> None:
    whole = plan(uncertain=[RANGE])
    logs = []
    for replication in range(400):
        delay = drawn(whole, 3, replication).programs["pay"][0].delay
        assert delay is not None
        logs.append(math.log(delay.mean_s / 2.0))
    sigma = math.log(2.0) / 1.96
    mean = sum(logs) / 400
    assert abs(mean) < 3.29 * sigma / 20
    assert math.sqrt(sum((each - mean) ** 2 for each in logs) / 399) == pytest.approx(sigma, rel=0.12)  # 3.29 of 3.5 %


def test_one_factor_alone_is_moved() -> None:
    whole = plan(FACTORS, [RANGE])
    assert means(moved(whole, "service at app", 0.5), "home")[0] == pytest.approx(5.0)
    assert moved(whole, "service at app", 0.5).programs["pay"] == DATA_PLAN.programs["pay"]
    delay = moved(whole, "waits", 0.975).programs["pay"][0].delay
    assert delay is not None
    assert delay.mean_s == pytest.approx(4.0)
    assert at_estimates(whole).programs == DATA_PLAN.programs
    with pytest.raises(BadInput, match="is not a factor of this plan; did you mean `waits`"):
        moved(whole, "wait", 0.5)


DATA_PLAN = Plan.model_validate(DATA)


def test_ranges_tell_who_says_so() -> None:
    published = {**RANGE, "name": "p", "source": "them", "published": date(2025, 6, 1)}
    del published["assumed"]
    first, _, waits, other = ranges(plan(FACTORS, [RANGE, published]))
    assert (first.name, first.low, first.high) == ("service at app", pytest.approx(1.075), pytest.approx(3.925))
    assert (first.origin, first.published) == ("measured: a, b", date(2026, 11, 22))
    assert (waits.low, waits.high) == (pytest.approx(0.5), pytest.approx(2.0))
    assert (waits.origin, waits.published) == ("assumed: a guess", None)
    assert (other.origin, other.published) == ("them", date(2025, 6, 1))
    entry = UncertainEntry.model_validate(published)
    assert entry.known_on(date(2025, 6, 1))
    assert not entry.known_on(date(2025, 5, 31))


def test_a_factor_that_goes_too_far_is_refused() -> None:
    with pytest.raises(BadInput, match="has factors that lead beyond what a plan may say"):
        times(plan(), [(Target(of="service"), 1000.0), (Target(of="service"), 999.0)])


def test_a_calibrated_plan_reads_back(tmp_path: Path) -> None:
    whole = plan(FACTORS, [RANGE])
    (tmp_path / "plan.toml").write_text(whole.to_toml(), encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml") == whole


MISTAKES = """
schema = 1
name = "x"
description = ""
stations.app.servers = 1
pools.workers.tokens = 2
programs.home = [{ station = "app", service = { law = "constant", mean_s = 1 } }]
observed.ap = { metric = "m", is = "share" }

[calibration]
runs = ["a"]
fitted = 2026-11-22
estimator = "response_fit"
levels = 2
highest_rps = 3

[[calibration.factors]]
of = "service"
station = "apq"
draws = [1, 2]

[[calibration.factors]]
of = "service"
step = "hom"
draws = [1]

[[uncertain]]
name = "u"
of = "tokens"
low = 2
high = 1
assumed = "x"

[[uncertain]]
name = "u"
of = "delay"
station = "app"
low = 1
high = 2
assumed = "x"
source = "y"
published = 2025-01-01

[[uncertain]]
name = "v"
of = "service"
low = 3
high = 2
assumed = "x"
"""


def test_every_mistake_of_factors_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(MISTAKES, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_plan(path)
    told = [str(mistake).removeprefix(f"{path}") for mistake in caught.value.mistakes]
    assert told == [
        ":27: uncertain[0]: must have a `station` (or pool) and no `step`, being of tokens; correct it",
        ":34: uncertain[1]: must have either `source` and `published`, or `assumed`; say where the range is from",
        ":44: uncertain[2]: must have `low` below `high`; correct them",
        ":19: calibration.factors[0].station = 'apq': is not a station of this plan; did you mean `app`?",
        ":24: calibration.factors[1].step = 'hom': is not a step of this plan; did you mean `home`?",
        ":37: uncertain[1].station = 'app': is not a pool of this plan; use one of workers",
        ":25: calibration.factors[1].draws: has 1 draws, and the first factor 2: draws of one place belong together; "
        "give each factor as many",
        ":34: uncertain[1]: has the name of another; leave one out",
        ":8: observed.ap = 'ap': is not a station or pool of this plan; did you mean `app`?",
    ]
