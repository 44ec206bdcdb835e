"""What an engine tells while it runs."""

from typing import Protocol


class Observer(Protocol):
    """Receives every session and step of a simulation; all times in ns since scenario start."""

    def session(self, instant_ns: int) -> None:
        """Take note of a session's start."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Take note of a step whose intended start has come."""

    def step(
        self, step: str, outcome: str, session: int, ordinal: int, intended_ns: int, sent_ns: int, end_ns: int
    ) -> None:
        """Take note of a step's end as the citizen saw it.

        Called for each offered step once, in the order in which the engine gets there; a step that timed out
        is told when its server work is over, with the earlier end that the citizen saw.
        """
