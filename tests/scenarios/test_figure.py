"""Figures with ranges: their quantiles, and what is wrong with a range."""

import re

import pytest

from cutover.base.errors import BadInput
from models.draws import stream, uniform
from scenarios.figure import Figure, Share, SurgeFactor
from scenarios.scenario import read_scenario

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"


def figure(**more: float) -> Figure:
    return Figure(value=10.0, assumed="a test", **more)


def test_the_median_is_the_number_and_the_ends_are_quantiles() -> None:
    found = figure(low=8.0, high=20.0)
    assert [found.at(u) for u in (0.025, 0.5, 0.975)] == pytest.approx([8.0, 10.0, 20.0], rel=1e-12)
    assert found.at(0.25) == pytest.approx(10.0 * 0.8 ** (0.6744897501960817 / 1.9599639845400545), rel=1e-12)
    assert figure().at(0.975) == 10.0


def test_a_range_that_is_symmetrical_is_lognormal() -> None:
    """Where the median is the geometric mean of the ends, ln x has one deviation: of 4,000 draws half are within it."""
    found = figure(low=5.0, high=20.0)
    key = stream(1, 0, "a test")
    drawn = sorted(found.at(uniform(key, at, 0)) for at in range(4000))
    assert drawn[2000] == pytest.approx(10.0, rel=0.03)
    assert sum(each < 5.0 or each > 20.0 for each in drawn) / 4000 == pytest.approx(0.05, abs=0.011)


def test_draws_keep_within_what_makes_sense() -> None:
    share = Share(value=0.5, low=0.1, high=0.99, assumed="a test")
    assert share.at(1 - 1e-12) == 1.0
    assert SurgeFactor(value=2.0, low=1.0, high=3.0, assumed="a test").at(1e-12) == 1.0


@pytest.mark.parametrize(
    ("ranged", "rule"),
    [
        ("low = 5", "arrivals.sessions: must have both `low` and `high`, or neither; add the other"),
        ("low = 11, high = 12", "must have low <= value <= high, and low < high: the number is the median; correct"),
        ("low = 10, high = 10", "must have low <= value <= high, and low < high"),
        ("low = 0, high = 12", "arrivals.sessions.low = 0: input should be greater than 0; correct the value"),
    ],
)
def test_a_range_that_is_none_is_told(scenario_file, ranged, rule):
    shares = ", ".join(["0.04"] * 22 + ["0.06"] * 2)
    sessions = f'sessions = {{ value = 10, {ranged}, assumed = "t" }}\nhourly_shares = [{shares}]'
    with pytest.raises(BadInput, match=re.escape(rule)):
        read_scenario(scenario_file((POINTS, sessions)))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            'assumed = "a test"',
            'low = 9e7\nhigh = 2e8\nassumed = "a test"',
            "takes no range: communes have their people",
        ),
        (
            POINTS,
            f'{POINTS}\n[[arrivals.surges]]\nname = "s"\nat_s = 1\nhold_s = 1\n'
            'times = { value = 2, low = 0.5, high = 3, assumed = "t" }',
            "arrivals.surges[0].times: must have its range between 1 and 1000; narrow it",
        ),
        (
            POINTS,
            f'{POINTS}\nvolume = {{ of = "visits", times = 1, low = 2, high = 3, assumed = "t" }}',
            "arrivals.volume: must have low <= times <= high",
        ),
    ],
)
def test_a_range_beyond_what_makes_sense_is_told(scenario_file, old, new, rule):
    with pytest.raises(BadInput, match=re.escape(rule)):
        read_scenario(scenario_file((old, new)))
