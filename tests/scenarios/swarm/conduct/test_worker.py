"""A worker's part: what goes on to the generator, what to the coordinator, and when again."""

import pytest

from scenarios.swarm.conduct.outbox import Outbox
from scenarios.swarm.conduct.terms import ALONE_NS, BEAT_NS
from scenarios.swarm.conduct.worker import End, Hand, Start, Tell, Worker

ORDER = {"kind": "prepare", "me": 1, "order": {"scenario": "x"}}
LEASE = {
    "kind": "lease",
    "me": 1,
    "issued_ns": 0,
    "until_ns": 9,
    "shares": [],
    "pace": [],
    "received": 0,
    "asked_ns": 5,
}


def told(deeds):
    return [deed.message for deed in deeds if isinstance(deed, Tell)]


def in_run():
    worker = Worker()
    assert worker.told(ORDER, 0) == [Start(), Hand({"kind": "prepare", "order": {"scenario": "x"}})]
    return worker


def test_nothing_is_said_or_done_before_there_is_an_order():
    worker = Worker()
    assert worker.tick(10**12) == worker.told(LEASE, 0) == worker.made({"kind": "second"}) == worker.broke("x") == []


def test_answers_go_on_as_they_are_and_all_else_becomes_reports():
    worker = in_run()
    assert told(worker.made({"kind": "ready", "version": "1"})) == [{"kind": "ready", "version": "1"}]
    assert worker.made({"kind": "receipts"}) == worker.made({"kind": "second"}) == []
    (report,) = told(worker.flush())
    assert report == {"kind": "report", "number": 1, "bodies": [{"kind": "receipts"}, {"kind": "second"}]}
    assert worker.flush() == []
    (done,) = told(worker.made({"kind": "done"}))
    assert (done["number"], done["bodies"]) == (2, [{"kind": "done"}])


def test_a_lease_goes_on_without_what_is_between_coordinator_and_worker():
    (handed,) = in_run().told(LEASE, 7)
    assert set(handed.message) == {"kind", "me", "issued_ns", "until_ns", "shares", "pace"}


@pytest.mark.parametrize("kind", ["begin", "cast", "stop"])
def test_orders_go_on_to_the_generator(kind):
    assert in_run().told({"kind": kind}, 0) == [Hand({"kind": kind})]


def test_a_beat_tells_when_the_last_lease_came_for_the_clocks():
    worker = in_run()
    assert told(worker.tick(0)) == [{"kind": "beat", "asked_ns": None}]
    assert worker.tick(BEAT_NS - 1) == []
    worker.told(LEASE, BEAT_NS)
    (beat,) = told(worker.tick(BEAT_NS + 3))
    assert beat == {"kind": "beat", "asked_ns": 5, "held_ns": 3, "clock_ns": BEAT_NS + 3}


def test_a_worker_that_is_alone_stops_its_generator_once():
    worker = in_run()
    worker.told(LEASE, 0)
    stops = [Hand({"kind": "stop"}) in worker.tick(at) for at in (ALONE_NS, ALONE_NS + 1, ALONE_NS + 2)]
    assert stops == [False, True, False]


def test_a_generator_that_broke_is_told_of_after_what_it_made():
    worker = in_run()
    worker.made({"kind": "second"})
    assert [message["kind"] for message in told(worker.broke("it ended with 1"))] == ["report", "left"]
    assert worker.tick(10**12) == []


def test_a_new_order_begins_anew_and_a_release_ends():
    worker = in_run()
    worker.made({"kind": "second"})
    worker.flush()
    assert worker.told(ORDER, 0)[0] == Start()
    worker.made({"kind": "second"})
    assert [report["number"] for report in told(worker.flush())] == [1]
    assert worker.told({"kind": "release"}, 0) == [End()]
    assert worker.told(LEASE, 0) == []


def test_reports_go_again_when_two_answers_in_a_row_did_not_know_of_them():
    outbox = Outbox()
    for number in range(3):
        outbox.put({"kind": "second", "n": number})
        outbox.next()
    assert outbox.taken(1) == []
    assert [report["number"] for report in outbox.taken(1)] == [2, 3]
    assert outbox.taken(3) == []
    outbox.put({"kind": "done"})
    outbox.next()
    assert [report["number"] for report in (*outbox.taken(3), *outbox.taken(3))] == [4]
