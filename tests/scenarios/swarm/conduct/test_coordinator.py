"""Leases and shares on a scripted clock: what is started by whom, and what happens when workers or links break."""

import random
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scenarios.swarm.conduct.terms import LEASE_NS, NOTICE_NS, SILENT_NS
from scenarios.swarm.shares import owned
from tests.scenarios.swarm.conduct import stage
from tests.scenarios.swarm.conduct.stage import MS, S, Stage


def test_three_workers_start_every_session_once_and_on_time():
    played = Stage(workers=3).play()
    assert played.over.finished
    assert sorted(played.started) == played.numbers.tolist()
    assert all(len(starts) == 1 for starts in played.started.values())
    late = [starts[0][3] - at for at, starts in zip(played.schedule_ns, _in_order(played), strict=True)]
    assert max(late) < 60 * MS
    shares = [len(played.numbers_of(address)) for address in played.stations]
    assert min(shares) > 0.2 * len(played.numbers)
    assert played.found == played.losses == []


def _in_order(played):
    return [played.started[number] for number in played.numbers.tolist()]


def test_a_killed_workers_share_moves_within_5_s_and_all_but_the_gap_is_started():
    played = Stage(workers=3)
    played.at(10, lambda: played.kill("w2"))
    played.play()
    (lost,) = played.losses
    assert lost.worker == 2
    assert lost.heard_ns <= 10.05 * S
    assert lost.heard_ns + SILENT_NS <= lost.moved_ns <= 10 * S + 5 * S
    missing = set(played.numbers.tolist()) - set(played.started)
    instants = dict(zip(played.numbers.tolist(), played.schedule_ns.tolist(), strict=True))
    shares = [(0, (1, 2, 3))]
    gap = [n for n, at in instants.items() if lost.reported_ns <= at < lost.moved_ns]
    own = owned(gap, [instants[n] for n in gap], 2, shares)
    assert missing <= {number for number, mine in zip(gap, own, strict=True) if mine}
    assert all(instants[number] > 9.9 * S for number in missing)
    after = [n for n, at in instants.items() if at >= lost.moved_ns]
    assert all(len(played.started[number]) == 1 for number in after)


def test_a_lost_workers_sessions_in_progress_are_named():
    played = Stage(workers=3)
    played.at(10, lambda: played.kill("w2"))
    played.play()
    (lost,) = played.losses
    began = {n: starts[0] for n, starts in played.started.items() if starts[0][0] == "w2"}
    open_then = {n for n, start in began.items() if start[3] < lost.reported_ns < start[3] + stage.LASTS_NS}
    assert open_then <= set(lost.in_progress) <= set(began)


def test_a_joiner_gets_a_share_from_a_stated_instant_when_all_leases_have_run_out():
    played = Stage(workers=2)
    played.at(5, lambda: played.join("w3"))
    played.play()
    joined = next(note for note in played.notes if note.details.get("worker") == 3)
    assert 8 <= joined.details["from_s"] <= 9
    first = min(starts[0][3] for starts in played.started.values() if starts[0][0] == "w3")
    assert joined.details["from_s"] * S <= first < (joined.details["from_s"] + 1) * S
    assert len(played.started) == len(played.numbers)


def test_a_link_that_heals_gives_the_worker_a_share_again_and_nothing_is_started_twice():
    played = Stage(workers=3)
    played.cut_link("w1", 8, 15)
    played.play()
    assert [lost.worker for lost in played.losses] == [1]
    returned = next(note for note in played.notes if note.event == "worker returned")
    assert returned.details["from_s"] > 15
    assert all(len(starts) == 1 for starts in played.started.values())
    assert max(starts[0][3] for starts in played.started.values() if starts[0][0] == "w1") > 25 * S
    gone = set(played.numbers.tolist()) - set(played.started)
    assert gone == set(played.skipped)  # its own share of the gap: counted by the worker itself, once it is back


