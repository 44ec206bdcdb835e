"""A trial of a search for capacity: one replication of one setting over one window, whose result is one file."""

import hashlib
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from reports.budgets import Budget
from reports.evidence import value
from reports.no_evidence import NoEvidence
from reports.run import Run
from reports.stations import stations_of
from scenarios.forecast import Forecast, play_replication
from scenarios.study_trial import WORKING, put_whole, read_json

INTERVALS_S = (60.0, 30.0, 10.0, 1.0)
"""The lengths of intervals that a trial may keep; the greater the quicker, and nothing else."""

MOST_EXCESS = 1000.0
"""An excess is told no greater than this: how late what never came would be is not known."""


@dataclass(frozen=True)
class Outcome:
    """What a replication came to: whether all budgets hold, the worst one's value over its limit, and each value.

    `values` are infinite where a quantile was not reached; a budget without data is not among them. `utilisation` is
    each station's and pool's mean over the window, of a family its busiest member's.
    """

    holds: bool
    excess: float
    values: dict[str, float]
    utilisation: dict[str, float]


@dataclass(frozen=True)
class CapacityTrial:
    """One replication of one setting, over the forecast's span."""

    forecast: Forecast
    number: int
    budgets: tuple[Budget, ...]
    folder: Path

    @cached_property
    def name(self) -> str:
        """What it is called: a digest of all that its result depends on, and its number."""
        asked = self.forecast
        parts = (
            asked.scenario.hash,
            asked.scenario.file.model_dump_json(by_alias=True),
            asked.plan.model_dump_json(by_alias=True),
            repr(asked.span),
            asked.draws,
            *(budget.text for budget in self.budgets),
        )
        return f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:24]}-{self.number}"

    @property
    def path(self) -> Path:
        """The file of its result."""
        return self.folder / f"{self.name}.json"

    def is_done(self) -> bool:
        """Tell whether its result is there."""
        return self.path.exists()

    def play(self) -> None:
        """Simulate the replication in a folder of this attempt's own, and keep what it comes to."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=WORKING) as working:
            run = Path(working) / "run"
            header = self.forecast.header()
            kept = header.model_copy(update={"interval_s": self._interval_s(header.interval_s)})
            play_replication(self.forecast, self.number, run, kept)
            put_whole(self.path, self._result(Run.open(run)), Path(working))

    def _interval_s(self, fine_s: float) -> float:
        """Return the longest interval that cuts the window, and the budgets' own, as exactly as a run's would."""
        if any(budget.metric not in ("response", "service", "error_rate", "goodput") for budget in self.budgets):
            return fine_s
        window = self.forecast.span.window
        lengths = (window.from_s, window.length_s, *(budget.over_s for budget in self.budgets if budget.over_s))
        hours = 60.0 if any(budget.within for budget in self.budgets) else 0.0
        return next((each for each in INTERVALS_S if not any(length % each for length in (*lengths, hours))), fine_s)

    def outcome(self) -> Outcome:
        """Return what its file tells."""
        found = read_json(self.path)
        values = {text: math.inf if each is None else float(each) for text, each in found["values"].items()}
        known = [(budget, values[budget.text]) for budget in self.budgets if budget.text in values]
        return Outcome(
            all(budget.holds(each) for budget, each in known),
            max((excess(budget, each) for budget, each in known), default=0.0),
            values,
            found["utilisation"],
        )

    def _result(self, run: Run) -> dict[str, Any]:
        values: dict[str, float | None] = {}
        for budget in self.budgets:
            try:
                found = value(run, budget)
            except NoEvidence:
                continue
            values[budget.text] = found if math.isfinite(found) else None
        busy: dict[str, float] = {}
        for station in stations_of(run):
            place = station.name.partition("[")[0]
            busy[place] = max(busy.get(place, 0.0), station.mean)
        return {"values": values, "utilisation": busy}


def excess(budget: Budget, found: float) -> float:
    """Return a value over its limit, or the limit over it where more is better; below 1 where it holds by far."""
    above, below = (found, budget.limit) if budget.caps else (budget.limit, found)
    if below == 0.0:
        return 0.0 if above == 0.0 else MOST_EXCESS
    return min(above / below, MOST_EXCESS)


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Join what a replication came to in several windows: it holds where it holds in all of them."""
    last = max(outcomes, key=lambda each: (not each.holds, each.excess))
    names = dict.fromkeys(name for each in outcomes for name in each.utilisation)
    busy = {name: max(each.utilisation.get(name, 0.0) for each in outcomes) for name in names}
    texts = dict.fromkeys(text for each in outcomes for text in each.values)
    values = {text: next(one.values[text] for one in (last, *outcomes) if text in one.values) for text in texts}
    return Outcome(last.holds, last.excess, values, busy)
