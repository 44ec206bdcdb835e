"""A run in a test: `assert run.meets("submit response p95 < 3s")` explains itself where it does not hold."""

from dataclasses import dataclass
from pathlib import Path

from reports.budgets import read_budgets
from reports.gate import Verdict, judge
from reports.run import Run


@dataclass(frozen=True)
class Answer:
    """Whether a run meets budgets: true when all of them pass, false when one is breached, undecided or void."""

    verdict: Verdict

    def __bool__(self) -> bool:
        return self.verdict.verdict == "pass"

    def __repr__(self) -> str:
        """Return what a failed assertion shows: why each budget that does not pass does not."""
        word = self.verdict.verdict.upper()
        if self:
            return f"<{word}: {self.verdict.reason}>"
        wrong = [one for one in self.verdict.judgements if one.verdict != "pass" and one.counts]
        if self.verdict.findings or not wrong:
            return f"<{word}: {self.verdict.reason}>"
        return f"<{word}: {' '.join(f'{one.budget.text}: {one.reason}' for one in wrong)}>"


@dataclass(frozen=True)
class RunUnderTest:
    """A run under test."""

    run: Run

    @classmethod
    def open(cls, folder: Path) -> "RunUnderTest":
        """Open a run's folder; raise BadInput when it is none."""
        return cls(Run.open(folder))

    def meets(self, *budgets: str) -> Answer:
        """Judge the run by budgets, or by its own when none is given; raise BadInput for lines that are none.

        Budgets of one call share an error rate of 5 %; each further call has one of its own.
        """
        lines = read_budgets(budgets, self.run.header.steps, source="meets") if budgets else None
        return Answer(judge(self.run, lines))

    def __repr__(self) -> str:
        """Return what a failed assertion shows of it."""
        return f"<run {self.run.folder.name}>"
