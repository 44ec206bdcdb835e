"""The pace: an exact identity while nobody changes it, and a map that both sides can invert."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.swarm.generator.pace import NEVER, Pace

SECOND = 10**9
instants = st.integers(0, 10**14)
changes = st.lists(st.tuples(instants, st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 3.0])), max_size=5).map(sorted)


def test_unchanged_it_changes_nothing():
    at = np.array([0, 1, 123_456_789_012_345], np.int64)
    assert Pace().played(at) is at
    assert Pace().scheduled_ns(17) == 17


def test_twice_as_fast_then_standing_still_then_on():
    pace = Pace([(10 * SECOND, 2.0), (12 * SECOND, 0.0), (20 * SECOND, 1.0)])
    assert pace.played_ns(10 * SECOND) == 10 * SECOND
    assert pace.played_ns(12 * SECOND) == 11 * SECOND
    assert pace.played_ns(14 * SECOND) == 20 * SECOND  # reached when it stood still: played when it moves on
    assert pace.played_ns(15 * SECOND) == 21 * SECOND
    assert pace.scheduled_ns(16 * SECOND) == 14 * SECOND
    assert Pace([(SECOND, 0.0)]).played_ns(2 * SECOND) == NEVER


@given(changes, st.lists(instants, min_size=1, max_size=20).map(sorted))
def test_order_is_kept_and_what_is_played_was_reached(made, scheduled):
    pace = Pace(made)
    played = pace.played(np.array(scheduled, np.int64))
    assert (np.diff(played) >= 0).all()
    for at, when in zip(scheduled, played.tolist(), strict=True):
        if when < NEVER:
            assert abs(pace.scheduled_ns(when) - at) <= 2  # a nanosecond's rounding, times the factor


def test_changes_that_go_back_or_run_backwards_are_refused():
    with pytest.raises(ValueError, match="must ascend"):
        Pace([(5, 1.0), (4, 1.0)])
    with pytest.raises(ValueError, match="negative"):
        Pace([(5, -1.0)])
