"""Shares: every session has one owner, and a change of workers moves only what it must."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenarios.swarm.shares import NOBODY, Shares, owned, owners

NUMBERS = np.arange(20_000, dtype=np.int64)
WORKERS = st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True)


@given(workers=WORKERS)
def test_each_session_has_one_owner_whatever_the_order_of_the_workers(workers):
    found = owners(NUMBERS[:500], workers)
    assert set(found.tolist()) <= set(workers)
    assert np.array_equal(found, owners(NUMBERS[:500], workers[::-1]))
    each = [owned(NUMBERS[:500], NUMBERS[:500], me, [(0, workers)]) for me in workers]
    assert np.array_equal(np.sum(each, axis=0), np.ones(500, np.int64))


@given(workers=WORKERS, number=st.integers(0, 2**62))
def test_a_number_alone_has_the_owner_that_it_has_among_others(workers, number):
    assert owners([number], workers)[0] == owners([number, 7, 8], workers)[0]


@given(workers=st.lists(st.integers(1, 50), min_size=2, max_size=6, unique=True))
def test_a_worker_that_leaves_moves_its_own_sessions_and_no_other(workers):
    before, after = owners(NUMBERS[:2000], workers), owners(NUMBERS[:2000], workers[1:])
    stays = before != workers[0]
    assert np.array_equal(before[stays], after[stays])
    assert not (after == workers[0]).any()


def test_shares_are_equal_within_chance():
    for count in (2, 3, 5):
        counts = np.bincount(owners(NUMBERS, range(1, count + 1)), minlength=count + 1)[1:]
        expected, deviation = len(NUMBERS) / count, (len(NUMBERS) * (1 / count) * (1 - 1 / count)) ** 0.5
        assert np.abs(counts - expected).max() < 4 * deviation


def test_owners_are_the_same_for_ever():
    assert owners([0, 1, 2, 3, 10**12, 2**62], [1, 2, 3]).tolist() == [1, 2, 1, 1, 3, 1]


def test_nobody_owns_anything_without_workers_or_before_the_first_stretch():
    assert owners([1, 2], []).tolist() == [NOBODY, NOBODY]
    assert owned([1, 2], [5, 15], 1, [(10, (1,))]).tolist() == [False, True]


def test_shares_change_from_an_instant_on_in_all_later_stretches():
    shares = Shares(((0, (1, 2)),)).joined(3, 50).without(1, 20)
    assert shares.to_list() == [[0, [1, 2]], [20, [2]], [50, [2, 3]]]
    assert [shares.at(at) for at in (-1, 0, 19, 20, 49, 50)] == [(), (1, 2), (1, 2), (2,), (2,), (2, 3)]
    assert shares.joined(1, 50).at(60) == (1, 2, 3)


def test_the_spans_of_a_worker_are_those_in_which_it_has_a_share():
    shares = Shares(((0, (1, 2)),)).without(1, 20).joined(1, 40)
    assert shares.spans(1, 0, 100) == [(0, 20), (40, 100)]
    assert shares.spans(1, 10, 15) == [(10, 15)]
    assert shares.spans(1, 25, 35) == []
    assert shares.spans(3, 0, 100) == []
