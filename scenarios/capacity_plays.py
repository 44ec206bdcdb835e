"""Plays what a search for capacity asks to see: replications of settings, each once, on cores or on a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from cutover.base.errors import BadInput, CutoverError
from models.capacity.search import Point
from scenarios.capacity import Asked
from scenarios.capacity_setting import Setting
from scenarios.capacity_trial import CapacityTrial, Outcome, worst
from scenarios.span import Span
from scenarios.trials import OnEnd, Workers, ignore, run_trials

Wanted = tuple[Setting, int]
"""A setting and a replication's number."""

OnRound = Callable[[int], None]


class Plays:
    """What was seen so far; `played` counts simulations, those that a folder held already left out."""

    def __init__(
        self, asked: Asked, folder: Path, workers: Workers, on_round: OnRound = lambda _: None, on_end: OnEnd = ignore
    ) -> None:
        self.asked, self.played = asked, 0
        self._folder, self._workers, self._on_round, self._on_end = folder, workers, on_round, on_end
        self._seen: dict[tuple[Setting, int, Span], Outcome] = {}

    def outcomes(self, wanted: Sequence[Wanted], spans: Sequence[Span] | None = None) -> list[Outcome]:
        """Return what replications come to, those not seen yet played at once: over the search's windows, or others.

        Raises CutoverError when one fails, BadInput when no budget has data.
        """
        over = self.asked.spans if spans is None else spans
        keys = [(setting, number, span) for setting, number in wanted for span in over]
        self._play([key for key in dict.fromkeys(keys) if key not in self._seen])
        return [worst([self._seen[setting, number, span] for span in over]) for setting, number in wanted]

    def known(self, setting: Setting, number: int) -> Outcome | None:
        """Return what a replication came to, where it was seen."""
        seen = [self._seen.get((setting, number, span)) for span in self.asked.spans]
        found = [each for each in seen if each is not None]
        return worst(found) if len(found) == len(seen) else None

    def of(self, point: Point, times: float = 1.0) -> Setting:
        """Return the setting of a point, everything that is uncertain drawn."""
        return Setting(point, times, self.asked.forecast.draws)

    def _play(self, keys: Sequence[tuple[Setting, int, Span]]) -> None:
        trials = {key: self._trial(*key) for key in keys}
        fresh = sum(not trial.is_done() for trial in trials.values())
        self.played += fresh
        if fresh:
            self._on_round(self.played)
        failures = run_trials(trials.values(), self._workers, self._on_end)
        if failures:
            raise CutoverError("\n".join(f"{one.trial} failed: {one.trace or one.error}" for one in failures))
        for key, trial in trials.items():
            found = trial.outcome()
            if not found.values:
                texts = "; ".join(budget.text for budget in self.asked.budgets)
                rule = "have no data in what is simulated"
                raise BadInput.single("options", "budgets", texts, rule, "choose another --window")
            self._seen[key] = found

    def _trial(self, setting: Setting, number: int, span: Span) -> CapacityTrial:
        forecast = replace(setting.of(self.asked.forecast, self.asked.axes), span=span, replications=1)
        return CapacityTrial(forecast, number, self.asked.budgets, self._folder)
