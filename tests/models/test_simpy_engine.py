"""The reference engine: exact traces on deterministic input, outcomes, order in an instant, exact laws."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover.base.errors import InvalidRun
from models.assembly import assemble
from models.engines.batch import batches
from models.engines.simpy_engine import Simulation, simulate
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.plan import Plan
from models.schedule import Profile, Schedule

S = 10**9
LONG = 1e6


@dataclass
class Trace:
    """An observer that keeps all it is told, in seconds; `ended` as the arguments of `step`."""

    sessions: list[float] = field(default_factory=list)
    offers: list[tuple[str, float]] = field(default_factory=list)
    ended: list[tuple[str, str, int, int, float, float, float]] = field(default_factory=list)

    def session(self, instant_ns: int) -> None:
        self.sessions.append(instant_ns / S)

    def offered(self, step: str, intended_ns: int) -> None:
        self.offers.append((step, intended_ns / S))

    def step(
        self,
        step: str,
        outcome: str,
        session: int,
        ordinal: int,
        intended_ns: int,
        sent_ns: int,
        end_ns: int,
        visit: int = 1,  # noqa: ARG002 - the engine's protocol
    ) -> None:
        self.ended.append((step, outcome, session, ordinal, intended_ns / S, sent_ns / S, end_ns / S))

    @property
    def ends(self) -> list[tuple[int, str, float]]:
        return [(session, outcome, end_s) for _, outcome, session, _, _, _, end_s in self.ended]


def constant(mean_s: float) -> dict[str, Any]:
    return {"law": "constant", "mean_s": mean_s}


def visit(mean_s: float, station: str = "s") -> dict[str, Any]:
    return {"station": station, "service": constant(mean_s)}


def delay(mean_s: float) -> dict[str, Any]:
    return {"delay": constant(mean_s)}


def plan(stations: dict[str, Any], **programs: list[dict[str, Any]]) -> Plan:
    data = {"schema": 1, "name": "p", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data)


def journey(*names: str, limit_s: float = LONG, think_s: float = 0.0) -> Journey:
    think = Constant(law="constant", mean_s=think_s)
    nexts = (*names[1:], None)
    steps = (Step(name, think, limit_s, ((after, 1.0),)) for name, after in zip(names, nexts, strict=True))
    return Journey("-".join(names), tuple(steps))


def play(
    plan: Plan,
    journeys: list[Journey],
    arrivals: Iterable[tuple[int, float, int]],
    until_s: float = 100,
    seed: int = 1,
) -> tuple[Trace, History]:
    trace = Trace()
    instants = [(session, round(instant_s * S), index) for session, instant_s, index in arrivals]
    network = assemble(plan, journeys)
    return trace, simulate(network, batches(instants), Walk(journeys, seed), round(until_s * S), trace, 10 * S)


def test_hand_trace_of_theory_case_3() -> None:
    services = dict(zip("abcde", (5, 2, 1, 4, 1), strict=True))
    plan_of_five = plan({"s": {"servers": 2}}, **{name: [visit(s)] for name, s in services.items()})
    trace, history = play(plan_of_five, [journey(name) for name in "abcde"], [(i, i, i) for i in range(5)])
    assert {session: end_s for session, _, end_s in trace.ends} == {0: 5, 1: 3, 2: 4, 3: 8, 4: 6}
    first = history.station("s").intervals[0]
    assert (first.arrivals, first.starts, first.departures, first.rejections) == (5, 5, 5, 0)
    assert (first.busy_ns, first.backlog_ns) == (13 * S, 3 * S)  # waits 0, 0, 1, 1, 1


def test_a_session_walks_through_its_steps() -> None:
    two = plan({"s": {"servers": 1}}, home=[visit(1), delay(0.5)], pay=[visit(2)])
    trace, _ = play(two, [journey("home", "pay", think_s=10)], [(7, 3, 0)])
    assert trace.sessions == [3]
    assert trace.offers == [("home", 3), ("pay", 14.5)]
    assert trace.ended == [("home", "ok", 7, 0, 3, 3, 4.5), ("pay", "ok", 7, 1, 14.5, 14.5, 16.5)]


def test_a_full_queue_rejects_and_ends_the_session() -> None:
    small = plan({"s": {"servers": 1, "queue": 1}}, home=[visit(10)], pay=[visit(1)])
    trace, history = play(small, [journey("home", "pay")], [(1, 0, 0), (2, 1, 0), (3, 2, 0)])
    assert trace.ends[0] == (3, "rejected", 2)
    assert [end for end in trace.ends if end[0] == 3] == [(3, "rejected", 2)]
    assert sum(interval.rejections for interval in history.station("s").intervals) == 1


def test_a_release_makes_room_before_an_arrival_of_the_same_instant() -> None:
    small = plan({"s": {"servers": 1, "queue": 0}}, home=[visit(1)])
    trace, _ = play(small, [journey("home")], [(9, 0, 0), (1, 1, 0), (2, 1, 0)])
    assert trace.ends == [(9, "ok", 1), (2, "rejected", 1), (1, "ok", 2)]


@pytest.mark.parametrize("delays_s", [(3, 1), (1, 3)])
def test_arrivals_of_one_instant_queue_by_session(delays_s: tuple[float, float]) -> None:
    """Two sessions reach a busy station in one nanosecond, on ways that are scheduled in either order."""
    first, second = delays_s
    ways = plan({"s": {"servers": 1}}, long=[delay(first), visit(1)], short=[delay(second), visit(1)], busy=[visit(9)])
    journeys = [journey("long"), journey("short"), journey("busy")]
    arrivals = sorted([(5, 4 - first, 0), (4, 4 - second, 1), (9, 0, 2)], key=lambda a: a[1])
    trace, _ = play(ways, journeys, arrivals)
    assert trace.ends == [(9, "ok", 9), (4, "ok", 10), (5, "ok", 11)]


def test_a_delay_that_ends_goes_before_a_session_that_arrives_in_its_instant() -> None:
    ways = plan({"s": {"servers": 1}}, late=[delay(3), visit(1)], fresh=[visit(1)])
    trace, _ = play(ways, [journey("late"), journey("fresh")], [(4, 1, 0), (5, 4, 1)])
    assert trace.ends == [(4, "ok", 5), (5, "ok", 6)]


def test_a_departure_joins_the_next_queue_as_an_arrival_of_its_instant() -> None:
    tandem = plan({"a": {"servers": 1}, "s": {"servers": 1, "queue": 0}}, two=[visit(2, "a"), visit(1)], one=[visit(1)])
    trace, _ = play(tandem, [journey("two"), journey("one")], [(8, 0, 0), (3, 2, 1)])
    assert trace.ends == [(8, "rejected", 2), (3, "ok", 3)]


@pytest.mark.parametrize(("limit_s", "outcome", "end_s"), [(3, "ok", 4), (3 - 1e-9, "timed_out", 4 - 1e-9)])
def test_a_deadline_is_met_at_exactly_its_instant(limit_s: float, outcome: str, end_s: float) -> None:
    one = plan({"s": {"servers": 1}}, home=[visit(3)])
    trace, _ = play(one, [journey("home", limit_s=limit_s)], [(1, 1, 0)])
    assert trace.ends == [(1, outcome, end_s)]


def test_server_work_goes_on_after_a_time_out_and_the_session_ends() -> None:
    one = plan({"s": {"servers": 1}}, home=[visit(5), visit(5)], pay=[visit(1)])
    trace, history = play(one, [journey("home", "pay", limit_s=4)], [(1, 0, 0)])
    assert trace.ended == [("home", "timed_out", 1, 0, 0, 0, 4)]
    assert sum(interval.busy_ns for interval in history.station("s").intervals) == 10 * S


def test_a_rejection_after_the_deadline_is_a_time_out() -> None:
    late = plan({"a": {"servers": 1}, "s": {"servers": 1, "queue": 0}}, two=[visit(5, "a"), visit(1)], one=[visit(50)])
    trace, _ = play(late, [journey("one"), journey("two", limit_s=4)], [(1, 0, 0), (2, 0, 1)], until_s=60)
    assert trace.ends == [(2, "timed_out", 4), (1, "ok", 50)]


def test_the_end_of_the_run() -> None:
    """Of three open steps one is over its limit; what would happen at the end itself is no longer part."""
    one = plan({"s": {"servers": 1}}, home=[visit(20)])
    journeys = [journey("home"), journey("home", limit_s=15)]
    trace, history = play(one, journeys, [(3, 0, 0), (2, 4, 1), (1, 6, 1), (4, 20, 0)], until_s=20)
    assert trace.ended == [
        ("home", "unfinished", 1, 0, 6, 6, 20),
        ("home", "timed_out", 2, 0, 4, 4, 19),
        ("home", "unfinished", 3, 0, 0, 0, 20),
    ]
    station = history.station("s")
    assert (station.visits.waiting, station.visits.in_service) == (2, 1)
    assert [interval.length_ns for interval in station.intervals] == [10 * S, 10 * S]
    assert station.utilisation() == 1.0
    assert station.backlog(10 * S, 20 * S) == 2.0
    assert station.utilisation(50 * S) == station.backlog(50 * S) == 0.0


def test_an_operation_taken_by_a_share() -> None:
    half = plan({"s": {"servers": 50}}, home=[{**visit(0.1), "probability": 0.3}])
    _, history = play(half, [journey("home")], [(i, i * 0.01, 0) for i in range(5000)])
    taken = sum(interval.arrivals for interval in history.station("s").intervals)
    assert abs(taken / 5000 - 0.3) < 3.29 * (0.21 / 5000) ** 0.5 < 0.03


def test_another_station_shifts_no_draw() -> None:
    service = {"station": "s", "service": {"law": "exponential", "mean_s": 1}}
    without = plan({"s": {"servers": 900}}, home=[service])
    shifted = plan({"t": {"servers": 900}, "s": {"servers": 900}}, home=[visit(7, "t"), service])
    arrivals = [(i, 0, 0) for i in range(50)]
    ends = [play(each, [journey("home")], arrivals)[0].ends for each in (without, shifted)]
    assert {s: round(e, 9) for s, _, e in ends[0]} == {s: round(e - 7, 9) for s, _, e in ends[1]}


def test_unsorted_arrivals_are_refused() -> None:
    one = plan({"s": {"servers": 1}}, home=[visit(1)])
    with pytest.raises(InvalidRun, match="session 2 arrives at 1000000000 ns, before the one that precedes it"):
        play(one, [journey("home")], [(1, 2, 0), (2, 1, 0)])


def test_a_planners_own_process_joins() -> None:
    one = plan({"s": {"servers": 1}}, home=[visit(1)])
    trace, journeys = Trace(), [journey("home")]
    simulation = Simulation(assemble(one, journeys), Walk(journeys, 1), trace, S)
    simulation.play(batches([(1, 3 * S, 0)]))

    def batch() -> Any:
        yield simulation.env.timeout(2 * S)
        yield simulation.stations["s"].arrive(5 * S)

    simulation.env.process(batch())
    simulation.run(20 * S)
    assert trace.ends == [(1, "ok", 8)]


LAWS = st.one_of(
    st.builds(constant, st.sampled_from([0.0, 0.5, 1.0])),
    st.builds(lambda mean_s: {"law": "exponential", "mean_s": mean_s}, st.sampled_from([0.3, 1.0])),
)
STATIONS = ("a", "b", "c")
OPERATIONS = st.one_of(
    st.builds(lambda law: {"delay": law}, LAWS),
    st.builds(
        lambda name, law, probability: {"station": name, "service": law, "probability": probability},
        st.sampled_from(STATIONS), LAWS, st.sampled_from([0.4, 1.0]),
    ),
)  # fmt: skip
SPECS = st.fixed_dictionaries({"servers": st.integers(1, 3)}, optional={"queue": st.sampled_from([0, 1, 5])})


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys(STATIONS, SPECS)),
    st.lists(st.lists(OPERATIONS, min_size=1, max_size=4), min_size=2, max_size=2),
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=40),
    st.sampled_from([1.0, 4.0, LONG]),
)
def test_laws_hold_exactly_and_each_offer_ends_once(
    stations: dict[str, Any], programs: list[list[Any]], gaps_s: list[float], limit_s: float
) -> None:
    """`simulate` itself raises when a law breaks; order of creation must not matter either."""
    network = plan(stations, home=programs[0], pay=programs[1])
    journeys = [journey("home", "pay", limit_s=limit_s, think_s=0.5), journey("pay", limit_s=limit_s)]
    instants = [sum(gaps_s[: i + 1]) for i in range(len(gaps_s))]
    arrivals = [(i, instant_s, i % 2) for i, instant_s in enumerate(instants)]
    trace, history = play(network, journeys, arrivals, until_s=25)
    begun = [(step, session, ordinal) for step, _, session, ordinal, *_ in trace.ended]
    assert len(begun) == len(set(begun)) == len(trace.offers)
    assert len(trace.sessions) == sum(instant_s < 25 for instant_s in instants)
    assert {outcome for _, outcome, *_ in trace.ended} <= {"ok", "timed_out", "rejected", "unfinished"}
    assert all(end_s - intended_s <= limit_s for *_, intended_s, _, end_s in trace.ended)
    for station in history.stations:
        assert sum(interval.length_ns for interval in station.intervals) == 25 * S


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.5]), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_more_servers_never_make_a_start_later(gaps_s: list[float], servers: int, more: int) -> None:
    law = {"law": "exponential", "mean_s": 1.0}
    arrivals = [(i, sum(gaps_s[: i + 1]), 0) for i in range(len(gaps_s))]
    ends = [
        {
            session: end_s
            for session, _, end_s in play(
                plan({"s": {"servers": count}}, home=[{"station": "s", "service": law}]),
                [journey("home")],
                arrivals,
            )[0].ends
        }
        for count in (servers, servers + more)
    ]
    assert all(ends[1][session] <= end_s for session, end_s in ends[0].items())


def test_the_same_seed_gives_the_same_run() -> None:
    law = {"law": "lognormal", "mean_s": 1.0, "cv": 1.5}
    network = plan({"s": {"servers": 2}}, home=[{"station": "s", "service": law}])
    schedule = Schedule(Profile(((0, 1), (90, 1.8))), 5)
    numbers, instants = schedule.window(0, 90)
    arrivals = [(n, i / S, 0) for n, i in zip(numbers.tolist(), instants.tolist(), strict=True)]
    runs = [play(network, [journey("home")], arrivals, seed=seed) for seed in (5, 5, 6)]
    assert runs[0] == runs[1]
    assert runs[0][0].ended != runs[2][0].ended
