"""Stations that serve one at a time: lines, priorities, patience, failures and breakers, by hand."""

from typing import Any

import pytest

from models.faults import Fault
from models.network import Breaker, Family, Visit
from tests.models.engines.traces import NS, S, books, delay, lasts, network, play, station, visit


def test_the_smallest_priority_goes_first_then_who_came_first() -> None:
    programs = [(visit(1, 0, 10),), (visit(1, 0, 1, priority=5),), (visit(1, 0, 1, priority=2),)]
    one = network([station("s", discipline="priority")], *programs)
    trace, _ = play(one, [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)])
    assert [trace.ends[n][1] for n in range(5)] == [10, 13, 14, 11, 12]


def test_without_priorities_they_do_not_count() -> None:
    one = network([station("s")], (visit(1, 0, 10),), (visit(1, 0, 1, priority=5),), (visit(1, 0, 1, priority=2),))
    trace, _ = play(one, [(0, 0), (1, 1), (2, 2)])
    assert [trace.ends[n][1] for n in range(3)] == [10, 11, 12]


@pytest.mark.parametrize(("patience_s", "end"), [(9, ("ok", 11)), (9 - NS, ("rejected", 10))])
def test_patience_is_met_at_exactly_its_instant(patience_s: float, end: tuple[str, float]) -> None:
    """A server that is free at the deadline serves; one that is free a nanosecond later does not."""
    one = network([station("s")], (visit(1, 0, 10),), (visit(1, 0, 1, patience_s=patience_s),))
    trace, history = play(one, [(0, 0), (1, 1)])
    assert trace.ends == {0: ("ok", 10), 1: end}
    assert books(history, "s").abandonments == (end[0] == "rejected")


def test_who_gives_up_leaves_the_line_to_others() -> None:
    one = network([station("s", queue=1)], (visit(1, 0, 10),), (visit(1, 0, 1, patience_s=2),))
    trace, history = play(one, [(0, 0), (1, 1), (2, 1), (4, 1)])
    assert trace.ends == {0: ("ok", 10), 1: ("rejected", 3 + NS), 2: ("rejected", 2), 3: ("rejected", 6 + NS)}
    found = books(history, "s")
    assert found[3:] == (10, pytest.approx(4), 4, 1, 1, 1, 2)


def test_a_station_that_fails() -> None:
    """Of 2,000 services 0.19 = 1 − 0.9·0.9 fail, while the fault lasts; a failed one has been served."""
    fault = Fault("s", 0, 2000 * S, fails=0.1)
    one = network([station("s", fails=0.1)], (visit(1, 0, 0.5), delay(2, 1)), faults=(fault,))
    trace, history = play(one, [(n, 0) for n in range(4000)], until_s=4000)
    failed = [n for n, (outcome, _) in trace.ends.items() if outcome == "failed"]
    assert abs(sum(n < 2000 for n in failed) / 2000 - 0.19) < 3.29 * (0.19 * 0.81 / 2000) ** 0.5
    assert abs(sum(n >= 2000 for n in failed) / 2000 - 0.1) < 3.29 * (0.1 * 0.9 / 2000) ** 0.5
    assert {trace.ends[n][1] - n for n in failed} == {0.5}
    assert books(history, "s").departures == 4000


def test_a_station_that_is_down_fails_calls_and_ends_what_it_serves() -> None:
    one = network([station("s")], (visit(1, 0, 3),), faults=(Fault("s", S, 4 * S, down=True),))
    trace, history = play(one, [(0, 0), (0.5, 0), (1, 0), (3.5, 0), (4, 0)])
    assert trace.ends == {0: ("ok", 3), 1: ("ok", 6), 2: ("failed", 1), 3: ("failed", 3.5), 4: ("ok", 9)}
    assert books(history, "s").rejections == 2


def breaker(**more: Any) -> Any:
    return station("s", 10, breaker=Breaker(2, 5 * S), **more)


