"""Plans, or scenarios, compared under common draws: the same replications of each, and how they differ."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cutover.base.errors import BadInput, Mistake
from cutover.rehearsal.study import play_study
from models.plan import Plan, find_plan, read_plan
from reports.budgets import DOSSIERS
from scenarios.forecast import Forecast
from scenarios.precision import asked as asked_precision
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.span import asked, busiest
from scenarios.study import Study
from scenarios.study_result import StudyResult


@dataclass(frozen=True)
class Compared:
    """What is compared: plans on the scenario `on`; without it scenarios, each on its own plan or all on `plan`."""

    names: Sequence[str]
    on: str | None = None
    plan: str | None = None
    window: str | None = None
    as_of: datetime | None = None
    budgets: Sequence[str] = ()
    replications: int | None = None
    precision: str | None = None

    def play(self) -> StudyResult:
        """Play all replications; raise BadInput with the mistakes of everything that is named."""
        variants = self._variants()
        first = next(iter(variants.values())).scenario
        lines = tuple(self.budgets) or tuple(line for line in first.file.budgets if line.split()[0] != DOSSIERS)
        study = Study("compare", variants, lines, asked_precision(self.precision, self.replications))
        with tempfile.TemporaryDirectory() as folder:
            result = play_study(study, Path(folder), None)
        assert isinstance(result, StudyResult), "a study of replications"
        return result

    def _variants(self) -> dict[str, Forecast]:
        mistakes: list[Mistake] = []
        forecasts: list[tuple[str, Forecast]] = []
        for name in self.names:
            try:
                forecasts.append(self._on_plan(name) if self.on is not None else self._of_scenario(name))
            except BadInput as error:
                mistakes += error.mistakes
        called = [name for name, _ in forecasts]
        mistakes += [
            Mistake("options", "compare", name, "is the name of several", "name each once, and rename one of them")
            for name in dict.fromkeys(called)
            if called.count(name) > 1
        ]
        if mistakes:
            raise BadInput(list({str(mistake): mistake for mistake in mistakes}.values()))
        seed = forecasts[0][1].scenario.file.seed
        return {name: _seeded(forecast, seed) for name, forecast in forecasts}

    def _on_plan(self, name: str) -> tuple[str, Forecast]:
        assert self.on is not None, "plans are compared on a scenario"
        plan = read_plan(find_plan(name))
        return plan.name, self._forecast(self._read(self.on), plan)

    def _of_scenario(self, name: str) -> tuple[str, Forecast]:
        scenario = self._read(name)
        return scenario.name, self._forecast(scenario, read_plan(find_plan(self.plan or scenario.file.forecast.plan)))

    def _read(self, name: str) -> Scenario:
        return read_scenario(find_scenario(name), self.as_of.date() if self.as_of else None)

    def _forecast(self, scenario: Scenario, plan: Plan) -> Forecast:
        span = busiest(scenario) if self.window is None else asked(scenario, self.window)
        return Forecast(scenario, plan, span, 1)


def _seeded(forecast: Forecast, seed: int) -> Forecast:
    """Return a forecast with the seed that all share: they are compared draw by draw."""
    scenario = forecast.scenario
    return replace(forecast, scenario=replace(scenario, file=scenario.file.model_copy(update={"seed": seed})))
