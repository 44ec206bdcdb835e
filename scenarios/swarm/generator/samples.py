"""Which exchanges are kept to be looked at: of each step, outcome and minute the first failing and the slowest."""

from collections.abc import Callable
from heapq import heappush, heapreplace
from typing import Any, NamedTuple

from cutover.base.clock import SECOND_NS
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.generator.outcomes import OUTCOMES

FAILING, SLOWEST = 20, 5
MINUTE_NS = 60 * SECOND_NS


class Sample(NamedTuple):
    """An exchange that is kept, whose it is, and why; `at_ns` is the scenario time of its step's end.

    `hidden` are texts that may not be shown of it: what is in the session's account, the values of agreed headers.
    """

    why: str
    tag: int
    session: int
    visit: int
    ordinal: int
    attempt: int
    reason: str | None
    at_ns: int
    exchanged: Exchanged
    hidden: tuple[str, ...]


class Shelf:
    """What one step and outcome has kept in this minute; `floor_ns` is how long the next slow one must take."""

    __slots__ = ("failing", "floor_ns", "slowest")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a minute."""
        self.failing, self.floor_ns = 0, -1
        self.slowest: list[tuple[int, int, Sample]] = []

    @property
    def has_room(self) -> bool:
        """Whether another failing exchange is told in this minute."""
        return self.failing < FAILING

    def slow(self, took_ns: int, number: int, sample: Sample) -> None:
        """Keep an exchange that took longer than the floor, in place of the quickest kept one."""
        item = (took_ns, number, sample)
        if len(self.slowest) < SLOWEST:
            heappush(self.slowest, item)
        else:
            heapreplace(self.slowest, item)
        if len(self.slowest) == SLOWEST:
            self.floor_ns = self.slowest[0][0]


class Samples:
    """The shelves of all steps and outcomes; failing exchanges are told at once, slow ones when their minute is over.

    So many references to answers are held: 5 for each step and outcome.
    """

    def __init__(self, steps: tuple[str, ...], tell: Callable[[Sample], None]) -> None:
        self._tell = tell
        self._minute = self._number = 0
        self.shelves = [Shelf() for _ in range(len(steps) * len(OUTCOMES))]

    def failing(self, sample: Sample) -> None:
        """Tell a failing exchange, where its shelf has room."""
        self.shelves[sample.tag].failing += 1
        self._tell(sample)

    def slow(self, sample: Sample) -> None:
        """Keep an exchange that took longer than its shelf's floor."""
        self._number += 1
        took_ns = sample.exchanged.ended_ns - sample.exchanged.started_ns
        self.shelves[sample.tag].slow(took_ns, self._number, sample)

    def turn(self, now_ns: int) -> None:
        """Tell the slowest of a minute that is over, and begin another."""
        if now_ns // MINUTE_NS != self._minute:
            self._minute = now_ns // MINUTE_NS
            self.end()

    def end(self) -> None:
        """Tell the slowest so far."""
        for shelf in self.shelves:
            for _, _, sample in sorted(shelf.slowest, reverse=True):
                self._tell(sample)
            shelf.clear()


def named(sample: Sample, steps: tuple[str, ...]) -> dict[str, Any]:
    """Return whose a sample is, in words."""
    step, outcome = divmod(sample.tag, len(OUTCOMES))
    return {
        "why": sample.why,
        "step": steps[step],
        "outcome": OUTCOMES[outcome],
        "session": sample.session,
        "visit": sample.visit,
        "ordinal": sample.ordinal,
        "attempt": sample.attempt,
        "reason": sample.reason,
        "t": sample.at_ns / SECOND_NS,
    }
