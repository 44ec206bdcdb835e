"""Journeys: branches with their probabilities, think times, and draws that depend on names alone."""

import numpy as np
import pytest

from models.journeys import Journey, Step, Walk, expected_visits
from models.laws import Exponential, Law

THINK: Law = Exponential(law="exponential", mean_s=2.0)
BROWSE = Journey(
    "browse",
    (
        Step("home", THINK, 5.0, (("search", 0.5), ("home", 0.2), (None, 0.3))),
        Step("search", THINK, 5.0, ((None, 1.0),)),
    ),
)
OTHER = Journey("other", BROWSE.steps)


def test_branches_have_their_probabilities() -> None:
    walk = Walk([BROWSE], seed=4)
    count = 20_000
    taken = [walk.following(0, 0, session, 0) for session in range(count)]
    for index, probability in ((1, 0.5), (0, 0.2), (None, 0.3)):
        half = 3.29 * np.sqrt(probability * (1 - probability) / count)
        assert abs(taken.count(index) / count - probability) < half
        assert abs(taken.count(index) / count - 1.1 * probability) > half
    assert {walk.following(0, 1, session, 3) for session in range(100)} == {None}


def test_first_step_has_no_think_time() -> None:
    walk = Walk([BROWSE], seed=4)
    assert walk.think_ns(0, 0, 17, 0) == 0
    thinks = [walk.think_ns(0, 0, session, 1) for session in range(20_000)]
    assert np.mean(thinks) / 1e9 == pytest.approx(2.0, rel=3.29 / np.sqrt(20_000))


def test_draws_depend_on_names_seed_replication_session_and_ordinal_only() -> None:
    alone, second = Walk([BROWSE], 4), Walk([OTHER, BROWSE], 4)
    places = [(1, session, ordinal) for session in range(50) for ordinal in (1, 2)]
    assert [alone.think_ns(0, *place) for place in places] == [second.think_ns(1, *place) for place in places]
    thinks = {
        Walk([BROWSE], 4).think_ns(0, 1, 9, 1),
        Walk([BROWSE], 4).think_ns(0, 1, 9, 2),
        Walk([BROWSE], 4).think_ns(0, 1, 8, 1),
        Walk([BROWSE], 4).think_ns(0, 0, 9, 1),
        Walk([BROWSE], 5).think_ns(0, 1, 9, 1),
        Walk([BROWSE], 4, 1).think_ns(0, 1, 9, 1),
        Walk([OTHER], 4).think_ns(0, 1, 9, 1),
    }
    assert len(thinks) == 7


def test_expected_visits() -> None:
    visits = expected_visits(BROWSE)
    assert visits == pytest.approx({"home": 1.25, "search": 0.625})  # 1/(1 − 0.2), and half of it
