"""Two targets that take turns: every session is one's or the other's, in fair and unforeseeable order."""

import numpy as np
import pytest

from cutover.base.clock import SECOND_NS
from scenarios.arm import Arm
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(find_scenario("rehearsal"))


def test_each_session_is_given_to_one_target_by_its_instant(scenario):
    whole = Sessions(scenario)
    numbers = [s.number for s in whole.window(0.0, whole.duration_s)]
    parts = [Sessions(scenario, arm=Arm(index, scenario.file.seed)) for index in (0, 1)]
    found = [list(part.window(0.0, part.duration_s)) for part in parts]
    assert sorted(s.number for part in found for s in part) == sorted(numbers)
    for index, part in enumerate(found):
        blocks = Arm(index, scenario.file.seed).blocks(0.0, whole.duration_s + 10.0)
        assert part
        assert all(any(b.from_s <= s.instant_ns / SECOND_NS < b.to_s for b in blocks) for s in part)


def test_every_pair_of_blocks_has_one_of_each_and_both_orders_occur():
    base, head = (Arm(index, seed=7).blocks(0.0, 600.0) for index in (0, 1))
    assert len(base) == len(head) == 60
    assert all(
        abs(one.from_s - other.from_s) == 5.0 and one.from_s // 10 == other.from_s // 10
        for one, other in zip(base, head, strict=True)
    )
    first = sum(one.from_s < other.from_s for one, other in zip(base, head, strict=True))
    assert 15 < first < 45  # a fair coin: 60 tosses stay within with probability 0.9999


def test_only_whole_pairs_count_and_columns_may_be_empty():
    base, head = (Arm(index, 7).blocks(12.0, 48.0) for index in (0, 1))
    assert sorted(b.from_s for b in (*base, *head)) == [20.0, 25.0, 30.0, 35.0]
    assert len(base) == len(head) == 2
    assert Arm(0, 7).holds(np.zeros(0, np.int64)).size == 0


def test_another_seed_is_another_order():
    assert Arm(0, 7).blocks(0.0, 600.0) != Arm(0, 8).blocks(0.0, 600.0)
