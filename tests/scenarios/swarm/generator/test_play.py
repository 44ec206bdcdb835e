"""The play under a scripted clock: the schedule one for one, leases, lateness, the end."""

from collections import Counter

import pytest

from reports.buckets import index_of
from reports.histogram import Histogram
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.generator.play import TELL_AFTER_NS
from scenarios.swarm.generator.seconds import counters_of, lines_of, open_of
from scenarios.swarm.generator.stream import Lease
from scenarios.swarm.target.casting import CastShelf
from scenarios.swarm.target.supplied import Supplied
from tests.scenarios.swarm.generator.test_samples import exchanged

SECOND = 10**9


def planned(theatre):
    sessions = theatre.prepared.sessions
    return [(session.number, session.instant_ns) for session in sessions.window(0.0, sessions.duration_s)]


def test_what_is_started_equals_the_schedule_number_and_instant_one_for_one(theatre):
    play = theatre()
    play.play.begin()
    play.lease()
    play.run()
    assert play.begun == planned(play)
    firsts = [(number, at) for number, ordinal, _, _, _, at, _, _ in play.notes if ordinal == 0]
    assert sorted(firsts) == sorted(planned(play))  # meant when the schedule says, to the nanosecond
    assert play.is_done


@pytest.mark.parametrize("workers", [2, 5])
def test_generators_share_the_schedule_without_gap_or_overlap(theatre, workers):
    begun = []
    for me in range(1, workers + 1):
        play = theatre()
        play.play.begin()
        play.lease(me=me, shares=((0, tuple(range(1, workers + 1))),))
        play.run()
        assert len(play.begun) > 0
        begun += play.begun
    assert sorted(begun) == sorted(planned(play))


def test_leases_in_small_pieces_change_nothing(theatre):
    play = theatre()
    play.play.begin()
    for until_ms in range(0, 7000, 37):
        play.lease(until_ns=until_ms * 10**6)
        play.run(until_ms * 10**6)
    assert play.begun == planned(play)


def test_nothing_is_started_beyond_the_lease_not_even_what_was_due_before(theatre):
    play = theatre()
    play.play.begin()
    play.lease(until_ns=2 * SECOND)
    play.run(SECOND)
    before = len(play.begun)
    play.clock.at_ns = 2 * SECOND + 1  # frozen: what was due within the lease must not be started after it
    play.agenda.work()
    assert len(play.begun) == before
    play.lease(until_ns=10 * SECOND)
    play.run()
    assert play.begun == planned(play)


