"""A run, its verdict, and what a pipeline makes of it: what every output is written from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from cutover.base.errors import BadInput
from reports.budgets import budget_mistakes, read_budgets
from reports.gate import EXIT_CODES, Verdict
from reports.run import Run
from reports.summary import Summary

SCHEMA = 1
"""Of the document that `to_dict` returns: `reports/schemas/verdict-1.json`."""

Undecided = Literal["warn", "fail", "rerun"]

_SAID = {
    "warn": "Undecided is taken as a warning here, and the exit code is 0",
    "fail": "Undecided is taken as a failure here",
    "rerun": "Undecided: another run is asked for",
}


@dataclass(frozen=True)
class Judged:
    """A run and its verdict.

    `on_inconclusive` is what an undecided verdict is taken as, None as what it is; `budgets` the file that the budgets
    stand in, None where it is the run's own header.
    """

    run: Run
    verdict: Verdict
    on_inconclusive: Undecided | None = None
    budgets: Path | None = None

    @property
    def taken(self) -> Undecided | None:
        """What the verdict is taken as, where it is undecided and somebody has said."""
        return self.on_inconclusive if self.verdict.verdict == "inconclusive" else None

    @property
    def exit_code(self) -> int:
        """The exit code of a command with this verdict."""
        return {"warn": EXIT_CODES["pass"], "fail": EXIT_CODES["fail"]}.get(self.taken or "", self.verdict.exit_code)

    @property
    def sentence(self) -> str:
        """What is made of an undecided verdict, in a sentence; empty where nothing is."""
        return f"{_SAID[self.taken]} (--on inconclusive={self.taken})." if self.taken else ""

    @cached_property
    def summary(self) -> Summary:
        """The run in figures."""
        return Summary.of(self.run)

    @cached_property
    def lines(self) -> Mapping[str, int]:
        """The lines of the file of budgets, by the budgets' texts; none where there is no such file."""
        if self.budgets is None:
            return {}
        text, steps = self.budgets.read_text(encoding="utf-8-sig"), self.run.header.steps
        numbered = [
            (number, line) for number, line in enumerate(text.split("\n"), 1) if not budget_mistakes(line, steps)
        ]
        return {read_budgets([line], steps)[0].text: number for number, line in numbered}

    def words(self) -> str:
        """Return the verdict as lines for a terminal."""
        return "\n".join([self.verdict.words(), *([self.sentence] if self.sentence else [])])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as the JSON object that `cutover gate --json` prints."""
        header = self.run.header
        return {
            "schema": SCHEMA,
            "run": str(self.run.folder),
            "scenario": header.scenario,
            "kind": header.kind,
            "state": self.run.state,
            **self.verdict.to_dict(),
            "exit_code": self.exit_code,
            "on_inconclusive": self.on_inconclusive,
            "summary": self.summary.to_dict(),
        }


def undecided(text: str) -> Undecided:
    """Read what `--on` is given: `inconclusive=` and a word; raise BadInput for anything else."""
    state, _, word = text.partition("=")
    for known in get_args(Undecided):
        if (state, word) == ("inconclusive", known):
            found: Undecided = known
            return found
    remedy = f"write one of {', '.join(f'inconclusive={known}' for known in get_args(Undecided))}"
    raise BadInput.single("options", "--on", text, "says nothing of an undecided verdict", remedy)
