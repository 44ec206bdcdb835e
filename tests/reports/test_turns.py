"""A run that took turns counts in its own blocks alone."""

import pytest

from reports.header import Window
from reports.turns import TurnRows

BLOCKS = (Window(from_s=5.0, to_s=10.0), Window(from_s=10.0, to_s=15.0), Window(from_s=25.0, to_s=30.0))


@pytest.mark.parametrize(
    ("start_s", "row"),
    [
        (4.0, None),
        (5.0, 0),
        (9.0, 0),
        (10.0, 1),
        (14.0, 1),
        (15.0, None),
        (24.0, None),
        (25.0, 2),
        (29.0, 2),
        (30.0, None),
    ],
)
def test_an_instant_lies_in_its_block_or_in_none(start_s, row):
    assert TurnRows(BLOCKS).row(start_s) == row


def test_rows_cover_the_blocks_and_nothing_between():
    rows = TurnRows(BLOCKS)
    assert (rows.count, rows.from_s, rows.to_s, rows.lengths_s.tolist()) == (3, 5.0, 30.0, [5.0, 5.0, 5.0])