def test_sessions_later_than_the_limit_are_skipped_counted_and_not_started(theatre):
    play = theatre()
    play.play.begin()
    play.lease()
    play.run(SECOND)
    play.clock.at_ns = 3 * SECOND + SECOND // 2
    play.run()
    late = [number for number, at in planned(play) if SECOND < at < 5 * SECOND // 2]
    assert late
    begun = {number for number, _ in play.begun}
    assert not begun & set(late)
    assert begun | set(late) == {number for number, _ in planned(play)}
    counted = sum(each.get("outcomes", {}).get("home", {}).get("skipped", 0) for each in counters(play))
    offered = sum(each.get("offered", {}).get("home", 0) for each in counters(play))
    assert counted == len(late)
    assert offered == len(planned(play)) == sum(each.get("planned", 0) for each in counters(play))
    assert sum(each.get("started", 0) for each in counters(play)) == len(begun)


def test_a_second_that_is_being_told_when_the_loop_stands_still_is_told_whole(theatre):
    play = theatre()
    play.play.begin()
    play.lease()
    play.run(SECOND + TELL_AFTER_NS)  # the first pieces are together, the others are to follow
    assert not play.of("second")
    play.clock.at_ns = 3 * SECOND
    play.run()
    numbers = [message["n"] for message in play.of("second")]
    assert numbers == list(range(len(numbers)))
    lines = [line for message in play.of("second") for line in lines_of(message) if line.kind == "response"]
    ended = sum(line.ended() for message in play.of("second") for line in counters_of(message))
    assert sum(line.histogram.count for line in lines) == ended > 0


def counters(play):
    return [each for message in play.of("second") for each in message["counters"]]


def test_a_share_taken_over_is_played_from_its_instant_on(theatre):
    play = theatre()
    play.play.begin()
    play.lease(until_ns=2 * SECOND, shares=((0, (1, 2)),))
    play.run(2 * SECOND)
    mine = len(play.begun)
    play.lease(shares=((0, (1, 2)), (5 * SECOND // 2, (1,))))
    play.run()
    later = [(number, at) for number, at in planned(play) if at >= 5 * SECOND // 2]
    assert play.begun[-len(later) :] == later
    assert 0 < mine < len(play.begun) - len(later) + 1


def test_a_pace_of_two_plays_the_rest_in_half_the_time_and_a_pause_shifts_it(theatre):
    play = theatre()
    play.play.begin()
    play.lease(until_ns=SECOND)
    play.run(SECOND)
    play.lease(pace=((2 * SECOND, 2.0), (5 * SECOND // 2, 0.0), (4 * SECOND, 1.0)))
    play.run()

    def meant(at):
        if at < 2 * SECOND:
            return at
        if at < 3 * SECOND:
            return 2 * SECOND + round((at - 2 * SECOND) / 2)
        return at + SECOND

    assert play.begun == [(number, meant(at)) for number, at in planned(play)]
    assert play.clock.at_ns >= 7 * SECOND  # the end is a second later


def test_each_second_is_told_in_order_with_who_began_and_who_is_over(theatre):
    play = theatre()
    play.play.begin()
    play.lease()
    play.run()
    seconds = play.of("second")
    assert [message["n"] for message in seconds] == list(range(len(seconds)))
    assert len(seconds) >= 6
    begun = [number for message in seconds for number in message["begun"]]
    ended = [number for message in seconds for number in message["ended"]]
    assert begun == [number for number, _ in planned(play)]
    assert sorted(ended) == sorted(begun)
    assert {"cpu", "lag_p50_ns", "lag_p99_ns", "lag_max_ns", "loop_max_ns", "sockets", "sockets_most"} <= set(
        seconds[0]["vital"]
    )
    assert seconds[0]["vital"]["memory_bytes"] > 10**6


def test_at_the_end_thinkers_leave_and_steps_in_progress_are_unfinished(theatre):
    play = theatre()
    play.portal = lambda *_: None
    play.play.begin()
    play.lease()
    play.run()
    assert play.is_done
    assert {outcome for *_, outcome, _, _, _ in play.notes} == {"unfinished"}
    assert len(play.notes) == len(planned(play))
    assert {end for *_, end in play.notes} == {8 * SECOND}  # two seconds after the schedule's end
    assert all(browser.closed for browser in play.browsers)
    assert not play.stage.players


def test_stop_ends_within_a_second(theatre):
    play = theatre()
    play.portal = lambda *_: None
    play.play.begin()
    play.lease()
    play.run(2 * SECOND)
    play.play.stop()
    begun = len(play.begun)
    play.run()
    assert play.is_done
    assert play.clock.at_ns <= 2 * SECOND + SECOND
    assert len(play.begun) == begun
    assert len(play.notes) == begun  # each open step is told, as unfinished


def test_without_a_lease_for_a_second_sessions_are_dropped_and_the_next_lease_goes_on(theatre):
    play = theatre()
    play.portal = lambda *_: None
    play.play.begin()
    play.lease(until_ns=SECOND)
    play.run(3 * SECOND)
    (event,) = play.of("event")
    assert event["event"] == "lease lost"
    assert event["sessions"] == len(play.begun) > 0
    assert not play.stage.players
    assert 2 * SECOND < event["t"] * SECOND < 2 * SECOND + 50_000_000
    play.lease()
    play.run()
    late = [number for number, at in planned(play) if SECOND < at < 2 * SECOND]
    assert {number for number, _ in play.begun} == {number for number, _ in planned(play)} - set(late)


def test_no_more_sessions_than_the_cap_are_begun(theatre):
    play = theatre(options={"most_sessions": 3})
    play.play.begin()
    play.lease()
    play.run()
    assert len(play.begun) == 3


def test_how_long_open_steps_wait_is_told_while_they_wait(theatre):
    play = theatre()
    play.portal = lambda *_: None
    play.play.begin()
    play.lease()
    told_at = []
    send = play.play._send
    play.play._send = lambda message: (told_at.append(play.clock.at_ns), send(message))
    play.run(2 * SECOND + SECOND // 10)
    told = open_of(play.of("second")[1])["home"]
    assert 2 * SECOND < told_at[1] < 2 * SECOND + SECOND // 5
    waiting = [told_at[1] - at for _, at in planned(play) if at <= told_at[1]]
    assert told == Histogram.of(Counter(index_of(waited_ns) for waited_ns in waiting))


def with_accounts(theatre, count):
    play = theatre()
    play.stage.supplied = Supplied(None, CastShelf(), {}, None)
    play.stage.supplied.shelf.take({"stay": 1, "give": [[0, count - 1]]})
    return play, play.stage.supplied.shelf


def test_a_coordinator_that_stood_still_leaves_a_worker_its_accounts(theatre):
    play, shelf = with_accounts(theatre, 4)
    play.portal = lambda *_: None
    play.play.begin()
    play.lease(until_ns=SECOND)
    play.run(SECOND)
    shelf.lease(play.begun[0][0])
    play.run(3 * SECOND)
    assert not play.stage.players  # dropped: others might have this share
    assert shelf.report()["free"] == 4
    play.lease()
    assert shelf.report() == {"kind": "cast", "stay": 1, "free": 4, "short": 0, "released": []}


def test_a_worker_that_was_lost_and_returns_starts_nothing_with_accounts_that_others_have(theatre):
    play, shelf = with_accounts(theatre, 4)
    play.play.begin()
    play.lease(until_ns=SECOND)
    play.run(3 * SECOND)
    play.lease(shares=((0, (1, 2)), (2 * SECOND, (2,)), (4 * SECOND, (1, 2))))
    assert shelf.report() == {"kind": "cast", "stay": 2, "free": 0, "short": 0, "released": []}


def test_a_stay_is_counted_by_the_shares_that_a_worker_was_given():
    shares = ((0, (2,)), (5, (1, 2)), (6, (1,)), (7, ()), (8, (1,)))
    assert [Lease(me, 9, shares, Pace()).stay for me in (1, 2, 3)] == [2, 1, 0]


def test_exchanges_of_a_step_that_the_end_breaks_off_are_told_as_those_of_any_other(theatre):
    play = theatre()
    play.portal = lambda *_: None
    play.play.begin()
    play.lease()
    play.run(SECOND)
    player = next(iter(play.stage.players.values()))
    player.seen.append(exchanged())
    play.stage.break_off()
    play.stage.samples.end()
    told = {message["entry"]["_cutover"]["why"]: message["entry"]["_cutover"] for message in play.of("sample")}
    assert set(told) == {"failing", "slow"}
    assert told["failing"]["session"] == player.number
    assert told["failing"]["outcome"] == "unfinished"
    assert "ended first" in told["failing"]["reason"]
    assert play.stage.received_bytes == exchanged().bytes
