"""Warp: the schedule passes faster; citizens think as long, wait as long, and come at the same rate."""

from dataclasses import replace

from scenarios.swarm.answer import Answer
from scenarios.swarm.generator.prepared import Prepared
from scenarios.volume import Volume
from tests.scenarios.swarm.generator.conftest import Theatre

SECOND = 10**9
LONG = (("duration_s = 6", "duration_s = 60"), ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 6], [60, 6]]"))


def played(prepare, warp, *, answers=True):
    """Play the scenario at a warp as `--warp` alone plays it; return the theatre and the steps of each session."""
    prepared = prepare(*LONG)
    volume = Volume.of(prepared.scenario, None, warp)
    theatre = Theatre(Prepared.of(replace(prepared.order, scale=volume.scale, warp=volume.warp)))
    if not answers:
        theatre.portal = lambda *_: None
    else:
        theatre.portal = lambda _, ask: (5_000_000, Answer(200, ask.path, b""))
    theatre.play.begin()
    theatre.lease()
    theatre.run()
    by_session = {}
    for number, _, _, step, outcome, intended, _, end in theatre.notes:
        by_session.setdefault(number, []).append((step, outcome, intended, end))
    return theatre, by_session


def thinking(steps):
    """Return each step with the pause before it."""
    return [(step, 0 if not at else steps[at][2] - steps[at - 1][3]) for at, (step, *_) in enumerate(steps)]


def test_think_times_and_rates_stay_and_the_schedule_is_as_much_shorter(prepare):
    plain, slow = played(prepare, None)
    quick, fast = played(prepare, 3.0)
    sessions = plain.prepared.sessions, quick.prepared.sessions
    assert [each.duration_s for each in sessions] == [60.0, 20.0]
    assert sessions[0].expected / 60.0 == sessions[1].expected / 20.0 == 6.0
    assert len(quick.begun) == len(fast)
    both = [number for number in fast if len(fast[number]) > 1]
    assert len(both) > 20
    for number in both:  # the same citizens, whose pauses are the same to the nanosecond
        known = thinking(fast[number])
        assert known == thinking(slow[number])[: len(known)]


def test_limits_stay(prepare):
    for warp in (None, 4.0):
        _, found = played(prepare, warp, answers=False)
        took = {end - at for steps in found.values() for _, outcome, at, end in steps if outcome == "timed_out"}
        assert took == {10 * SECOND}  # home's limit in both journeys


def test_with_a_scale_all_citizens_come_in_the_shorter_time(prepare):
    prepared = prepare(*LONG)
    volume = Volume.of(prepared.scenario, 1.0, 3.0)
    warped = Prepared.of(replace(prepared.order, scale=volume.scale, warp=volume.warp)).sessions
    plain, quick = list(prepared.sessions.window(0.0, 60.0)), list(warped.window(0.0, 20.0))
    assert [each.number for each in quick] == [each.number for each in plain]
    assert all(abs(one.instant_ns - each.instant_ns / 3) <= 1 for one, each in zip(quick, plain, strict=True))
