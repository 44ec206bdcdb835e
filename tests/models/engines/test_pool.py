"""Pools by hand: tokens held over other work, nested, waited for, given back."""

import pytest

from models.faults import Fault
from tests.models.engines.traces import NS, S, block, books, delay, hold, network, play, pool, station, visit


def test_a_token_is_held_over_what_is_within() -> None:
    one = network([pool("p", 1), station("s")], (hold(1, 0, visit(2, 1, 2), delay(3, 1)), delay(4, 1)))
    trace, history = play(one, [(0, 0), (1, 0)])
    assert trace.ends == {0: ("ok", 4), 1: ("ok", 7)}
    assert books(history, "p")[3:] == (6, 2, 2, 2, 2, 0, 0)


def test_pools_nest() -> None:
    """Workers 2, connections 1: the second waits for the connection with its worker held, the third for a worker."""
    body = (hold(1, 0, delay(2, 1), hold(3, 1, delay(4, 2))),)
    trace, history = play(network([pool("w", 2), pool("c", 1)], body), [(0, 0), (0, 0), (0, 0)])
    assert trace.ends == {0: ("ok", 3), 1: ("ok", 5), 2: ("ok", 7)}
    assert (books(history, "w").busy_ns, books(history, "c").busy_ns) == (12, 6)
    assert (books(history, "w").backlog_ns, books(history, "c").backlog_ns) == (3, 3)


@pytest.mark.parametrize(("wait_s", "end"), [(3, ("ok", 5)), (3 - NS, ("rejected", 4))])
def test_a_wait_is_met_at_exactly_its_instant(wait_s: float, end: tuple[str, float]) -> None:
    one = network([pool("p", 1)], (hold(1, 0, delay(2, 4)),), (hold(1, 0, delay(2, 1), wait_s=wait_s),))
    trace, history = play(one, [(0, 0), (1, 1)])
    assert trace.ends == {0: ("ok", 4), 1: end}
    assert books(history, "p").abandonments == (end[0] == "rejected")


def test_a_full_line_rejects() -> None:
    trace, history = play(network([pool("p", 1, queue=1)], (hold(1, 0, delay(2, 4)),)), [(0, 0), (1, 0), (2, 0)])
    assert trace.ends == {0: ("ok", 4), 1: ("ok", 8), 2: ("rejected", 2)}
    assert books(history, "p").rejections == 1


def test_a_body_that_fails_gives_its_token_back() -> None:
    one = network([pool("p", 1), station("s", fails=1.0)], (hold(1, 0, visit(2, 1, 1), delay(3, 9)),))
    trace, _ = play(one, [(0, 0), (0, 0)])
    assert trace.ends == {0: ("failed", 1), 1: ("failed", 2)}


def test_a_grant_comes_after_releases_and_before_timers_of_its_instant() -> None:
    """At 2 session 0 ends its service and gives the token to session 3; 1 ends a service then, and 2 a delay."""
    two = [pool("p", 1), station("s", 2)]
    programs = (hold(1, 0, visit(2, 1, 2)),), (visit(1, 1, 2),), (delay(1, 2),), (hold(1, 0),)
    trace, _ = play(network(two, *programs), [(0, 0), (0, 1), (0, 2), (0, 3)])
    assert [(session, end_s) for session, *_, end_s in trace.told] == [(0, 2), (1, 2), (3, 2), (2, 2)]


def test_fewer_tokens_stop_nothing_and_more_are_granted() -> None:
    faults = (Fault("p", S, 5 * S, left=0.5), Fault("p", 20 * S, 21 * S, down=True))
    one = network([pool("p", 2)], (hold(1, 0, delay(2, 4)),), faults=faults)
    trace, _ = play(one, [(0, 0), (0, 0), (2, 0), (3, 0), (20, 0)])
    assert trace.ends == {0: ("ok", 4), 1: ("ok", 4), 2: ("ok", 8), 3: ("ok", 9), 4: ("failed", 20)}


def test_a_token_granted_to_one_who_is_stopped_in_that_instant_passes_on() -> None:
    """Both bodies of one try are stopped: the first gives its token to the second, who gives it to session 1."""
    two = (block(1, (hold(2, 0, delay(3, 99)),), (hold(4, 0, delay(5, 99)),), timeout_s=3, cancel=True),)
    one = network([pool("p", 1)], two, (hold(1, 0, delay(2, 1)),))
    trace, history = play(one, [(0, 0), (1, 1)])
    assert trace.ends == {0: ("failed", 3 + NS), 1: ("ok", 4 + NS)}
    assert books(history, "p")[5:] == (3, 3, 3, 0, 0)
