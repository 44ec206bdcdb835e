"""What an engine tells while it runs."""

from collections.abc import Sequence
from typing import Protocol

from models.engines.batch import Records


class Observer(Protocol):
    """Receives every session and step of a simulation; all times in ns since scenario start."""

    def session(self, instant_ns: int) -> None:
        """Take note of a session's start."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Take note of a step whose intended start has come."""

    def step(
        self,
        step: str,
        outcome: str,
        session: int,
        ordinal: int,
        intended_ns: int,
        sent_ns: int,
        end_ns: int,
        visit: int = 1,
    ) -> None:
        """Take note of a step's end as the citizen saw it.

        Called for each offered step once, in the order in which the engine gets there; a step that timed out
        may be told when its server work is over, with the earlier end that the citizen saw.
        """


class BulkObserver(Protocol):
    """Receives the same from a compiled engine, many steps at a time."""

    def steps(self, names: Sequence[str], records: Records) -> None:
        """Take note of steps that have ended; `names` are those that `records.step` are indices of.

        Each offered step comes once, so that sessions and offers follow from the records. The arrays are the engine's
        own: they change after the call.
        """


class WholeObserver(Observer, BulkObserver, Protocol):
    """Can be told by any engine."""
