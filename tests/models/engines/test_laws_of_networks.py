"""The exact laws, on random networks of all elements."""

import gc
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engines.simpy_engine import simulate
from tests.models.engines.networks import random_case
from tests.models.engines.traces import S, Trace


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_laws_hold_exactly_and_each_offer_ends_once(random: Random) -> None:
    """`simulate` itself raises when a law breaks."""
    case, trace = random_case(random), Trace()
    history = simulate(case.network, case.arrivals(), case.walk, case.until_ns, trace, case.interval_ns, case.first_ns)
    ended = [(session, ordinal) for session, _, ordinal, *_ in trace.told]
    assert len(ended) == len(set(ended)) == len(trace.offers)
    assert len(trace.sessions) == sum(instant_ns < case.until_ns for _, instant_ns, *_ in case.rows)
    assert all(intended_s <= end_s <= case.until_ns / S for *_, intended_s, end_s in trace.told)
    for station in history.stations:
        assert sum(interval.length_ns for interval in station.intervals) == case.until_ns


def test_a_run_that_has_ended_is_thrown_away_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generators under way are closed by Python in any order; that must not play on."""
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    for seed in range(60):
        case = random_case(Random(seed))
        simulate(case.network, case.arrivals(), case.walk, case.until_ns, Trace(), case.interval_ns)
    gc.collect()
    assert said == []
