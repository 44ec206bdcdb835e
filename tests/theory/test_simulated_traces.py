"""Deterministic input, exactly: departures, starts with more servers, and citizens who try again more than 64 times."""

from collections.abc import Sequence
from itertools import accumulate, count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.draws import stream
from models.engines.batch import batches
from models.laws import Law
from models.network import Again, Citizens, NetworkStation, Visit
from models.theory.trace import departures
from tests.theory.cases import constant, exponential, journey, network
from tests.theory.playing import Case, Played, S

ENGINES = ("recursion", "event", "simpy")
MOST_SERVICES = 6


def clerks(servers: int, arrivals_s: Sequence[int], services_s: Sequence[int]) -> Case:
    """Return a case of one first-come-first-served station; a journey for each length of service."""
    programs = {f"{s} s": (Visit(1, f"{s}", 0, constant(s)),) for s in range(MOST_SERVICES)}
    rows = [(n, at * S, service) for n, (at, service) in enumerate(zip(arrivals_s, services_s, strict=True))]
    net = network((NetworkStation("s", servers),), **programs)
    return Case(net, tuple(journey(name) for name in programs), lambda *_: batches(rows))


def ends_s(case: Case, engine: str) -> list[float]:
    """Return when each session ends."""
    return (case.play(1, 0, 1000, engine).records.end_ns / S).tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_case_3_hand_trace(engine: str) -> None:
    arrivals_s, services_s = (0, 1, 2, 3, 4), (5, 2, 1, 4, 1)
    assert ends_s(clerks(2, arrivals_s, services_s), engine) == [5, 3, 4, 8, 6]
    assert ends_s(clerks(3, arrivals_s, services_s), engine) != [5, 3, 4, 8, 6]


def sessions() -> st.SearchStrategy[list[tuple[int, int]]]:
    """Gaps and services, so small that much happens at once."""
    return st.lists(st.tuples(st.integers(0, 3), st.integers(0, MOST_SERVICES - 1)), min_size=1, max_size=40)


@given(sessions(), st.integers(1, 4))
def test_every_departure_is_that_of_the_recursion_of_theory(rows: list[tuple[int, int]], servers: int) -> None:
    gaps_s, services_s = zip(*rows, strict=True)
    arrivals_s = tuple(accumulate(gaps_s))
    expected = list(departures(arrivals_s, services_s, servers))
    case = clerks(servers, arrivals_s, services_s)
    assert [ends_s(case, engine) for engine in ENGINES] == [expected] * len(ENGINES)


@given(sessions(), st.integers(1, 4), st.integers(1, 3))
def test_more_servers_never_make_a_start_later(rows: list[tuple[int, int]], servers: int, more: int) -> None:
    """At one station where nobody is turned away or gives up; in networks it is no law."""
    gaps_s, services_s = zip(*rows, strict=True)
    arrivals_s = tuple(accumulate(gaps_s))
    for engine in ("recursion", "event"):
        few, many = (
            np.subtract(ends_s(clerks(number, arrivals_s, services_s), engine), services_s)
            for number in (servers, servers + more)
        )
        assert (many <= few).all()
        assert (many >= arrivals_s).all()


def counter(wait: Law, arrivals_s: Sequence[float], times: int) -> Case:
    """Return a case of one clerk who serves for 100.5 s and lets nobody wait; who is turned away tries again."""
    net = network(
        (NetworkStation("s", 1, queue=0),),
        Citizens(reload=Again(1.0, wait, times)),
        a=(Visit(1, "a/s", 0, constant(100.5)),),
    )
    rows = [(n, round(at * S), 0) for n, at in enumerate(arrivals_s)]
    return Case(net, (journey("a"),), lambda *_: batches(rows))


def tried(case: Case) -> list[tuple[int, float]]:
    """Return how each session ends, and when, which must be the same in both engines that play it."""
    plays: list[Played] = [case.play(1, 0, 1000, engine) for engine in ("event", "simpy")]
    assert plays[0].history == plays[1].history
    found = [list(zip(p.records.outcome.tolist(), (p.records.end_ns / S).tolist(), strict=True)) for p in plays]
    assert found[0] == found[1]
    return found[0]


def test_attempts_beyond_the_64th_are_no_different() -> None:
    """In the order of an instant attempts count modulo 64; a session makes one at a time, so that none is mistaken.

    Served from 0 to 100.5, 101 to 201.5, 202 to 302.5: the second gets in at its 101st attempt, the third, who comes at
    the same instants, after it, at its 202nd.
    """
    ok, rejected = 0, 1
    assert tried(counter(constant(1), (0, 1, 1), 1000)) == [(ok, 100.5), (ok, 201.5), (ok, 302.5)]
    assert tried(counter(constant(1), (0, 1, 1), 101)) == [(ok, 100.5), (ok, 201.5), (rejected, 102.0)]


def test_every_attempt_has_a_pause_of_its_own() -> None:
    """Draws count attempts to the end: the 70th does not repeat the sixth."""
    wait = exponential(1)
    key = stream(1, 0, "citizen/reload/wait")
    pauses_ns = [wait.sample_ns(key, 1, attempt << 40) for attempt in range(300)]
    assert len(set(pauses_ns)) == 300
    attempt, begun_ns = next((n, t) for n, t in zip(count(1), accumulate(pauses_ns)) if t >= 100.5 * S)
    assert attempt > 70
    assert tried(counter(wait, (0, 0), 1000))[1] == (0, (begun_ns + 100.5 * S) / S)