def test_reports_that_a_broken_link_swallowed_come_again_once_and_in_order():
    played = Stage(workers=2)
    played.cut_link("w1", 8, 10, loses=True)
    played.play()
    seconds = [r.message["n"] for r in played.reports if r.worker == 1 and r.message["kind"] == "second"]
    assert seconds == list(range(len(seconds)))
    assert len(seconds) >= 30
    assert played.losses == []


def test_a_worker_alone_for_30_s_gives_up_and_plays_anew_when_the_link_heals():
    played = Stage(workers=2, lasts_s=70, rate=5)
    played.cut_link("w1", 5, 45)
    played.play()
    assert all(len(starts) == 1 for starts in played.started.values())
    anew = [note for note in played.notes if note.event == "worker joined" and note.details["worker"] == 3]
    assert len(anew) == 1
    assert max(starts[0][3] for starts in played.started.values() if starts[0][0] == "w1") > 60 * S


def test_the_coordinator_gone_nothing_is_started_after_2_s_and_sessions_end_after_3():
    played = Stage(workers=2)
    played.at(10, lambda: played.stall(1000))
    played.play(most_s=45)
    begun = max(starts[0][3] for starts in played.started.values())
    assert 11 * S < begun <= 12 * S + LEASE_NS
    assert not any(station.generator.open for station in played.stations.values())
    assert all(station.generator.is_done for station in played.stations.values())


def test_a_coordinator_that_stalled_hears_what_has_come_before_it_misses_anybody():
    played = Stage(workers=3)
    played.at(10, lambda: played.stall(4))
    played.play()
    assert played.losses == []
    assert [note.event for note in played.notes if "stalled" in note.event] == ["coordinator stalled"]


def test_a_pause_and_another_rate_move_sessions_and_lose_none():
    played = Stage(workers=3, lasts_s=20)
    played.at(5, lambda: played.do(played.coordinator.change_pace(0.0, played.now_ns)))
    played.at(12, lambda: played.do(played.coordinator.change_pace(2.0, played.now_ns)))
    played.play()
    changed = [note.details for note in played.notes if note.event == "rate changed"]
    assert [change["factor"] for change in changed] == [0.0, 2.0]
    pause_s, on_s = (change["from_s"] for change in changed)
    assert 8 <= pause_s <= 8.2
    began = sorted(starts[0][3] for starts in played.started.values())
    assert not [at for at in began if (pause_s + 0.1) * S < at < on_s * S]
    assert len(began) == len(played.numbers)
    assert all(len(starts) == 1 for starts in played.started.values())
    end_ns = played.coordinator.leases.end_ns
    assert end_ns == round((on_s + (20 - pause_s) / 2) * S)
    assert played.over.finished


def test_a_stop_reaches_all_and_the_run_is_not_finished():
    played = Stage(workers=3)
    played.at(10, lambda: played.do(played.coordinator.stop(played.now_ns, "asked")))
    played.play()
    assert not played.over.finished
    assert played.run_s() < 11
    assert max(starts[0][3] for starts in played.started.values()) < 10.2 * S
    assert [note.details["reason"] for note in played.notes if note.event == "run stopped"] == ["asked"]


def test_a_load_that_has_ended_by_its_rule_is_a_run_that_is_finished():
    played = Stage(workers=2)
    played.at(10, lambda: played.do(played.coordinator.stop(played.now_ns, "30/s held", finished=True)))
    played.play()
    assert played.over.finished
    assert played.run_s() < 11
    assert [note.details["reason"] for note in played.notes if note.event == "load ended"] == ["30/s held"]


def test_a_stop_with_a_dead_worker_does_not_wait_for_ever():
    played = Stage(workers=2)
    played.at(9, lambda: played.kill("w1"))
    played.at(10, lambda: played.do(played.coordinator.stop(played.now_ns, "asked")))
    played.play()
    assert not played.over.finished
    assert [lost.worker for lost in played.losses] == [1]
    assert played.run_s() < 14


def test_when_no_worker_is_left_the_run_ends():
    played = Stage(workers=2, lasts_s=100, rate=2)
    played.at(10, lambda: [played.kill("w1"), played.kill("w2")])
    played.play()
    assert [note.details["reason"] for note in played.notes if note.event == "run stopped"] == ["no worker is left"]
    assert not played.over.finished


