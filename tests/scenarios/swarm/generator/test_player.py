"""A session through its journey: limits, reloads, coming back, submissions; the same as the forecast plays it."""

import pytest

from models.assembly import assemble
from models.engines.choice import choose, simulate
from models.journeys import Walk
from models.plan import Plan
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get, OneTimeCode, Pause
from scenarios.swarm.failures import StepBlocked, StepRejected
from scenarios.swarm.target.casting import CastShelf, CastShort
from scenarios.swarm.target.supplied import Supplied

SECOND = 10**9
OWN = (("brisk_visit = 0.5\nbrisk_look_up = 0.5", "own = 1.0"),)
JOURNEY = """
schema = 1
name = "own"
description = "Three steps, the second again and again"
[[steps]]
name = "first"
limit_s = 2.0
next = { second = 0.9, exit = 0.1 }
[[steps]]
name = "second"
think = { law = "exponential", mean_s = 0.4 }
limit_s = 0.5
next = { second = 0.3, third = 0.5, exit = 0.2 }
[[steps]]
name = "third"
think = { law = "constant", mean_s = 0.25 }
limit_s = 0.5
next = { exit = 1.0 }
"""
AGAIN = {
    "reload": {"probability": 0.7, "wait": {"law": "exponential", "mean_s": 0.3}, "times": 2},
    "come_back": {"probability": 0.8, "wait": {"law": "exponential", "mean_s": 0.6}, "times": 3},
}
LONG = (("duration_s = 6", "duration_s = 60"), ("[6, 0]]", "[60, 0]]"))
TOOK_NS = {"first": 100_000_000, "second": 200_000_000, "third": 700_000_000}  # the third is always too late


class Observed:
    """What the forecast's reference engine tells of each step."""

    def __init__(self):
        self.notes = []

    def session(self, instant_ns):
        pass

    def offered(self, step, intended_ns):
        pass

    def step(self, step, outcome, session, ordinal, intended_ns, sent_ns, end_ns, visit=1):
        self.notes.append((session, ordinal, visit, step, outcome, intended_ns, sent_ns, end_ns))


def test_limits_reloads_and_comebacks_are_those_of_the_forecast_to_the_nanosecond(theatre):
    play = theatre(*OWN, citizens=AGAIN, own=JOURNEY)
    play.portal = lambda _, ask: (TOOK_NS[ask.path[1:]], Answer(200, ask.path, b""))
    play.play.begin()
    play.lease()
    play.run(6 * SECOND - 1)  # a forecast ends at its last instant, a swarm lets steps in progress end
    delay = {name: [{"delay": {"law": "constant", "mean_s": ns / SECOND}}] for name, ns in TOOK_NS.items()}
    plan = Plan.model_validate(
        {"schema": 1, "name": "own", "description": "", "stations": {"none": {"servers": 1}}, "programs": delay}
        | {"citizens": AGAIN}
    )
    scenario, observed = play.prepared.scenario, Observed()
    network = assemble(plan, scenario.journeys)
    chosen = choose(network, scenario.journeys, "simpy")
    walk = Walk(scenario.journeys, scenario.file.seed)
    arrivals = play.prepared.sessions.arrivals(0.0, 6.0)
    simulate(chosen, network, arrivals, walk, 6 * SECOND, observed, 6 * SECOND)
    forecast = [note for note in observed.notes if note[4] != "unfinished"]
    assert sorted(note for note in play.notes if note[4] != "unfinished") == sorted(forecast)
    outcomes = {(step, outcome) for _, _, _, step, outcome, *_ in forecast}
    assert outcomes == {("first", "ok"), ("second", "ok"), ("third", "timed_out")}
    assert max(visit for _, _, visit, *_ in forecast) > 2
    assert any(end - intended > SECOND for *_, intended, _, end in forecast)  # reloads are within a step's response
    reloads = sum(each.get("reloads", 0) for message in play.of("second") for each in message["counters"])
    assert reloads > 10


def played(play):
    play.play.begin()
    play.lease()
    play.run()
    return {outcome for *_, outcome, _, _, _ in play.notes}


def refuse(error):
    def step(_):
        yield Get("/")
        raise error

    return step


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StepRejected("busy"), "rejected"),
        (StepBlocked("a firewall"), "blocked"),
        (KeyError("token"), "failed"),
        (CastShort("none is free"), "skipped"),
    ],
)
def test_what_a_step_raises_is_its_outcome(theatre, error, outcome):
    play = theatre(steps=refuse(error))
    assert played(play) == {outcome}
    assert len(play.notes) == len(play.begun)  # a session is over after a step that is not ok


def test_why_steps_fail_is_told_for_the_first_twenty(theatre):
    play = theatre(
        ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 20], [4, 20], [4, 0], [6, 0]]"), steps=refuse(KeyError("x"))
    )
    played(play)
    events = play.of("event")
    assert len(play.notes) > 20 == len(events)
    assert events[0]["reason"] == "the step's own code: KeyError: 'x'"
    assert events[0]["step"] == "home"


def test_a_connection_that_breaks_fails_its_step_and_says_why(theatre):
    play = theatre()
    play.portal = lambda *_: (5, ConnectionRefusedError("refused"))
    assert played(play) == {"failed"}
    assert play.of("event")[0]["reason"] == "refused"


def test_what_cannot_be_asked_fails_its_step(theatre):
    def step(_):
        yield "nonsense"

    play = theatre(steps=step)

    def portal(_, ask):
        raise TypeError(f"no ask: {ask}")

    play.portal = portal
    assert played(play) == {"failed"}
    assert play.of("event")[0]["reason"] == "the step's own code: TypeError: no ask: nonsense"


