"""A steady-state study: one long replication of each variant of a forecast under a steady load, and its own course."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Mistake
from reports.estimates import steady_estimates, words
from reports.header import Header
from reports.run import Run
from reports.steady import ROWS, steady_backlogs
from reports.summary import Summary
from scenarios.steady_load import unsteady
from scenarios.study import OnRound, unseen
from scenarios.study_result import ended
from scenarios.study_trial import StudyTrial, record
from scenarios.trials import Failure, OnEnd, Trial, ignore, run_trials, workers
from scenarios.variants import Variants

MOST_STATIONS = 10
"""So many stations are told in words, those with the longest backlogs; JSON has all."""


@dataclass(frozen=True)
class SteadyStudy(Variants):
    """What is studied, each variant by one replication; raises BadInput where a load is not steady over its window."""

    def __post_init__(self) -> None:
        super().__post_init__()
        reasons = {name: unsteady(forecast) for name, forecast in self.variants.items()}
        remedy = "choose another --window, or leave out --steady: replications need no steady load"
        mistakes = [
            Mistake("study", f"variants.{name}", None, f"is not steady: {reason}", remedy)
            for name, reason in reasons.items()
            if reason
        ]
        if mistakes:
            raise BadInput(mistakes)

    def identity(self) -> dict[str, Any]:
        """Say all that a trial's result depends on."""
        return {**super().identity(), "steady": True}

    def play(
        self, out: Path, cluster: str | None = None, on_end: OnEnd = ignore, on_round: OnRound = unseen
    ) -> "SteadyResult":
        """Play what is missing, as `Study.play` does."""
        budgets = self.budgets()
        if cluster is None:
            self.compile()
        with workers(cluster) as found, self.opened(out) as folder:
            trials = {
                name: SteadyTrial(self.name, name, 0, forecast, budgets[name], folder)
                for name, forecast in self.variants.items()
            }

            def end(trial: Trial, failure: Failure | None) -> None:
                record(folder, trial, failure)
                on_end(trial, failure)

            on_round(sum(trial.is_done() for trial in trials.values()), len(trials))
            failures: tuple[Failure, ...] = ()
            interrupted = False
            try:
                failures = run_trials(trials.values(), found, end)
            except KeyboardInterrupt:
                interrupted = True
            done = {name: trial.read("steady") for name, trial in trials.items() if trial.is_done()}
            return SteadyResult(done, failures, len(trials) - len(done), interrupted)


@dataclass(frozen=True)
class SteadyTrial(StudyTrial):
    """One long replication; the file holds its summary, its budgets' steady estimates, and its stations' backlogs."""

    def _header(self) -> Header:
        header = self.forecast.header()
        return header.model_copy(update={"interval_s": max(1.0, math.ceil(header.measurement.length_s / ROWS))})

    def _result(self, run: Run) -> dict[str, Any]:
        stations = [{"station": name, **found.to_dict()} for name, found in steady_backlogs(run)]
        part = {"budgets": steady_estimates(run, self.budgets), "backlogs": stations}
        return {**self._named(), "steady": part, "summary": Summary.of(run).to_dict()}


@dataclass(frozen=True)
class SteadyResult:
    """What a steady-state study found: of each variant the budgets' estimates and the stations' mean backlogs."""

    found: Mapping[str, Mapping[str, Any]]
    failures: tuple[Failure, ...]
    missing: int
    interrupted: bool

    @property
    def exit_code(self) -> int:
        """What a command that played it ends with, as a `StudyResult`; inconclusive without the first's interval."""
        is_known = all(not part["budgets"][0]["why"] for part in self.found.values())
        return ended(self.interrupted, self.missing, is_known)

    def words(self) -> list[str]:
        """Tell the estimates of each variant, as lines for a terminal."""
        lines = []
        for variant, part in self.found.items():
            stations = sorted(part["backlogs"], key=lambda one: -one["value"])
            lines += [variant, *(f"  {words(one)}" for one in part["budgets"])]
            lines += [f"  backlog of {words(_named(one))}" for one in stations[:MOST_STATIONS]]
            if len(stations) > MOST_STATIONS:
                lines.append(f"  and {len(stations) - MOST_STATIONS} stations with shorter backlogs (--json has all)")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "variants": dict(self.found),
            "missing": self.missing,
            "interrupted": self.interrupted,
            "exit_code": self.exit_code,
            "failures": [asdict(failure) for failure in self.failures],
        }


def _named(backlog: Mapping[str, Any]) -> dict[str, Any]:
    return {**backlog, "budget": backlog["station"], "unit": "number"}
