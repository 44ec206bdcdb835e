"""A study: many replications of several variants of a forecast, compared draw by draw, until one quantity is precise.

Its folder `<out>/<name>` holds `study.json`, which says what is studied, and `trials/`: one file for each trial, named
by study, variant and replication, renamed into place when it is whole. So a study that was stopped is played again to
go on, and only what is missing is simulated. Variants share their seed, so that replication n of each has the same
draws (common random numbers), and their differences are known far better than their values.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.statistics.precision import Precision
from reports.budgets import Budget
from scenarios.study_result import StudyResult, differences
from scenarios.study_trial import StudyTrial, record
from scenarios.trials import Failure, OnEnd, Trial, ignore, run_trials, workers
from scenarios.variants import Variants

OnRound = Callable[[int, int], None]


def unseen(_done: int, _trials: int) -> None:
    """Do nothing when a round begins."""


@dataclass(frozen=True)
class Study(Variants):
    """What is studied, and how precisely: replications go on until the first line's value is so in every variant."""

    precision: Precision

    def play(
        self, out: Path, cluster: str | None = None, on_end: OnEnd = ignore, on_round: OnRound = unseen
    ) -> StudyResult:
        """Play what is missing of the study, here or on a cluster that shares `out`, and estimate.

        `on_round` is told how many trials are done, and how many there are now, before some are played; `on_end` is
        called as each of these ends. A trial that failed is recorded beside the results, as `<trial>.failed.json`, and
        is played again when the study is. After Ctrl-C the result is `interrupted`, and is that of what is done.
        """
        budgets = self.budgets()
        if cluster is None:
            self.compile()
        with workers(cluster) as found, self.opened(out) as folder:
            done, count = 0, self.precision.at_least
            failures: tuple[Failure, ...] = ()

            def end(trial: Trial, failure: Failure | None) -> None:
                record(folder, trial, failure)
                on_end(trial, failure)

            while done < count:
                trials = [trial for number in range(count) for trial in self._trials(number, budgets, folder)]
                on_round(sum(trial.is_done() for trial in trials), len(trials))
                try:
                    failures += run_trials(trials[done * len(self.variants) :], found, end)
                except KeyboardInterrupt:
                    return self._result(trials, failures, interrupted=True)
                result = self._result(trials, failures)
                done, count = count, min(count + self._more(result), self.precision.at_most)
        return result

    def _more(self, result: StudyResult) -> int:
        """Return how many more replications the variant that needs most asks for."""
        first = " ".join(self.lines[0].split())
        return max((looks[first].more for looks in result.estimates.values() if first in looks), default=0)

    def _trials(self, number: int, budgets: Mapping[str, tuple[Budget, ...]], folder: Path) -> Iterator[StudyTrial]:
        for name, forecast in self.variants.items():
            yield StudyTrial(self.name, name, number, forecast, budgets[name], folder)

    def _result(
        self, trials: list[StudyTrial], failures: tuple[Failure, ...], interrupted: bool = False
    ) -> StudyResult:
        values: dict[str, dict[str, dict[int, float]]] = {name: {} for name in self.variants}
        done = [trial for trial in trials if trial.is_done()]
        for trial in done:
            for text, value in trial.values().items():
                values[trial.variant].setdefault(text, {})[trial.number] = value
        first, *others = self.variants
        return StudyResult(
            {budget.text: budget.unit for budget in trials[0].budgets},
            len(trials) // len(self.variants),
            {
                name: {text: self.precision.look(list(found.values())) for text, found in values[name].items()}
                for name in self.variants
            },
            {name: differences(values[first], values[name], self.precision.level) for name in others},
            failures,
            len(trials) - len(done),
            interrupted,
        )
