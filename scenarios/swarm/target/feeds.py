"""Feeds: which row of a CSV a session is given, the same on any worker, since it is a function of the session.

`random` draws a row by the session's number; `in_order` gives the k-th session of the schedule the k-th row, from the
first again after the last; `unique` is `in_order` without beginning again: a row is given once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cutover.base.document import Strict
from models.draws import stream, uniform
from scenarios.sessions import Sessions
from scenarios.swarm.target.rows import Row, Rows

Take = Literal["unique", "in_order", "random"]


class FeedEntry(Strict):
    """A feed in a supplies file: a CSV beside it, and how its rows are taken."""

    file: Annotated[str, Field(min_length=1)]
    take: Take = "in_order"


class Places:
    """The place of each session in the schedule, counted from 0 in the order of numbers within their instants."""

    def __init__(self, sessions: Sessions) -> None:
        columns = sessions.columns(0.0, sessions.duration_s)
        order = np.lexsort((columns.number, columns.instant_ns))
        played = columns.number[order]
        self._sorted: NDArray[np.int64] = np.sort(played)
        self._place: NDArray[np.int64] = np.argsort(played, kind="stable")

    def __len__(self) -> int:
        return int(self._sorted.size)

    def of(self, session: int) -> int:
        """Return a session's place; KeyError when the schedule has no such session."""
        at = int(np.searchsorted(self._sorted, session))
        if at == len(self) or self._sorted[at] != session:
            raise KeyError(session)
        return int(self._place[at])


def no_place(session: int) -> int:
    """Stand in for places where no feed goes by them."""
    raise AssertionError(f"no feed was said to go by the place of session {session}")


@dataclass(frozen=True)
class Feed:
    """A feed ready to give rows; `place` tells where a session stands in the schedule."""

    rows: Rows
    take: Take
    key: int
    place: Callable[[int], int]

    @classmethod
    def of(cls, name: str, rows: Rows, take: Take, seed: int, place: Callable[[int], int]) -> "Feed":
        """Make a feed; its draws are named after it."""
        return cls(rows, take, stream(seed, 0, f"feed/{name}"), place)

    def row(self, session: int) -> Row:
        """Return the session's row; IndexError when a unique feed has none left."""
        rows = self.rows.rows
        if self.take == "random":
            return rows[int(uniform(self.key, session, 0) * len(rows))]
        place = self.place(session)
        return rows[place] if self.take == "unique" else rows[place % len(rows)]