@pytest.mark.parametrize(("words", "within_s"), [("its generator ended with 1", 60), (None, 240)])
def test_a_joiner_that_never_gets_ready_keeps_no_dead_run_alive(words, within_s):
    played = Stage(workers=1, lasts_s=400, rate=1)
    played.at(5, lambda: setattr(played.join("w2"), "dead", True))
    if words is not None:
        played.at(6, lambda: played.to_coordinator("w2", {"kind": "left", "words": words}))
    played.at(10, lambda: played.kill("w1"))
    played.play(most_s=within_s)
    assert [note.details["reason"] for note in played.notes if note.event == "run stopped"] == ["no worker is left"]
    (refused,) = [note.details for note in played.notes if note.event == "worker refused"]
    assert (refused["worker"], refused["reason"]) == (2, words or "it was not ready in 180 s")


def test_a_joiner_that_starts_anew_while_it_prepares_is_one_worker():
    played = Stage(workers=1, lasts_s=20)
    played.at(5, lambda: setattr(played.join("w2"), "dead", True))
    played.at(7, lambda: played.join("w2"))
    played.play()
    assert played.over.finished
    assert [member.state.name for member in played.coordinator.members] == ["ENDED"] * 3
    assert played.numbers_of("w2")


def test_workers_that_do_not_come_end_the_run_before_it_begins():
    played = Stage(workers=2)
    played.coordinator._terms = replace(played.coordinator._terms, workers=3)
    played.play()
    assert played.failed.exit_code == 2
    assert played.failed.words == "only 2 of 3 workers came in 60 s: start them, or lower --expect-workers"


@pytest.mark.parametrize("key", ["version", "scenario_hash", "steps_hash"])
def test_a_worker_with_another_version_or_hash_is_refused_before_anything_begins(key):
    played = Stage(workers=3)
    played.stations["w2"].identity[key] = "another"
    played.play()
    assert played.failed.exit_code == 2
    assert played.failed.words == (
        f"worker 2 on host: {key.replace('_', ' ')} {stage.IDENTITY[key]} here and another there: "
        "install the same cutover on both"
    )
    assert played.origin_ns is None
    assert not played.started


def test_a_joiner_with_another_version_is_refused_and_the_run_goes_on():
    played = Stage(workers=2)
    played.at(5, lambda: played.join("w3", identity={**stage.IDENTITY, "version": "0"}))
    played.play()
    assert played.over.finished
    (refused,) = [note for note in played.notes if note.event == "worker refused"]
    assert refused.details["worker"] == 3
    assert len(played.started) == len(played.numbers)


def test_clocks_apart_by_hours_do_not_matter():
    ahead = iter([0, 7200 * S, -3600 * S])
    played = Stage(workers=3, ahead=lambda: next(ahead)).play()
    assert len(played.started) == len(played.numbers)
    told = [note.details["clock_ahead_s"] for note in played.notes if note.event == "worker joined"]
    assert told == pytest.approx([0, 7200, -3600], abs=0.1)


def test_a_clock_that_cannot_be_read_is_refused():
    played = Stage(workers=2, delay=lambda: 400 * MS).play()
    assert played.failed.exit_code == 5
    assert "its clock can only be read to within" in played.failed.words


def test_a_clock_that_drifts_is_a_finding_and_one_that_jumps_costs_the_share():
    played = Stage(workers=2)

    def jump(by_ns):
        played.stations["w1"].ahead_ns += by_ns

    played.at(5, lambda: jump(150 * MS))
    played.at(10, lambda: jump(600 * MS))
    played.play()
    assert len(played.found) == 1
    assert "The clock of worker 1 on host drifted by" in played.found[0]
    assert [note.event for note in played.notes if "drift" in note.event] == ["clock drifted"]