def test_a_firewall_is_known_by_what_breaks_an_ask_and_by_a_page_that_fails_its_step(theatre):
    play = theatre()
    play.portal = lambda *_: (5, StepBlocked("403 with a challenge"))
    assert played(play) == {"blocked"}
    play = theatre()
    play.portal = lambda *_: (5, Answer(404, "/", b"firewall"))
    assert played(play) == {"blocked"}
    assert play.of("event")[0]["reason"] == "it says so"


def test_what_the_generator_lacks_is_its_own_fault(theatre):
    play = theatre()
    play.stage.is_our_fault = lambda error: isinstance(error, OSError)
    play.portal = lambda *_: (5, OSError(24, "too many open files"))
    assert played(play) == {"skipped"}


def test_an_answer_after_the_limit_is_not_seen_even_if_nobody_has_looked_yet(theatre):
    play = theatre(*OWN, own=JOURNEY)
    exactly = 2 * SECOND

    play.portal = lambda session, _: (exactly + session.number % 2, Answer(200, "/", b""))
    played(play)
    firsts = {number: (outcome, end - at) for number, _, _, step, outcome, at, _, end in play.notes if step == "first"}
    assert {outcome for number, (outcome, _) in firsts.items() if number % 2 == 0} == {"ok"}
    assert {outcome for number, (outcome, _) in firsts.items() if number % 2 == 1} == {"timed_out"}
    assert {took for _, took in firsts.values()} == {exactly}


def test_pauses_wait_and_codes_come_from_the_hook(theatre):
    seen = []

    def step(_):
        yield Pause(0.5)
        yield Get("/a")
        empty = yield Pause(0.25)
        code = yield OneTimeCode("0912")
        seen.append((empty.body, code.text))

    play = theatre(steps=step)
    play.stage.supplied = Supplied(None, CastShelf(), {}, None)
    play.stage._codes = lambda _supplied, to, _session, then: play.agenda.at(
        play.clock.at_ns + 10, lambda: then(Answer(200, "", to.encode()))
    )
    assert played(play) == {"ok"}
    assert set(seen) == {(b"", "0912")}
    took = {end - at for *_, at, _, end in play.notes}
    assert took == {500_000_000 + 1_000_000 + 250_000_000 + 10}


def test_a_pause_that_outlasts_the_limit_is_forgotten(theatre):
    def step(_):
        yield Pause(30.5)

    play = theatre(*LONG, steps=step)
    assert played(play) == {"timed_out"}


def test_a_submission_is_told_before_it_is_sent_and_again_when_it_is_answered(theatre):
    at_send = []

    def step(visit):
        yield Get("/")
        visit.submitted = visit.submission_key()
        page = yield Get("/submit")
        visit.receipt, visit.digest = page.text, "d"

    play = theatre(steps=step)

    def portal(_, ask):
        if ask.path == "/submit":
            at_send.append(len(play.of("receipts")))
        return 1000, Answer(200, "/", b"H1")

    play.portal = portal
    played(play)
    assert at_send[0] == 1
    told = [receipt for message in play.of("receipts") for receipt in message["receipts"]]
    first, second = told[:2]
    assert first["receipt"] is None
    assert (second["receipt"], second["key"], second["visit"]) == ("H1", first["key"], 1)
    assert len(told) == 2 * len(play.notes)
    assert len({each["key"] for each in told}) == len(play.begun)  # one for each visit


def test_each_visit_has_a_key_and_a_browser_of_its_own_and_attempts_share_the_key(theatre):
    def step(visit):
        visit.submitted = visit.submission_key()
        yield Get("/submit")
        raise StepRejected("busy")

    again = {what: rule | {"probability": 1.0} for what, rule in AGAIN.items()}
    play = theatre(*LONG, steps=step, citizens=again)
    played(play)
    told = [receipt for message in play.of("receipts") for receipt in message["receipts"]]
    keys = {
        (each["session"], each["visit"]): {
            other["key"] for other in told if (other["session"], other["visit"]) == (each["session"], each["visit"])
        }
        for each in told
    }
    assert all(len(found) == 1 for found in keys.values())
    assert {visit for _, visit in keys} == {1, 2, 3, 4}
    assert len({key for found in keys.values() for key in found}) == len(keys)
    assert len(play.browsers) == len(keys) == 4 * len(play.begun)
    assert len(play.asked) == 3 * len(keys)  # two reloads each


def test_a_refused_submission_is_told_as_refused(theatre):
    def step(visit):
        visit.submitted = visit.submission_key()
        page = yield Get("/submit")
        raise StepRejected(str(page.status))

    play = theatre(steps=step)
    play.portal = lambda *_: (10, Answer(422, "/", b""))
    played(play)
    told = [receipt for message in play.of("receipts") for receipt in message["receipts"]]
    assert [each["refused"] for each in told[:2]] == [False, True]


def test_steps_that_ask_for_nothing_end_at_once_without_nesting(theatre):
    def step(_):
        return
        yield

    endless = JOURNEY.replace("next = { second = 0.9, exit = 0.1 }", "next = { first = 0.9999, exit = 0.0001 }")
    play = theatre(*OWN, own=endless, steps=step)
    play.play.begin()
    play.lease()
    play.clock.at_ns = play.prepared.sessions.columns(0, 6).instant_ns[0]
    for _ in range(3000):
        play.agenda.work()
    assert {outcome for *_, outcome, _, _, _ in play.notes[:50]} == {"ok"}
    assert len(play.notes) > 3000
