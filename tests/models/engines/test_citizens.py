"""What citizens do: reload, come back, be turned away at the door, transfer; by hand."""

import pytest

from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.history import Returns
from models.laws import Lognormal
from models.network import Admission, Citizens, Network, NetworkStation, NetworkStep, Transfer
from tests.models.engines.traces import (
    NS,
    S,
    Trace,
    again,
    books,
    delay,
    lasts,
    network,
    play,
    pool,
    station,
    visit,
    walk,
)


def test_a_reload_is_the_same_step_again_and_the_response_runs_from_the_first_start() -> None:
    """Rejected at 1, again at 3 and 5, served from 6.5 only: ok at 8 for a step that was meant at 1."""
    one = network(
        [station("s", queue=0)], (visit(1, 0, 6.5),), (visit(1, 0, 1),), citizens=Citizens(reload=again(2, 3))
    )
    trace, history = play(one, [(0, 0), (1, 1)])
    assert trace.told[-1] == (1, 1, 0, "ok", 1, 8)
    assert trace.offers == [("a", 0), ("b", 1)]
    assert books(history, "s").rejections == 3


def test_who_has_reloaded_often_enough_ends_with_the_last_outcome() -> None:
    one = network([station("s", fails=1.0)], (visit(1, 0, 1),), citizens=Citizens(reload=again(2, 2)))
    trace, history = play(one, [(0, 0)])
    assert trace.told == [(0, 1, 0, "failed", 0, 7)]
    assert books(history, "s").departures == 3
    assert history.returns == (Returns(reloads=2),)


def test_some_reload() -> None:
    citizens = Citizens(reload=again(1, 1, probability=0.3))
    one = network([station("s", 9, fails=1.0)], (visit(1, 0, 0.5),), citizens=citizens)
    _, history = play(one, [(n, 0) for n in range(4000)], until_s=4010)
    assert abs(books(history, "s").arrivals / 4000 - 1.3) < 3.29 * (0.21 / 4000) ** 0.5


def test_who_waits_too_long_reloads_and_leaves_a_zombie() -> None:
    """The first attempt is given up at 4 and is served up to 5 all the same; the second, from 6, is in time."""
    stations = [station("s", 1)]
    one = network(stations, (visit(1, 0, 3),), limit_s=4, citizens=Citizens(reload=again(2 - NS, 1)))
    trace, history = play(one, [(0, 0), (0, 0)])
    assert trace.told == [(0, 1, 0, "ok", 0, 3), (1, 1, 0, "ok", 0, 9)]
    assert books(history, "s").busy_ns == 9


@pytest.mark.parametrize(("limit_s", "end"), [(3, ("ok", 3)), (3 - NS, ("timed_out", 3 - NS))])
def test_a_limit_is_met_at_exactly_its_instant(limit_s: float, end: tuple[str, float]) -> None:
    citizens = Citizens(come_back=again(1, 1, probability=0.0))
    trace, _ = play(network([station("s")], (visit(1, 0, 3),), limit_s=limit_s, citizens=citizens), [(0, 0)])
    assert trace.ends == {0: end}


def two_steps(citizens: Citizens, stations: list[NetworkStation], admission: Admission | None = None) -> Network:
    """Return a network with a journey of two steps: a delay of 1 s, then a service of 1 s at the first station."""
    journeys = ((NetworkStep("a", 100 * S), NetworkStep("b", 100 * S)),)
    programs = {"a": (delay(1, 1),), "b": (visit(1, 0, 1),)}
    return Network("n", tuple(stations), programs, journeys, citizens=citizens, admission=admission)


def test_who_comes_back_begins_anew_as_the_next_visit() -> None:
    one = two_steps(Citizens(come_back=again(10, 1)), [station("s", fails=1.0)])
    trace, _ = play(one, [(0, 0)])
    assert trace.sessions == [0]
    assert trace.told == [
        (0, 1, 0, "ok", 0, 1),
        (0, 1, 1, "failed", 1, 2),
        (0, 2, 2, "ok", 12, 13),
        (0, 2, 3, "failed", 13, 14),
    ]


def test_who_comes_back_does_not_think_before_the_first_step() -> None:
    one = two_steps(Citizens(come_back=again(10, 1)), [station("s", fails=1.0)])
    trace, _ = play(one, [(0, 0)], think_s=5)
    assert [intended_s for *_, intended_s, _ in trace.told] == [0, 6, 17, 23]


def test_reloads_come_before_coming_back() -> None:
    citizens = Citizens(reload=again(1, 1), come_back=again(10, 1))
    trace, history = play(two_steps(citizens, [station("s", fails=1.0)]), [(0, 0)])
    assert history.returns == (Returns(reloads=2, come_backs=1),)
    assert [(visit, end_s) for _, visit, _, outcome, _, end_s in trace.told if outcome != "ok"] == [(1, 4), (2, 18)]


def test_returns_count_where_they_begin_and_not_at_all_where_nobody_returns() -> None:
    """Served at 0 and 6, 12, 18 in intervals of 6 s, up to 18: who comes back then does so no longer."""
    one = network([station("s", fails=1.0)], (visit(1, 0, 1),), citizens=Citizens(come_back=again(5, 9)))
    history = simulate(one, batches([(0, 0, 0)]), walk(one), 18 * S, Trace(), 6 * S)
    assert history.returns == (Returns(), Returns(come_backs=1), Returns(come_backs=1))
    _, history = play(network([station("s", fails=1.0)], (visit(1, 0, 1),)), [(0, 0)])
    assert history.returns == ()


