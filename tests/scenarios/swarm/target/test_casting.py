"""Every account is in one place: on the desk, or with one worker; there with one session at most."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.swarm.target.casting import CastDesk, CastShelf, CastShort, numbers_of, ranges_of


class House:
    """A desk and its workers; messages arrive at once, or when `deliver` is called."""

    def __init__(self, accounts: int) -> None:
        self.desk = CastDesk(accounts)
        self.shelves: dict[int, CastShelf] = {}
        self.waiting: list[tuple[int, dict]] = []

    def send(self, messages: dict[int, dict]) -> None:
        self.waiting += messages.items()

    def deliver(self) -> None:
        while self.waiting:
            worker, message = self.waiting.pop(0)
            if worker in self.shelves:
                self.shelves[worker].take(message)

    def join(self, worker: int) -> None:
        self.shelves[worker] = CastShelf()
        self.send(self.desk.joined(worker))

    def lose(self, worker: int) -> CastShelf:
        lost = self.shelves.pop(worker)
        self.waiting = [each for each in self.waiting if each[0] != worker]
        self.send(self.desk.lost(worker))
        return lost

    def take_back(self, worker: int, shelf: CastShelf) -> None:
        """Let a lost worker return with what it had; its lease tells it that it begins another stay."""
        self.shelves[worker] = shelf
        self.send(self.desk.joined(worker))
        shelf.enter(shelf.stay + 1)

    def report(self) -> None:
        for worker, shelf in list(self.shelves.items()):
            self.send(self.desk.report(worker, shelf.report()))

    def settle(self) -> None:
        for _ in range(20):
            self.deliver()
            self.report()
        self.deliver()


def free(shelf: CastShelf) -> int:
    return shelf.report()["free"]


def test_ranges():
    assert ranges_of([3, 1, 2, 7]) == [[1, 3], [7, 7]]
    assert numbers_of([[1, 3], [7, 7]]) == [1, 2, 3, 7]


def test_workers_that_begin_together_have_their_accounts_before_the_first_session():
    dealt = CastDesk(40).joined(1, 2, 3)
    given = {worker: numbers_of(message["give"]) for worker, message in dealt.items()}
    assert sorted(number for numbers in given.values() for number in numbers) == list(range(40))
    assert sorted(map(len, given.values())) == [13, 13, 14]
    assert [message["recall"] for message in dealt.values()] == [0, 0, 0]


def test_a_session_keeps_its_account_and_the_one_unused_longest_is_next():
    shelf = CastShelf()
    shelf.take({"stay": 1, "give": [[0, 2]], "recall": 0})
    assert [shelf.lease(10), shelf.lease(10), shelf.lease(11)] == [0, 0, 1]
    shelf.end(10)
    assert [shelf.lease(12), shelf.lease(13)] == [2, 0]
    with pytest.raises(CastShort, match="no test account is free"):
        shelf.lease(14)
    with pytest.raises(CastShort):
        shelf.lease(14)
    assert shelf.report()["short"] == 1
    shelf.end(14)
    shelf.end(99)


def test_a_recall_takes_what_is_free_now_and_the_rest_when_sessions_end():
    shelf = CastShelf()
    shelf.take({"stay": 1, "give": [[0, 2]], "recall": 0})
    shelf.lease(1)
    shelf.lease(2)
    shelf.take({"stay": 1, "give": [], "recall": 2})
    assert shelf.report()["released"] == [[2, 2]]
    shelf.end(1)
    assert shelf.report() == {"kind": "cast", "stay": 1, "free": 0, "short": 0, "released": [[0, 0]]}
    assert shelf.report()["released"] == []


def test_workers_share_evenly_and_a_newcomer_gets_its_part():
    house = House(9)
    house.join(1)
    house.settle()
    assert free(house.shelves[1]) == 9
    house.join(2)
    house.settle()
    house.join(3)
    house.settle()
    assert sorted(free(shelf) for shelf in house.shelves.values()) == [3, 3, 3]


def test_a_lost_workers_accounts_go_to_the_others_and_its_late_word_changes_nothing():
    house = House(6)
    for worker in (1, 2, 3):
        house.join(worker)
    house.settle()
    house.shelves[1].take({"stay": 1, "give": [], "recall": 2})
    lost = house.lose(1)
    assert house.desk.report(1, lost.report()) == {}
    house.settle()
    assert sum(free(shelf) for shelf in house.shelves.values()) == 6


def test_a_worker_that_runs_short_gets_what_another_does_not_use():
    house = House(8)
    house.join(1)
    house.join(2)
    house.settle()
    for session in range(4):
        house.shelves[1].lease(session)
    with pytest.raises(CastShort):
        house.shelves[1].lease(4)
    house.settle()
    assert house.shelves[1].lease(4) in range(8)


def test_a_worker_that_returns_begins_with_nothing_and_what_it_said_before_changes_nothing():
    house = House(6)
    house.join(1)
    house.join(2)
    house.settle()
    house.shelves[1].lease(70)
    house.shelves[1].take({"stay": 1, "give": [], "recall": 2})
    lost = house.lose(1)
    late = lost.report()
    house.take_back(1, lost)
    assert lost.held(70) is None
    with pytest.raises(CastShort):
        lost.lease(71)
    house.deliver()
    assert house.desk.report(1, late) == {}
    house.settle()
    assert sum(free(shelf) for shelf in house.shelves.values()) == 6
    assert free(lost) > 0


def test_what_a_returned_worker_is_given_is_its_own_whether_its_lease_or_its_accounts_come_first():
    desk, shelf = CastDesk(2), CastShelf()
    shelf.take(desk.joined(1)[1])
    shelf.lease(5)
    desk.lost(1)
    shelf.take(desk.joined(1)[1])
    shelf.enter(2)
    assert shelf.held(5) is None
    assert free(shelf) == 2


def test_a_worker_that_is_here_cannot_join():
    desk = CastDesk(1)
    desk.joined(1)
    with pytest.raises(ValueError, match="is here already"):
        desk.joined(1)


@given(st.integers(0, 2**32), st.integers(0, 12))
def test_no_account_is_ever_in_two_sessions(seed, accounts):
    chance, house, leased, session, away = random.Random(seed), House(accounts), {}, 0, {}
    for step in range(120):
        action = chance.randrange(8)
        workers = list(house.shelves)
        if action == 0 and len(workers) < 4:
            house.join(1000 + step)
        elif action == 1 and workers and chance.random() < 0.3:
            gone = chance.choice(workers)
            away[gone] = house.lose(gone)
            leased = {key: value for key, value in leased.items() if key[0] != gone}
        elif action in (2, 3) and workers:
            worker, session = chance.choice(workers), session + 1
            try:
                leased[worker, session] = house.shelves[worker].lease(session)
            except CastShort:
                continue
        elif action == 4 and leased:
            key = chance.choice(list(leased))
            house.shelves[key[0]].end(key[1])
            del leased[key]
        elif action == 5:
            house.report()
        elif action == 6 and away:
            back = chance.choice(list(away))
            late, shelf = away[back].report(), away.pop(back)
            house.take_back(back, shelf)
            house.send(house.desk.report(back, late))
        else:
            house.deliver()
        assert len(set(leased.values())) == len(leased)
        assert set(leased.values()) <= set(range(accounts))
    for worker, session in list(leased):
        house.shelves[worker].end(session)
    house.settle()
    assert not house.shelves or sum(free(shelf) for shelf in house.shelves.values()) == accounts
