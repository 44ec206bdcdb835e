"""Arrivals as columns."""

import numpy as np
import pytest

from cutover.base.errors import InvalidRun
from models.engines.batch import Batch, batches
from models.engines.simpy_engine import simulate
from tests.models.engines.traces import S, Trace, delay, network, walk


def test_rows_become_batches() -> None:
    first, second = batches([(5, 0, 1, 33), (7, S, 0), (2**43, 2 * S, 2, 4)], at_once=2)
    assert [column.tolist() for column in first] == [[5, 7], [0, S], [1, 0], [33, 0]]
    assert [column.dtype for column in second] == [np.int64, np.int64, np.int32, np.int32]
    assert second.session.tolist() == [2**43]
    assert list(batches([])) == []


def test_a_part_of_a_batch() -> None:
    [batch] = batches((number, number * S, 0, number) for number in range(4))
    assert batch.part(slice(1, 3)).session.tolist() == [1, 2]
    assert batch.part(np.array([3, 0])).province.tolist() == [3, 0]


def play(*arrivals: Batch) -> Trace:
    one, trace = network([], (delay(1, 1),)), Trace()
    simulate(one, arrivals, walk(one), 100 * S, trace)
    return trace


def test_a_batch_may_be_empty() -> None:
    [some] = batches([(1, 0, 0), (2, S, 0)])
    [more] = batches([(0, S + 1, 0)])
    assert play(some.part(slice(0, 0)), some, some.part(slice(0, 0)), more).ends == {
        1: ("ok", 1),
        2: ("ok", 2),
        0: ("ok", 2.000000001),
    }


@pytest.mark.parametrize("second", [(3, S - 1, 0), (1, S, 0)])
def test_unsorted_arrivals_are_refused(second: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidRun, match=rf"session {second[0]} arrives at {second[1]} ns, before the one"):
        play(*batches([(2, S, 0)]), *batches([second]))
