"""A study: many replications of several variants of a forecast, compared draw by draw, until one quantity is precise.

Its folder `<out>/<name>` holds `study.json`, which says what is studied, and `trials/`: one file for each trial, named
by study, variant and replication, renamed into place when it is whole. So a study that was stopped is played again to
go on, and only what is missing is simulated. Variants share their seed, so that replication n of each has the same
draws (common random numbers), and their differences are known far better than their values.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Interrupted, Mistake
from models.statistics.precision import Precision
from reports.budgets import Budget, read_budgets
from reports.lines import SCHEMA
from scenarios.forecast import Forecast
from scenarios.study_result import StudyResult, differences
from scenarios.study_trial import WORKING, StudyTrial, put_whole, read_json, record
from scenarios.trials import Failure, OnEnd, Trial, ignore, run_trials, workers

NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")


@dataclass(frozen=True)
class Study:
    """What is studied: variants of a forecast by name, and budgets' lines, whose values (not verdicts) are estimated.

    Replications go on until the first line's value has the precision in every variant. How often each forecast says
    that it is to be replicated does not count. Raises BadInput with all mistakes.
    """

    name: str
    variants: Mapping[str, Forecast]
    lines: tuple[str, ...]
    precision: Precision

    def __post_init__(self) -> None:
        mistakes = [
            Mistake("study", "name", name, f"must be like {NAME.pattern}", "rename it")
            for name in (self.name, *self.variants)
            if not NAME.fullmatch(name)
        ]
        if not self.variants:
            mistakes.append(Mistake("study", "variants", None, "must be one at least", "give a forecast"))
        if not self.lines:
            mistakes.append(Mistake("study", "budgets", None, "must be one at least", "give what is to be estimated"))
        seeds = {forecast.scenario.file.seed for forecast in self.variants.values()}
        if len(seeds) > 1:
            remedy = "give the variants one seed: they are compared draw by draw"
            mistakes.append(Mistake("study", "seed", sorted(seeds), "must be the same in all variants", remedy))
        if mistakes:
            raise BadInput(mistakes)

    def play(self, out: Path, cluster: str | None = None, on_end: OnEnd = ignore) -> StudyResult:
        """Play what is missing of the study, here or on a cluster that shares `out`, and estimate.

        `on_end` is called as each trial ends. A trial that failed is recorded beside the results, as
        `<trial>.failed.json`, and is played again when the study is. Ctrl-C keeps what is done.
        """
        folder = out / self.name / "trials"
        budgets = {name: self._budgets(forecast) for name, forecast in self.variants.items()}
        self._begin(out / self.name)

        def end(trial: Trial, failure: Failure | None) -> None:
            record(folder, trial, failure)
            on_end(trial, failure)

        done, count = 0, self.precision.at_least
        failures: tuple[Failure, ...] = ()
        with workers(cluster) as found:
            while done < count:
                fresh = [trial for number in range(done, count) for trial in self._trials(number, budgets, folder)]
                try:
                    failures += run_trials(fresh, found, end)
                except KeyboardInterrupt:
                    raise Interrupted(f"interrupted; what is done is in {folder}") from None
                finally:
                    for left in folder.glob(f"{WORKING}*"):  # by workers that died
                        shutil.rmtree(left, ignore_errors=True)
                result = self._result(count, budgets, folder, failures)
                done, count = count, min(count + self._more(result), self.precision.at_most)
        return result

    def _more(self, result: StudyResult) -> int:
        """Return how many more replications the variant that needs most asks for."""
        first = " ".join(self.lines[0].split())
        return max((looks[first].more for looks in result.estimates.values() if first in looks), default=0)

    def _budgets(self, forecast: Forecast) -> tuple[Budget, ...]:
        stations = [station.name for station in forecast.network().stations]
        return read_budgets(self.lines, forecast.scenario.steps, stations, "study")

    def _trials(self, number: int, budgets: Mapping[str, tuple[Budget, ...]], folder: Path) -> Iterator[StudyTrial]:
        for name, forecast in self.variants.items():
            yield StudyTrial(self.name, name, number, forecast, budgets[name], folder)

    def _begin(self, folder: Path) -> None:
        """Make the folder, or see that it is this study's; raise BadInput when it is another's."""
        path, mine = folder / "study.json", {"schema": SCHEMA, **self._identity()}
        try:
            (folder / "trials").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            rule = f"cannot be made ({error.strerror})"
            raise BadInput.single("study", "folder", str(folder), rule, "name another") from None
        if not path.exists():
            put_whole(path, self._identity(), folder)
        elif read_json(path) != mine:
            rule = "holds another study: a scenario, plan, span or budget differs"
            raise BadInput.single(path, "study", self.name, rule, "give this one another name, or remove the folder")

    def _identity(self) -> dict[str, Any]:
        """Say all that a trial's result depends on, besides its number."""
        return {
            "study": self.name,
            "budgets": [" ".join(line.split()) for line in self.lines],
            "variants": {
                name: {
                    "scenario": forecast.scenario.name,
                    "scenario_hash": forecast.scenario.hash,
                    "as_of": str(forecast.scenario.file.as_of),
                    "seed": forecast.scenario.file.seed,
                    "plan": forecast.plan.name,
                    "plan_hash": hashlib.blake2b(forecast.plan.to_toml().encode(), digest_size=16).hexdigest(),
                    "from_s": forecast.span.begins_s,
                    "to_s": forecast.span.ends_s,
                    "measurement": forecast.span.window.model_dump(),
                }
                for name, forecast in self.variants.items()
            },
        }

    def _result(
        self, count: int, budgets: Mapping[str, tuple[Budget, ...]], folder: Path, failures: tuple[Failure, ...]
    ) -> StudyResult:
        values: dict[str, dict[str, dict[int, float]]] = {name: {} for name in self.variants}
        for trial in (trial for n in range(count) for trial in self._trials(n, budgets, folder)):
            for text, value in (trial.values() if trial.is_done() else {}).items():
                values[trial.variant].setdefault(text, {})[trial.number] = value
        first, *others = self.variants
        return StudyResult(
            count,
            {
                name: {text: self.precision.look(list(found.values())) for text, found in values[name].items()}
                for name in self.variants
            },
            {name: differences(values[first], values[name], self.precision.level) for name in others},
            failures,
        )
