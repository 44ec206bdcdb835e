import math

import pytest

from reports import quantities


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.000_000_5, "0.5 µs"),
        (0.000_999_9, "1 ms"),
        (0.0421, "42.1 ms"),
        (0.9999, "1 s"),
        (2.3149, "2.31 s"),
        (119.9, "120 s"),
        (200, "3.33 min"),
        (9000, "2.5 h"),
    ],
)
def test_a_duration_takes_the_unit_that_fits(seconds: float, text: str) -> None:
    assert quantities.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (9.999, "10"), (123.4, "123"), (12345.6, "12,346"), (-0.5, "-0.5")],
)
def test_three_digits_are_kept(value: float, text: str) -> None:
    assert quantities.significant(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "–"),
        (math.nan, "s", "–"),
        (math.inf, "s", "not reached"),
        (math.inf, "share", "unknown"),
        (0.004, "share", "0.4 %"),
        (41.26, "per_s", "41.3/s"),
        (12345, "count", "12,345"),
    ],
)
def test_a_quantity_has_its_unit(value: float | None, unit: str, text: str) -> None:
    assert quantities.quantity(value, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, None, "–"),
        (0.1, 0.2, "100 ms to 200 ms"),
        (0.1, math.inf, "100 ms or more"),
        (-math.inf, 0.2, "up to 200 ms"),
        (-math.inf, math.inf, "no bound known"),
        (math.inf, math.inf, "not reached"),
        (0.1, 0.1, "100 ms"),
    ],
)
def test_an_interval_says_where_it_is_open(low: float | None, high: float | None, text: str) -> None:
    assert quantities.interval(low, high, "s") == text
