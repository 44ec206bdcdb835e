"""Blocks by hand: fork and join, timeouts with zombies and with cancel, retries."""

import pytest

from models.network import Choice
from tests.models.engines.traces import NS, block, books, delay, hold, lasts, network, play, pool, station, visit


def test_a_fork_joins_when_all_have_ended() -> None:
    both = (block(1, (visit(2, 0, 1), visit(3, 0, 1)), (visit(4, 1, 5),), ()), delay(5, 1))
    trace, _ = play(network([station("s"), station("t")], both), [(0, 0)])
    assert trace.ends == {0: ("ok", 6)}


def test_the_worst_outcome_is_that_of_the_fork_and_nobody_is_stopped() -> None:
    stations = [station("s", queue=0), station("t", fails=1.0)]
    fork = (block(1, (visit(2, 0, 1),), (visit(3, 1, 5),), (visit(4, 0, 1),)),)
    trace, history = play(network(stations, fork), [(0, 0)])
    assert trace.ends == {0: ("failed", 5)}
    assert (books(history, "s").rejections, books(history, "t").departures) == (1, 1)


def test_bodies_of_one_instant_come_in_the_order_of_operations() -> None:
    """Both bodies of session 0 come to `s` before session 1, who is due there in the same nanosecond."""
    fork = (delay(1, 1), block(2, (visit(3, 0, 1),), (visit(4, 0, 1),)))
    trace, _ = play(network([station("s")], (delay(1, 1), visit(2, 0, 1)), fork), [(0, 1), (0, 0)])
    assert trace.ends == {0: ("ok", 3), 1: ("ok", 4)}


@pytest.mark.parametrize(("timeout_s", "end"), [(3, ("ok", 3)), (3 - NS, ("failed", 3))])
def test_a_timeout_is_met_at_exactly_its_instant(timeout_s: float, end: tuple[str, float]) -> None:
    trace, _ = play(network([station("s")], (block(1, (visit(2, 0, 3),), timeout_s=timeout_s),)), [(0, 0)])
    assert trace.ends == {0: end}


def test_a_zombie_keeps_its_server_busy_and_goes_on() -> None:
    slow = (block(1, (visit(2, 0, 5), visit(3, 1, 7)), timeout_s=2), delay(4, 1))
    trace, history = play(network([station("s"), station("t")], slow, (visit(1, 0, 1),)), [(0, 0), (3, 1)])
    assert trace.ends == {0: ("failed", 2 + NS), 1: ("ok", 6)}
    assert (books(history, "s").busy_ns, books(history, "t").busy_ns) == (6, 7)


def test_cancel_frees_servers_queues_and_tokens_at_once() -> None:
    """Stopped at 2 + 1 ns: in service at `s` with `p` held, and in the queue of `t`."""
    bodies = (hold(2, 2, visit(3, 0, 50)),), (visit(4, 1, 50),)
    stopped = (block(1, *bodies, timeout_s=2, cancel=True),)
    first = (visit(1, 1, 10),)
    then = (hold(1, 2, visit(2, 0, 1)), visit(3, 1, 1))
    one = network([station("s"), station("t"), pool("p", 1)], first, stopped, then)
    trace, history = play(one, [(0, 0), (0, 1), (1, 2)])
    assert trace.ends == {0: ("ok", 10), 1: ("failed", 2 + NS), 2: ("ok", 11)}
    assert books(history, "s")[3:] == (3 + NS, 0, 2, 2, 2, 0, 0)
    assert books(history, "t").abandonments == 1
    assert books(history, "p").departures == 2


def test_cancel_stops_blocks_within_but_not_their_zombies() -> None:
    """The inner block's first try is a zombie at `s` from 1 on; its second, at `t`, is stopped at 3."""
    first_or_second = Choice(3, "never", (0.0,), ((delay(4, 1),),))
    inner = block(2, (first_or_second, visit(5, 0, 9)), timeout_s=1, tries=9, backoff=lasts(50))
    outer = (block(1, (inner,), (visit(6, 1, 99),), timeout_s=3, cancel=True),)
    _, history = play(network([station("s"), station("t")], outer), [(0, 0)])
    assert (books(history, "s").busy_ns, books(history, "t").busy_ns) == (9, 3 + NS)
    assert books(history, "s").arrivals == 1  # the pause before the second try was stopped too


def test_retries_pause_longer_and_longer() -> None:
    """Four tries of 1 s each, with pauses of 1, 2 and 4 s between them."""
    tried = (block(1, (visit(2, 0, 1),), tries=4, backoff=lasts(1), factor=2.0), delay(3, 9))
    trace, history = play(network([station("s", fails=1.0)], tried), [(0, 0)])
    assert trace.ends == {0: ("failed", 1 + 1 + 1 + 2 + 1 + 4 + 1)}
    assert books(history, "s").arrivals == 4


def test_a_try_that_is_ok_is_the_last() -> None:
    tried = (block(1, (visit(2, 0, 1),), tries=3), delay(3, 1))
    small = network(
        [station("s", queue=0)], (visit(1, 0, 2.5),), (block(1, (visit(2, 0, 1),), tries=3, backoff=lasts(2)),)
    )
    trace, _ = play(small, [(0, 0), (1, 1)])
    assert trace.ends[1] == ("ok", 4)
    fine, _ = play(network([station("s")], tried), [(0, 0)])
    assert fine.ends == {0: ("ok", 2)}


def test_each_try_has_draws_of_its_own() -> None:
    """A station that fails half of the time fails three times in a row for an eighth of 4,000 sessions."""
    tried = (block(1, (visit(2, 0, 0.1),), tries=3),)
    trace, _ = play(network([station("s", 9, fails=0.5)], tried), [(n * 0.5, 0) for n in range(4000)], until_s=3000)
    failed = sum(outcome == "failed" for outcome, _ in trace.ends.values())
    assert abs(failed / 4000 - 0.125) < 3.29 * (0.125 * 0.875 / 4000) ** 0.5


def test_a_choice_among_bodies() -> None:
    chosen = (Choice(1, "c", (0.2, 0.5), ((visit(2, 0, 1),), (visit(3, 1, 1),))),)
    _, history = play(network([station("s", 9), station("t", 9)], chosen), [(n, 0) for n in range(4000)], until_s=4010)
    for name, share in (("s", 0.2), ("t", 0.3)):
        assert abs(books(history, name).arrivals / 4000 - share) < 3.29 * (share * (1 - share) / 4000) ** 0.5
