"""Arrivals as an engine takes them and steps as it tells them: columns of many at once."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]


class Batch(NamedTuple):
    """Sessions that arrive one after the other: columns of equal length, sorted by instant, then by session.

    `session` is the session's number, below 2^44; `instant_ns` counts from scenario start; `journey` is an index into
    the network's journeys; `province` the index of the citizen's province, which picks the member of a family.
    """

    session: Integers
    instant_ns: Integers
    journey: Shorts
    province: Shorts

    def part(self, which: slice | Integers) -> "Batch":
        """Return some of the sessions, by a slice or their places in the order wanted."""
        return Batch(self.session[which], self.instant_ns[which], self.journey[which], self.province[which])


Arrivals = Iterable[Batch]
"""Batches of arrivals, each later than the one before; any may be empty."""


class Records(NamedTuple):
    """Steps that have ended, in any order: columns of equal length.

    `step` int32 is an index into the names told with the records, `outcome` int8 a `models.network.Outcome`, the others
    int64. `ordinal` counts the steps of a session from 0, over all its visits, which `visit` counts from 1. A step is
    sent when it is meant; a session begins with its step of ordinal 0.
    """

    step: Shorts
    outcome: NDArray[np.int8]
    session: Integers
    ordinal: Integers
    visit: Integers
    intended_ns: Integers
    end_ns: Integers


def batches(rows: Iterable[tuple[int, ...]], at_once: int = 4096) -> Iterator[Batch]:
    """Make batches of rows (session, instant in ns, journey) or (session, instant in ns, journey, province).

    >>> [batch] = batches([(7, 3_000_000_000, 0), (8, 3_000_000_001, 1, 33)])
    >>> batch.province.tolist()
    [0, 33]
    """
    remaining = iter(rows)
    while some := list(islice(remaining, at_once)):
        session, instant_ns, journey, province = zip(*((*row, 0)[:4] for row in some), strict=True)
        yield Batch(
            np.array(session, np.int64),
            np.array(instant_ns, np.int64),
            np.array(journey, np.int32),
            np.array(province, np.int32),
        )
