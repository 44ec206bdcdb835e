"""Predictions beside measurements: intervals, errors, words and figures."""

import math

import numpy as np
import pytest

from reports.comparison import Reading
from reports.figures.validation import figures_of
from reports.validation import Point, Validation, predicted_reading


def reading(value, half=0.1):
    return Reading(value, value * (1 - half), value * (1 + half), 100)


def point(**more):
    given = {"level": "50/s", "held_out": True, "step": "all", "quantity": "mean"}
    return Point(**{**given, "measured": reading(0.1), "predicted": reading(0.105), **more})


def test_an_interval_holds_draws_drift_and_what_a_measurement_varies_by_beyond_a_replay():
    draws = np.exp(0.1 * np.array([-1.5, -0.5, 0.0, 0.5, 1.5])).tolist()
    spread = float(np.log(draws).std(ddof=1))
    alone = predicted_reading(draws, reading(1.0), reading(1.0), 0.0)
    assert alone.value == pytest.approx(1.0)
    assert math.log(alone.high) == pytest.approx(2.776445 * spread, rel=1e-6)  # Student's t of 4 degrees of freedom
    assert math.log(alone.low) == pytest.approx(-math.log(alone.high))
    drifting = predicted_reading(draws, reading(1.0), reading(1.0), 0.2)
    assert math.log(drifting.high) == pytest.approx(2.776445 * math.hypot(spread, 0.2), rel=1e-6)
    wide, narrow = reading(1.0, 0.4), reading(1.0, 0.1)
    excess = [math.log(each.high / each.low) / (2 * 1.959964) for each in (wide, narrow)]
    stalling = predicted_reading(draws, wide, narrow, 0.0)
    beyond = math.sqrt(spread**2 + excess[0] ** 2 - excess[1] ** 2)
    assert math.log(stalling.high) == pytest.approx(2.776445 * beyond, rel=1e-5)
    assert predicted_reading(draws, narrow, wide, 0.0) == alone
    assert predicted_reading(draws, Reading(1.0, 0.5, math.inf, 9), narrow, 0.0) == alone  # an end that is not known


def test_a_point_tells_its_error_and_whether_it_was_covered():
    found = point(corrected=0.0999999999999)
    assert (found.error, found.corrected_error) == (pytest.approx(0.05), 0.0)
    assert (found.covered, point(predicted=reading(0.12)).covered) == (True, False)
    assert (found.half_width, found.own_half_width) == (pytest.approx(0.1), pytest.approx(0.1))
    assert point(measured=Reading(0.1, 0.05, math.inf, 5)).own_half_width is None
    sure = point(quantity="throughput", measured=reading(70.0), predicted=Reading(*[70.0 * (1 + 1e-15)] * 3, 8))
    assert (sure.error, sure.covered, sure.unit) == (0.0, True, "per_s")


def test_words_and_figures_tell_each_level_and_how_often_intervals_held():
    points = (
        point(),
        point(step="portal", quantity="utilisation", measured=reading(0.5), predicted=reading(0.7)),
        point(level="5/s", held_out=False),
    )
    found = Validation("a-plan", 64, points, ("A note.",), "The target has changed.")
    text = "\n".join(found.words())
    for words in (
        "STALE: The target has changed.",
        "50/s (held out)",
        "5/s (fitted)",
        "not covered",
        "held 1 of 2 values of levels held out (50 %)",
        "held 1 of 1 values of levels fitted on (100 %)",
        "A note.",
    ):
        assert words in text
    drawn = dict(figures_of(found))
    assert list(drawn) == ["mean", "utilisation-portal"]
    assert drawn["mean"].get_suptitle().replace("\n", " ") == (
        "mean of all steps: off by 5 % at most at 1 held-out level; 1 of 1 covered"
    )
    labels = [label.get_text() for label in drawn["mean"].axes[0].get_yticklabels()]
    assert labels == ["50/s +5 %", "5/s +5 %"]
