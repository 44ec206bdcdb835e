import math

import numpy as np
import pytest

from models.statistics.interval import Interval, samples_of


def test_no_value_stands_without_its_interval() -> None:
    with pytest.raises(ValueError, match="an interval without an end must say why"):
        Interval(1.0, 0.5, math.inf, 0.95, 3, "m")
    with pytest.raises(ValueError, match="an interval that is known needs no reason"):
        Interval(1.0, 0.5, 2.0, 0.95, 3, "m", "because")
    with pytest.raises(ValueError, match=r"the value 1.0 is not in its interval from 2.0 to 3.0"):
        Interval(1.0, 2.0, 3.0, 0.95, 3, "m")
    with pytest.raises(ValueError, match="is not in its interval"):
        Interval(math.nan, 2.0, 3.0, 0.95, 3, "m")
    with pytest.raises(ValueError, match="a level of 95 is not between 0 and 1"):
        Interval(1.0, 0.5, 2.0, 95, 3, "m")


def test_widths_are_of_the_farther_end() -> None:
    lopsided = Interval(-2.0, -5.0, -1.5, 0.95, 3, "m")
    assert (lopsided.half_width, lopsided.relative_half_width) == (3.0, 1.5)
    assert Interval(0.0, -1.0, 1.0, 0.95, 3, "m").relative_half_width == math.inf
    assert Interval.unknown(2.0, 0.95, 1, "m", "Why.").half_width == math.inf


def test_what_is_not_known_is_null_in_json() -> None:
    assert Interval.unknown(2.0, 0.95, 1, "m", "Why.").to_dict() == {
        "value": 2.0, "low": None, "high": None, "level": 0.95, "samples": 1, "method": "m", "why": "Why.",
    }  # fmt: skip


@pytest.mark.parametrize("values", [[], [[1.0]], 1.0])
def test_samples_are_one_row(values: object) -> None:
    with pytest.raises(ValueError, match="samples must be one row"):
        samples_of(np.array(values))


def test_samples_are_numbers() -> None:
    with pytest.raises(ValueError, match="at least one is NaN"):
        samples_of([1.0, math.nan])