CUTS = st.tuples(st.sampled_from(["w1", "w2", "w3"]), st.integers(0, 14), st.integers(1, 12), st.booleans())
TROUBLES = st.lists(
    st.one_of(
        st.tuples(st.just("kill"), st.sampled_from(["w1", "w2", "w3"]), st.integers(0, 20)),
        st.tuples(st.just("freeze"), st.sampled_from(["w1", "w2", "w3"]), st.integers(0, 20), st.integers(1, 9)),
        st.tuples(st.just("stall"), st.integers(0, 20), st.integers(1, 6)),
        st.tuples(st.just("join"), st.integers(0, 20)),
        st.tuples(st.just("pace"), st.integers(0, 20), st.sampled_from([0.0, 0.5, 1.0, 3.0])),
    ),
    max_size=5,
)


def trouble(played, entry, name):
    kind, *rest = entry
    coordinator = played.coordinator
    if kind == "kill":
        played.at(rest[1], lambda: played.kill(rest[0]))
    elif kind == "freeze":
        played.at(rest[1], lambda: played.freeze(rest[0], rest[2]))
    elif kind == "stall":
        played.at(rest[0], lambda: played.stall(rest[1]))
    elif kind == "join":
        played.at(rest[0], lambda: played.join(name))
    else:
        played.at(rest[0], lambda: played.do(coordinator.change_pace(rest[1], played.now_ns)))


@settings(max_examples=40)
@given(cuts=st.lists(CUTS, max_size=3), troubles=TROUBLES, seed=st.integers(0, 99), slow=st.integers(0, 450))
@example(cuts=[], troubles=[("pace", 3, 0.0), ("join", 4), ("pace", 9, 3.0), ("kill", "w1", 8)], seed=1, slow=300)
def test_whatever_breaks_no_session_is_started_twice_nor_without_a_young_lease(cuts, troubles, seed, slow):
    rolls = random.Random(seed)
    played = Stage(3, 20, 12, delay=lambda: rolls.randrange(0, slow + 1) * MS, ahead=lambda: rolls.randrange(10**13))
    for address, from_s, length_s, loses in cuts:
        played.cut_link(address, from_s, from_s + length_s, loses)
    for number, entry in enumerate(troubles):
        trouble(played, entry, f"late{number}")
    played.at(60, lambda: played.do(played.coordinator.stop(played.now_ns, "asked")))
    played.play(most_s=75)
    assert all(len(starts) == 1 for starts in played.started.values())
    assert all(run_ns - issued_ns <= LEASE_NS + 225 * MS for [(_, _, issued_ns, run_ns)] in played.started.values())
    assert all(lost.moved_ns >= lost.heard_ns + SILENT_NS for lost in played.losses)
    assert not set(played.skipped) & set(played.started)


@settings(max_examples=25)
@given(
    losses=st.dictionaries(st.sampled_from(["w1", "w2"]), st.integers(1, 16), max_size=2),
    joins=st.lists(st.integers(1, 16), max_size=2),
    seed=st.integers(0, 99),
)
def test_on_a_quick_link_all_is_started_but_what_lies_in_an_announced_gap(losses, joins, seed):
    rolls = random.Random(seed)
    played = Stage(3, 20, 12, delay=lambda: rolls.randrange(0, 101) * MS, ahead=lambda: rolls.randrange(10**13))
    for address, at_s in losses.items():
        played.at(at_s, lambda address=address: played.kill(address))
    for number, at_s in enumerate(joins):
        played.at(at_s, lambda number=number: played.join(f"late{number}"))
    played.play()
    shares = played.coordinator.leases.shares
    assert len(played.losses) == len(losses)
    assert all(lost.moved_ns <= lost.heard_ns + SILENT_NS + NOTICE_NS + 200 * MS for lost in played.losses)
    excused = set()
    for lost in played.losses:
        mine = owned(played.numbers, played.schedule_ns, lost.worker, [tuple(one) for one in shares.to_list()])
        gap = (played.schedule_ns >= lost.reported_ns) & (played.schedule_ns < lost.moved_ns)
        excused |= set(played.numbers[mine & gap].tolist())
    assert set(played.numbers.tolist()) - set(played.started) <= excused
    assert played.skipped == []