def test_a_breaker_opens_lets_one_try_and_closes() -> None:
    """Down from 0 to 8: fails at 0 and 1, open until 6, the trial at 6 fails, open until 11, the trial at 12 is ok."""
    one = network([breaker()], (visit(1, 0, 2),), faults=(Fault("s", 0, 8 * S, down=True),))
    trace, history = play(one, [(at, 0) for at in (0, 1, 2, 6, 9, 10.9, 12, 13, 14, 15)])
    outcomes = [trace.ends[n] for n in range(10)]
    assert [outcome for outcome, _ in outcomes] == ["failed"] * 6 + ["ok", "failed", "ok", "ok"]
    assert outcomes[6:] == [("ok", 14), ("failed", 13), ("ok", 16), ("ok", 17)]
    assert books(history, "s").rejections == 7


def test_an_ok_call_sets_the_breakers_count_to_0() -> None:
    faults = tuple(Fault("s", at * S, (at + 1) * S, down=True) for at in (1, 3, 4))
    one = network([breaker()], (visit(1, 0, 0.5),), faults=faults)
    trace, _ = play(one, [(at + 0.1, 0) for at in (1, 2, 3, 4, 5)])
    assert [trace.ends[n][0] for n in range(5)] == ["failed", "ok", "failed", "failed", "failed"]


def test_a_trial_that_is_not_served_leaves_the_next_to_try() -> None:
    """Calls come to one server without a queue, busy until 7; the breaker opens at 1, the trial at 6 finds it full."""
    spec = station("s", 1, 0, breaker=Breaker(1, 5 * S))
    one = network([spec], (visit(1, 0, 7),), (visit(1, 0, 1),), faults=(Fault("s", S, 2 * S, down=True),))
    trace, _ = play(one, [(0, 0), (1, 1), (6, 1), (7, 1), (8.5, 1)])
    assert [trace.ends[n][0] for n in range(5)] == ["ok", "failed", "rejected", "ok", "ok"]


def test_an_open_breaker_heeds_only_the_call_that_tries() -> None:
    """A call from before it opened ends ok at 4, yet it stays open."""
    spec = station("s", 2, breaker=Breaker(1, 5 * S))
    one = network([spec], (visit(1, 0, 4),), (visit(1, 0, 1),), faults=(Fault("s", S, 2 * S, down=True),))
    trace, _ = play(one, [(0, 0), (1, 1), (5, 1), (6, 1)])
    assert [trace.ends[n][0] for n in range(4)] == ["ok", "failed", "failed", "ok"]


def test_a_call_from_before_it_opened_does_not_keep_it_open() -> None:
    """All services that end before 5 fail: it opens at 1; a call that fails at 4 leaves the trial at 6."""
    spec = station("s", 2, breaker=Breaker(1, 5 * S))
    faults = (Fault("s", 0, 5 * S, fails=1.0),)
    trace, _ = play(network([spec], (visit(1, 0, 4),), (visit(1, 0, 1),), faults=faults), [(0, 0), (0, 1), (6, 1)])
    assert trace.ends == {0: ("failed", 4), 1: ("failed", 1), 2: ("ok", 7)}


@pytest.mark.parametrize(("province", "chosen"), [(0, "p0"), (1, "p1"), (2, "p0"), (33, "p1")])
def test_a_family_by_province(province: int, chosen: str) -> None:
    body = (Visit(1, "v", 1, lasts(1), family=0),)
    both = [station("s"), station("p0"), station("p1")]
    _, history = play(network(both, body, families=(Family("p", 1, 2),)), [(0, 0)], province=province)
    assert {name for name in ("s", "p0", "p1") if books(history, name).arrivals} == {chosen}


def test_a_family_by_weight_is_drawn_once_for_each_session() -> None:
    body = (Visit(1, "v", 0, lasts(1), family=0), Visit(2, "w", 0, lasts(1), family=0))
    both = [station("p0", 900), station("p1", 900)]
    drawn = network(both, body, families=(Family("p", 0, 2, (0.3, 1.0)),))
    for seed in range(20):
        _, alone = play(drawn, [(0, 0)], seed=seed)
        assert {books(alone, "p0").arrivals, books(alone, "p1").arrivals} == {0, 2}
    _, history = play(drawn, [(0, 0)] * 2000)
    assert abs(books(history, "p0").arrivals / 4000 - 0.3) < 3.29 * (0.21 / 2000) ** 0.5
