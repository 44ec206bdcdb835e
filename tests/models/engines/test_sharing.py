"""Processor sharing against values computed by hand, in the nanosecond."""

from models.faults import Fault
from models.network import Breaker, NetworkStation
from tests.models.engines.traces import NS, S, block, books, network, play, station, visit


def shared(servers: int = 1, queue: int | None = None) -> NetworkStation:
    return station("s", servers, queue, discipline="sharing")


def test_two_share_one_server() -> None:
    """A needs 4 s from 0, B 2 s from 1: B has its 2 at 5, where A has had 1 + 2; A ends at 6."""
    trace, history = play(network([shared()], (visit(1, 0, 4),), (visit(1, 0, 2),)), [(0, 0), (1, 1)])
    assert trace.ends == {0: ("ok", 6), 1: ("ok", 5)}
    found = books(history, "s")
    assert found[3:] == (6, 4, 2, 2, 2, 0, 0)
    assert history.station("s").visits.served_ns == 10 * S


def test_as_many_as_servers_do_not_share() -> None:
    trace, history = play(network([shared(3)], (visit(1, 0, 4),)), [(0, 0), (1, 0), (2, 0)])
    assert [trace.ends[n] for n in range(3)] == [("ok", 4), ("ok", 5), ("ok", 6)]
    assert books(history, "s").backlog_ns == 0


def test_an_end_is_rounded_up_to_the_nanosecond() -> None:
    """Three share two servers from 0: two of 1 s end at 1.5 s, and what one has left, 1 ns, is served alone."""
    trace, _ = play(network([shared(2)], (visit(1, 0, 1),), (visit(1, 0, 1 + NS),)), [(0, 0), (0, 0), (0, 1)])
    assert [trace.ends[n][1] for n in range(3)] == [1.5, 1.5, 1.5 + NS]
    thirds, _ = play(network([shared()], (visit(1, 0, NS),), (visit(1, 0, 1),)), [(0, 1), (0, 1), (0, 0)])
    assert thirds.ends[2][1] == 3e-9


def test_equal_targets_end_by_key_one_by_one() -> None:
    trace, _ = play(network([shared(), station("t")], (visit(1, 0, 1), visit(2, 1, 1))), [(0, 0), (0, 0)])
    assert trace.ends == {0: ("ok", 3), 1: ("ok", 4)}


def test_the_queue_bounds_those_beyond_the_servers() -> None:
    trace, _ = play(network([shared(2, 1)], (visit(1, 0, 2),)), [(0, 0)] * 4)
    assert [trace.ends[n][0] for n in range(4)] == ["ok", "ok", "ok", "rejected"]


def test_a_pace_is_that_of_the_arrival_and_fewer_servers_slow_all_down() -> None:
    faults = (Fault("s", S, 2 * S, slower=3.0), Fault("s", 4 * S, 6 * S, left=0.0))
    trace, history = play(network([shared()], (visit(1, 0, 1),), faults=faults), [(0.5, 0), (1.5, 0), (3, 0)])
    # from 1.5 the second needs 3 s; at 3 it has 1.5 left, and the third comes; at 4 they have 1 and 0.5 left, until 6
    assert [trace.ends[n][1] for n in range(3)] == [1.5, 7.5, 7]
    assert books(history, "s").busy_ns == 1 + 2.5 + 1.5


def test_virtual_time_begins_anew_when_nobody_is_there() -> None:
    """After 10^17 ns of service a float64 could not tell one nanosecond more."""
    arrivals = [(n * 2e6, 0) for n in range(100)] + [(2e8, 1)]
    _, history = play(network([shared()], (visit(1, 0, 1e6),), (visit(1, 0, NS),)), arrivals, until_s=3e8)
    assert history.station("s").visits.served_ns == 10**17 + 1


def test_one_who_is_stopped_leaves_its_share() -> None:
    stopped = (block(1, (visit(2, 0, 9),), timeout_s=2, cancel=True),)
    trace, history = play(network([shared()], (visit(1, 0, 4),), stopped), [(0, 0), (0, 1)])
    assert trace.ends == {0: ("ok", 5.000000001), 1: ("failed", 2.000000001)}
    assert history.station("s").visits.in_service == 0


def test_a_breaker_and_failures_are_as_elsewhere() -> None:
    spec = station("s", discipline="sharing", fails=1.0, breaker=Breaker(2, 100 * S))
    trace, _ = play(network([spec], (visit(1, 0, 1),)), [(0, 0), (2, 0), (4, 0)])
    assert [trace.ends[n] for n in range(3)] == [("failed", 1), ("failed", 3), ("failed", 4)]