def test_a_token_bucket_lets_in_a_burst_then_one_for_each_interval() -> None:
    door = Admission(every_ns=2 * S, burst=3)
    one = network([station("s", 99)], (visit(1, 0, 1),), admission=door)
    trace, _ = play(one, [(at, 0) for at in (0, 0, 0, 0, 1.9, 2, 2, 20, 20, 20, 20)])
    let_in = [n for n in range(11) if trace.ends[n][0] == "ok"]
    assert let_in == [0, 1, 2, 5, 7, 8, 9]
    assert trace.ends[3] == ("rejected", 0)


def test_who_is_turned_away_reloads_and_asks_again() -> None:
    door = Admission(every_ns=2 * S)
    one = network([], (delay(1, 1),), admission=door, citizens=Citizens(reload=again(2, 1)))
    trace, _ = play(one, [(0, 0), (1, 0)])
    assert trace.ends == {0: ("ok", 1), 1: ("ok", 4)}


def test_a_room_is_held_for_the_whole_visit() -> None:
    """Two inside at 0; the third waits until the first visit is over at 2, its response from when it came."""
    stations = [station("s", 9), pool("room", 2)]
    trace, history = play(two_steps(Citizens(), stations, Admission(room=1)), [(0, 0), (0.5, 0), (1, 0)])
    assert trace.told[-2:] == [(2, 1, 0, "ok", 1, 3), (2, 1, 1, "ok", 3, 4)]
    assert books(history, "room")[3:] == (6, 1, 3, 3, 3, 0, 0)


def test_a_room_is_left_before_coming_back_and_by_who_was_not_ok() -> None:
    stations = [station("s", fails=1.0), pool("room", 1)]
    one = two_steps(Citizens(come_back=again(10, 1)), stations, Admission(room=1, wait_ns=3 * S))
    trace, history = play(one, [(0, 0), (0, 0), (0, 0)])
    assert trace.told[2:4] == [(1, 1, 0, "ok", 0, 3), (2, 1, 0, "rejected", 0, 3 + NS)]
    assert books(history, "room").abandonments == 1
    assert history.station("room").visits.in_service == 0


@pytest.mark.parametrize(("wait_s", "outcome"), [(4, "timed_out"), (5, "timed_out"), (2, "rejected")])
def test_who_is_let_in_too_late_plays_no_program(wait_s: float, outcome: str) -> None:
    stations = [station("s", 9), pool("room", 1)]
    door = Admission(room=1, wait_ns=round(wait_s * S))
    one = network(stations, (visit(1, 0, 5),), (visit(1, 0, 1),), admission=door, limit_s=3)
    slow = Network(one.name, one.stations, one.programs, ((NetworkStep("a", 99 * S),), one.journeys[1]), admission=door)
    trace, history = play(slow, [(0, 0), (0, 1)])
    assert trace.ends[1] == (outcome, 3 if outcome == "timed_out" else 2 + NS)
    assert books(history, "s").arrivals == 1


def test_a_transfer_takes_its_size_over_the_bandwidth_of_the_session() -> None:
    """3 megabytes at 8 Mbit/s: 3 s."""
    body = (Transfer(1, "t", lasts(3)), Transfer(2, "u", lasts(3)))
    trace, _ = play(network([], body, citizens=Citizens(bandwidth=lasts(8))), [(0, 0)])
    assert trace.ends == {0: ("ok", 6)}
    drawn = Citizens(bandwidth=Lognormal(law="lognormal", mean_s=8, cv=1))
    various, _ = play(network([], body[:1], body, citizens=drawn), [(0, 0), (0, 1), (0, 0)])
    spent_s = [various.ends[n][1] for n in range(3)]
    assert len(set(spent_s)) == 3
    both, _ = play(network([], body, body[:1], citizens=drawn), [(0, 0), (0, 1), (0, 0)])
    assert both.ends[0][1] == pytest.approx(2 * spent_s[0], abs=2 * NS)
    journey = ((NetworkStep("a", 99 * S), NetworkStep("a", 99 * S)),)
    twice, _ = play(Network("n", (), {"a": body[:1]}, journey, citizens=drawn), [(0, 0)])
    first, second = (end_s - intended_s for *_, intended_s, end_s in twice.told)
    assert first == pytest.approx(second, abs=2 * NS)
    with pytest.raises(TypeError, match="t is a transfer, so that citizens need a bandwidth"):
        play(network([], body), [])


@pytest.mark.parametrize(
    ("until_s", "end"), [(3, ("unfinished", 3)), (4, ("timed_out", 3)), (4.5, ("unfinished", 4.5))]
)
def test_the_end_of_the_run_for_who_reloads(until_s: float, end: tuple[str, float]) -> None:
    """Given up at 3 + 1 ns, reloaded at 5: between, the step is open and no attempt under way."""
    one = network([], (delay(1, 50),), limit_s=3, citizens=Citizens(reload=again(2 - NS, 1)))
    trace, _ = play(one, [(0, 0)], until_s=3 + NS if until_s == 4 else until_s)
    assert trace.ends == {0: end}
