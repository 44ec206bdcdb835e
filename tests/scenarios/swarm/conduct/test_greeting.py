"""Who may order and report: both sides know the token, and nothing said before can be said again."""

import pytest

from scenarios.swarm.conduct.greeting import Greeter, Reception
from scenarios.swarm.conduct.guest import Guest
from scenarios.swarm.conduct.seal import COORDINATOR, WORKER, ForgedError, Seal

ME = Guest("vm_1", "vm", 4)


def greeted(token="a" * 32, other=None, version="1"):
    """Return both sides after a greeting, and what the coordinator made of the worker's first words."""
    reception = Reception(token, "1")
    greeter = Greeter(other if other is not None else token, version, ME)
    answer = reception.came("vm_1", greeter.hello()).answer
    said = greeter.came(answer).answer
    return reception, greeter, reception.came("vm_1", said) if said is not None else None


def test_both_sides_talk_once_they_have_greeted():
    reception, greeter, first = greeted()
    assert first.message == {"kind": "here", "host": "vm", "cores": 4}
    assert reception.came("vm_1", greeter.sealed({"kind": "beat"})).message == {"kind": "beat"}
    assert greeter.came(reception.sealed("vm_1", {"kind": "stop"})).message == {"kind": "stop"}


def test_without_a_token_on_loopback_the_way_is_the_same():
    assert greeted("")[2].message["kind"] == "here"


def test_another_token_is_refused_by_the_worker_before_it_says_anything():
    _, greeter, first = greeted(other="b" * 32)
    assert first is None
    assert greeter.refused == "the coordinator has another token: give both sides the same"
    assert greeter.sealed({"kind": "beat"}) is None


def test_a_worker_that_believes_any_coordinator_is_refused_by_it():
    reception, greeter, _ = greeted()
    stranger = Seal("b" * 32, "vm_1", b"x" * 16, b"y" * 16, WORKER)
    came = reception.came("vm_1", {"sealed": stranger.sealed({"kind": "report"})})
    assert came.message is None
    assert "another token" in came.answer["refused"]
    assert greeter.is_welcome


def test_another_version_is_refused_in_words():
    _, greeter, _ = greeted(version="0.9")
    assert greeter.refused == "version 0.9 there and 1 here: install the same cutover on both"


def test_a_greeting_that_comes_twice_makes_no_second_key():
    reception, greeter = Reception("t" * 16, "1"), Greeter("t" * 16, "1", ME)
    first, second = (reception.came("vm_1", greeter.hello()).answer for _ in range(2))
    said = greeter.came(second).answer
    assert greeter.came(first).answer is None
    assert reception.came("vm_1", said).message["kind"] == "here"


def test_what_was_said_once_cannot_be_said_again_nor_changed_nor_turned_round():
    reception, greeter, _ = greeted()
    data = greeter.sealed({"kind": "beat"})
    assert reception.came("vm_1", data).message is not None
    assert reception.came("vm_1", data).message is None
    later = greeter.sealed({"kind": "beat"})
    changed = {"sealed": {**later["sealed"], "body": later["sealed"]["body"] + b"\0"}}
    assert reception.came("vm_1", changed).message is None
    assert greeter.came(greeter.sealed({"kind": "stop"})).message is None


def test_a_forged_greeting_does_not_put_out_who_is_there():
    reception, greeter, _ = greeted()
    reception.came("vm_1", Greeter("b" * 16, "1", ME).hello())
    assert reception.came("vm_1", greeter.sealed({"kind": "beat"})).message == {"kind": "beat"}


def test_a_coordinator_that_started_anew_asks_to_be_greeted():
    _, greeter, _ = greeted()
    fresh = Reception("a" * 32, "1")
    answer = fresh.came("vm_1", greeter.sealed({"kind": "beat"})).answer
    assert answer == {"unknown": True}
    hello = greeter.came(answer).answer
    said = greeter.came(fresh.came("vm_1", hello).answer).answer
    assert fresh.came("vm_1", said).message["kind"] == "here"


@pytest.mark.parametrize(
    "data", [{}, {"hello": 1}, {"sealed": 1}, {"sealed": {"number": "1"}}, {"hello": {"nonce": 1}}]
)
def test_nonsense_is_no_message(data):
    reception, _, _ = greeted()
    assert reception.came("vm_1", data).message is None


@pytest.mark.parametrize("data", [{}, {"welcome": 1}, {"welcome": {"nonce": b"", "proof": 1}}, {"sealed": 1}])
def test_nonsense_welcomes_no_worker(data):
    greeter = Greeter("t" * 16, "1", ME)
    assert greeter.came(data).message is None
    assert not greeter.is_welcome


def test_a_seal_opens_only_what_the_other_side_sealed():
    ours, theirs = (Seal("t", "a", b"1", b"2", side) for side in (COORDINATOR, WORKER))
    envelope = ours.sealed({"kind": "stop"})
    with pytest.raises(ForgedError, match="another seal"):
        ours.opened(envelope)
    assert theirs.opened(envelope) == {"kind": "stop"}
    with pytest.raises(ForgedError, match="said before"):
        theirs.opened(envelope)
    with pytest.raises(ForgedError, match="no sealed message"):
        theirs.opened({})
