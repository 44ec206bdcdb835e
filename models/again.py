"""A citizen's will to try again, when a step was not ok: the same draws in every engine, and in swarms."""

from typing import Protocol

from models.draws import stream, uniform
from models.laws import Law


class Rule(Protocol):
    """With a probability, after a pause, and at most so many times: a plan's `reload` or `come_back`."""

    @property
    def probability(self) -> float:
        """How likely it is."""

    @property
    def wait(self) -> Law:
        """The pause."""

    @property
    def times(self) -> int:
        """How often at most."""


class Will:
    """Whether citizens do something again (`reload`, `come_back`), and after which pause; without a rule never."""

    def __init__(self, seed: int, replication: int, what: str, rule: Rule | None) -> None:
        self._rule = rule
        self._chance = stream(seed, replication, f"citizen/{what}/chance")
        self._wait = stream(seed, replication, f"citizen/{what}/wait")

    def wait_ns(self, session: int, index: int, done: int) -> int | None:
        """Return the pause before a citizen who has tried again `done` times does so, or None."""
        rule = self._rule
        if rule is None or done >= rule.times or uniform(self._chance, session, index) >= rule.probability:
            return None
        return rule.wait.sample_ns(self._wait, session, index)
