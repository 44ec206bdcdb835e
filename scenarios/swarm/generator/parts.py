"""The parts of journeys: each step of each, with all that playing it needs at hand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cutover.base.clock import SECOND_NS
from models.journeys import Walk
from models.laws import Constant
from scenarios.swarm.target.steps_file import Step

if TYPE_CHECKING:
    from scenarios.swarm.generator.player import Player


class Part:
    """One step of a journey: its function, its limit, and what comes after it.

    `step` is its number among all steps of the scenario. `open` holds the players in a step of the same limit, in the
    order in which they began it: who began first is out of time first.
    """

    __slots__ = ("_constant_ns", "_only", "_place", "_walk", "all", "limit_ns", "name", "open", "play", "step")

    def __init__(self, walk: Walk, place: tuple[int, int], step: int, play: Step, opened: "dict[Player, None]") -> None:
        self._walk, self._place, self.step, self.play, self.open = walk, place, step, play, opened
        journey, index = place
        entry = walk.journeys[journey].steps[index]
        self.name, self.limit_ns = entry.name, round(entry.limit_s * SECOND_NS)
        self._constant_ns = entry.think.sample_ns(0, 0, 0) if isinstance(entry.think, Constant) else None
        names = [other.name for other in walk.journeys[journey].steps]
        only = entry.following[0][0] if len(entry.following) == 1 else None
        self._only = -1 if len(entry.following) > 1 else len(names) if only is None else names.index(only)
        self.all: tuple[Part, ...] = ()

    def think_ns(self, session: int, ordinal: int) -> int:
        """Return the pause before it."""
        if self._constant_ns is not None:
            return self._constant_ns
        return self._walk.think_ns(*self._place, session, ordinal)

    def following(self, session: int, ordinal: int) -> "Part | None":
        """Return the part that comes after it, or None where the session ends; drawn only where there is a choice."""
        index = self._only
        if index < 0:
            drawn = self._walk.following(*self._place, session, ordinal)
            return None if drawn is None else self.all[drawn]
        return self.all[index] if index < len(self.all) else None


class Parts:
    """All parts: by journey, and those players that are in a step, by its limit."""

    def __init__(self, walk: Walk, names: tuple[str, ...], steps: Mapping[str, Step]) -> None:
        self.names = names
        self.open_by_limit: dict[int, dict[Player, None]] = {}
        numbers = {name: number for number, name in enumerate(names)}
        self._first: list[Part] = []
        for at, journey in enumerate(walk.journeys):
            made = tuple(
                Part(walk, (at, index), numbers[step.name], steps[step.name], self._opened(step.limit_s))
                for index, step in enumerate(journey.steps)
            )
            for part in made:
                part.all = made
            self._first.append(made[0])

    def first(self, journey: int) -> Part:
        """Return the part that a journey begins with."""
        return self._first[journey]

    def open_count(self) -> int:
        """Return how many players are in a step."""
        return sum(map(len, self.open_by_limit.values()))

    def _opened(self, limit_s: float) -> "dict[Player, None]":
        return self.open_by_limit.setdefault(round(limit_s * SECOND_NS), {})
