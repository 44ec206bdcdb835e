"""Faults: exact traces on deterministic input."""

from typing import Any

import pytest

from cutover.base.errors import BadInput
from models.assembly import assemble
from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.faults import Fault
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.plan import Plan

S = 10**9


class Ends:
    """An observer of ends, in seconds, by session."""

    def __init__(self) -> None:
        self.ends: dict[int, float] = {}

    def session(self, instant_ns: int) -> None:
        assert instant_ns >= 0

    def offered(self, step: str, intended_ns: int) -> None:
        assert (step in "abcde", intended_ns >= 0) == (True, True)

    def step(self, step: str, outcome: str, session: int, ordinal: int, *times_ns: int) -> None:
        assert (step in "abcde", outcome, ordinal) == (True, "ok", 0)
        self.ends[session] = times_ns[2] / S


def play(faults: list[Fault], servers: int = 2) -> tuple[list[float], History]:
    """Simulate arrivals at 0, 1, 2, 3, 4 s that need 5, 2, 1, 4, 1 s each: the hand trace of the theory cases."""
    none = Constant(law="constant", mean_s=0)
    needs = dict(zip("abcde", (5.0, 2.0, 1.0, 4.0, 1.0), strict=True))
    journeys = [Journey(name, (Step(name, none, 1e6, ((None, 1.0),)),)) for name in needs]
    programs = {n: [{"station": "s", "service": {"law": "constant", "mean_s": s}}] for n, s in needs.items()}
    data: dict[str, Any] = {"schema": 1, "name": "p", "description": "", "stations": {"s": {"servers": servers}}}
    network = assemble(Plan.model_validate({**data, "programs": programs}), journeys, faults)
    observer = Ends()
    history = simulate(network, batches((i, i * S, i) for i in range(5)), Walk(journeys, 1), 100 * S, observer)
    return [observer.ends[i] for i in range(5)], history


def test_without_faults_it_is_the_hand_trace() -> None:
    assert play([])[0] == [5, 3, 4, 8, 6]


def test_an_outage_holds_up_what_has_not_begun() -> None:
    """From 2 s to 10 s nothing begins; sessions 0 and 1 go on; 2 and 3 begin at 10, 4 when 2 ends at 11."""
    assert play([Fault("s", 2 * S, 10 * S, left=0.0)])[0] == [5, 3, 11, 14, 12]


def test_half_the_servers_are_one_of_two() -> None:
    """From 0 s on one server: first come, first served, one after the other."""
    assert play([Fault("s", 0, 100 * S, left=0.5)])[0] == [5, 7, 8, 12, 13]


def test_slower_service_holds_for_what_begins_meanwhile() -> None:
    """Sessions that begin at 1 s and later, but before 4 s, take twice as long."""
    ends, _ = play([Fault("s", 1 * S, 4 * S, slower=2.0)])
    assert ends == [5, 5, 6, 9, 7]


def test_the_laws_hold_through_faults_and_utilisation_is_of_the_servers_that_are_there() -> None:
    _, history = play([Fault("s", 2 * S, 10 * S, left=0.0)])
    # both there up to 2 s, and until they are done (3 s, 5 s); none up to 10 s; both up to 20 s
    assert history.station("s").utilisation(0, 20 * S) == (5 + 2 + 1 + 4 + 1) / (2 * 2 + 1 + 3 + 2 * 10)


def test_a_fault_of_a_station_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match=r"plan p: stations\.db: is missing, yet a fault names it; use one of s"):
        play([Fault("db", 0, 1)])
