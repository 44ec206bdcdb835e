"""A run that is prolonged until its budgets are decided: judged at its looks while it is played, and then ended."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput
from cutover.rehearsal.control import ask
from reports.budgets import DOSSIERS, Budget, read_budgets
from reports.gate import judge
from reports.header import NAME, Window
from reports.looks import Look
from reports.run import Run

SETTLED_S = 6.0
"""A second is written at the latest 5 s after its end."""

Show = Callable[[Mapping[str, Any]], None]


@dataclass
class Prolonged:
    """What looks at a run, and ends it once every budget that a run can decide by itself has passed or failed.

    The last look is the gate's: it judges what was played to the end. Dossiers are set against the portal only when
    the run is over, and comparisons need a baseline: neither is waited for.
    """

    looks: tuple[Look, ...]
    show: Show
    _number: int = 0

    def __call__(self, folder: Path, status: Mapping[str, Any]) -> None:
        """Take how a run stands."""
        self.show(status)
        if self._number >= len(self.looks) - 1 or status["state"] != "playing":
            return
        look = self.looks[self._number]
        run = Run.open(folder)
        to_s = run.header.measurement.from_s + look.seen_s
        if status["t"] < to_s + SETTLED_S:
            return
        self._number += 1
        seen = run.header.model_copy(update={"measurement": Window(from_s=run.header.measurement.from_s, to_s=to_s)})
        verdict = judge(
            replace(run, header=seen),
            decidable(run.header.budgets, run.header.steps, run.folder / NAME),
            error_rate=look.error_rate,
            so_far=True,
        )
        if verdict.verdict in ("pass", "fail"):
            ask(folder, "decide", to_s=to_s, error_rate=look.error_rate, look=self._number)


def decidable(lines: Sequence[str], steps: Collection[str], source: Path) -> tuple[Budget, ...]:
    """Return the budgets that a run's own measurement decides; raise BadInput where there are none."""
    budgets = read_budgets(lines, steps, source=source)
    found = tuple(each for each in budgets if each.subject != DOSSIERS and not each.is_relative)
    if not found:
        rule = "holds none that the run itself decides"
        raise BadInput.single(source, "budgets", None, rule, "write one, or leave --extend-to out")
    return found
