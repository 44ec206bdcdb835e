"""An observer of either kind of engine, for tests that hold one against the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.engines.batch import Records
from models.network import Outcome

Row = tuple[int, int, int, str, str, int, int]
"""Session, ordinal, visit, step, outcome, intended start, end."""


@dataclass
class Told:
    """Keeps what an engine tells, and how many records came at once."""

    rows: list[Row] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def session(self, instant_ns: int) -> None:
        """Take no note: a session's first step tells of it."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Take no note: a step's end tells of it."""

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
        """Keep a step's end; in simulations it is sent when it is meant."""
        assert sent_ns == intended_ns
        self.rows.append((session, ordinal, visit, step, outcome, intended_ns, end_ns))

    def steps(self, names: Sequence[str], records: Records) -> None:
        """Keep the ends of many steps."""
        self.calls.append(records.step.size)
        columns = (column.tolist() for column in records)
        for step, outcome, session, ordinal, visit, intended_ns, end_ns in zip(*columns, strict=True):
            word = Outcome(outcome).name.lower()
            self.rows.append((session, ordinal, visit, names[step], word, intended_ns, end_ns))
