from dataclasses import replace

import pytest

from benchmarks.foresight_figure import draw
from benchmarks.foresight_table import (
    BLACK_BOX,
    GOALS,
    METRICS,
    Goal,
    Held,
    counting,
    covering,
    judged,
    read_points,
    rows_of,
    write_points,
)
from reports.comparison import Reading
from reports.validation import Point

POINT = Held(
    mode=METRICS,
    case="pool",
    of="pool",
    load=0.5,
    level="30/s",
    step="all",
    quantity="mean",
    measured=0.1,
    predicted=0.104,
    error=0.04,
    corrected=0.01,
    covered=True,
    half_width=0.1,
    own_half_width=0.02,
)
MEAN = next(goal for goal in GOALS if goal.quantities == ("mean",) and not goal.changed)


def test_a_point_is_made_of_a_validation():
    measured, predicted = Reading(2.0, 1.9, 2.1, 8), Reading(2.2, 1.98, 2.42, 48)
    point = Point("30/s", held_out=True, step="all", quantity="mean", measured=measured, predicted=predicted)
    found = Held.at(replace(point, corrected=2.1), METRICS, "pool", "pool", 0.5)
    assert found is not None
    assert (found.error, found.corrected) == (pytest.approx(0.1), pytest.approx(0.05))
    assert (found.half_width, found.own_half_width) == (pytest.approx(0.1), pytest.approx(0.05))
    assert found.covered
    assert Held.at(replace(point, measured=Reading(0.0, 0.0, 0.0, 8)), METRICS, "pool", "pool", 0.5) is None


def test_a_point_counts_only_when_it_was_measured_to_a_third_of_the_goal():
    assert MEAN.within == 0.08
    assert MEAN.counts(replace(POINT, own_half_width=0.0266))
    assert not MEAN.counts(replace(POINT, own_half_width=0.0267))
    assert not MEAN.counts(replace(POINT, own_half_width=None))


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"load": 0.81}, False),
        ({"quantity": "p95"}, False),
        ({"step": "submit"}, False),
        ({"case": "pool halved"}, False),
    ],
)
def test_a_goal_is_about_one_quantity_of_all_steps_at_some_loads(changes, holds):
    assert MEAN.holds(replace(POINT, **changes)) == holds


def test_a_knee_has_no_load_and_utilisation_is_a_stations():
    knee = Goal("knee", ("knee",), 0.05)
    assert knee.holds(replace(POINT, quantity="knee", load=1.4))
    used = replace(POINT, quantity="utilisation", step="portal")
    assert sum(goal.holds(used) for goal in GOALS) == 1


def test_points_that_count_are_judged_raw_and_corrected_and_the_rest_is_undecided():
    good, bad = POINT, replace(POINT, error=-0.12, corrected=-0.07)
    wide = replace(POINT, error=0.3, own_half_width=0.1)
    assert judged([good, bad, wide], MEAN) == (
        "MISSED: 1 of 2 within, median 8 %, at most 12 %; speed-corrected 2 of 2 within, median 4 %, at most 7 %; "
        "1 undecided (off by median 30 %, at most 30 %)"
    )
    assert judged([good], MEAN).startswith("reached: 1 of 1 within, median 4 %")
    assert judged([wide], MEAN).startswith("1 undecided")
    assert judged([], MEAN) == "not measured"


def test_without_probes_that_tell_nothing_is_corrected():
    assert "corrected" not in judged([replace(POINT, corrected=None)], MEAN)
    mixed = judged([replace(POINT, corrected=None), POINT], MEAN)
    assert mixed.endswith("speed-corrected 2 of 2 within, median 2.5 %, at most 4 %")


def test_intervals_must_cover_and_be_narrow():
    ten = [replace(POINT, covered=number > 0) for number in range(10)]
    assert covering(ten) == "reached: 9 of 10 (90 %), mean ±10 %"
    assert covering([replace(POINT, covered=False), *ten]).startswith("MISSED: 9 of 11")
    assert covering([replace(POINT, half_width=0.13)]) == "MISSED: 1 of 1 (100 %), mean ±13 %"
    assert covering([replace(POINT, quantity="p99", half_width=0.9)]) == "reached: 1 of 1 (100 %)"
    assert covering([]) == "not measured"


def test_rows_are_of_both_ways_and_tell_how_many_points_count():
    wide = replace(POINT, own_half_width=0.1)
    changed = replace(POINT, mode=BLACK_BOX, case="pool halved", own_half_width=0.04)
    points = [POINT, wide, changed]
    assert (counting(points, METRICS), counting(points, BLACK_BOX)) == (1, 1)
    rows = {what: (figure, bound) for what, figure, bound in rows_of(points)}
    assert rows["with metrics: points that count"] == ("1", "at least 12")
    assert rows["with metrics: knee"] == ("not measured", "within 5 % (published best: none)")
    assert rows["black box: changed configurations: mean response, up to 0.8"][0].startswith("reached: 1 of 1")
    assert rows["black box: 95 % prediction intervals, changed configurations"][0].startswith("reached: 1 of 1")
    assert len(rows) == 2 * (len(GOALS) + 3)


def test_points_are_written_and_read(tmp_path):
    points = (POINT, replace(POINT, corrected=None, own_half_width=None, covered=False, quantity="p95", error=-0.9))
    write_points(points, tmp_path / "points.csv")
    assert read_points(tmp_path / "points.csv") == points
    draw(points, tmp_path / "figure.svg")
    assert "times the knee" in (tmp_path / "figure.svg").read_text(encoding="utf-8")
