"""A tornado: how far each uncertain figure alone moves a forecast's first budget, and at what value the verdict flips.

Each figure is moved to the 2.5 % and the 97.5 % quantile of its range while all others stay at their estimates. All
points share their draws (common random numbers), so that little of what differs between them is chance. Where the
verdict at the two ends is not the same, the value at which it flips lies between them: it is found by bisection, which
takes the answer to rise or fall along the range.
"""

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, CutoverError
from models import factors
from models.statistics.replications import over_replications
from reports.budgets import DOSSIERS, Budget, read_budgets
from reports.quantities import quantity
from scenarios.figure import HIGH, LOW, Ranged
from scenarios.forecast import Forecast
from scenarios.study_trial import StudyTrial
from scenarios.trials import OnEnd, Workers, ignore, run_trials, workers
from scenarios.uncertain import at_estimates, moved, uncertain

ROUNDS = 6
"""Halvings of a range in which the verdict flips."""

OnRound = Callable[[int], None]


@dataclass(frozen=True)
class Bar:
    """A figure moved alone; `low` and `high` are the ends of its range, the values those of the budget there.

    A value is infinite where a quantile was not reached. `flips_at` is where the verdict flips, known to lie between
    the two numbers of `flips_between`; None where it does not within the range.
    """

    name: str
    figure: float
    low: float
    high: float
    origin: str
    value_at_low: float
    value_at_high: float
    holds_at_low: bool
    holds_at_high: bool
    flips_at: float | None = None
    flips_between: tuple[float, float] | None = None

    @property
    def swing(self) -> float:
        """How far the answer moves."""
        if math.isinf(self.value_at_low) and math.isinf(self.value_at_high):
            return 0.0
        return abs(self.value_at_high - self.value_at_low)


@dataclass(frozen=True)
class Tornado:
    """All bars, the widest first, around the budget's value with every figure at its estimate."""

    budget: str
    unit: str
    limit: float
    value: float
    holds: bool
    replications: int
    simulations: int
    bars: tuple[Bar, ...]

    def words(self) -> list[str]:
        """Tell it in lines."""
        said = quantity(self.value, self.unit)
        stands = "holds" if self.holds else "does not hold"
        first = f"{self.budget}: {said} with every figure at its estimate, where it {stands}"
        return [first, *(f"  {self._words(bar)}" for bar in self.bars)]

    def _words(self, bar: Bar) -> str:
        ends = (quantity(bar.value_at_low, self.unit), quantity(bar.value_at_high, self.unit))
        said = f"{bar.name} {bar.figure:.6g} ({bar.low:.6g} to {bar.high:.6g}): {ends[0]} to {ends[1]}"
        if bar.flips_between is not None:
            low, high = bar.flips_between
            return f"{said}; the verdict flips at {bar.flips_at:.4g} (between {low:.4g} and {high:.4g})"
        if bar.holds_at_low != self.holds:
            return f"{said}; the verdict is another at both ends"
        return f"{said}; the verdict does not flip within the range"

    def to_dict(self) -> dict[str, Any]:
        """Return it as a part of `findings.json`; a value that is infinite is None."""
        bars = [{name: _finite(value) for name, value in asdict(bar).items()} for bar in self.bars]
        whole = {name: _finite(value) for name, value in vars(self).items() if name != "bars"}
        return {**whole, "bars": bars, "words": self.words()}


@dataclass(frozen=True)
class _Factor:
    """A figure of the scenario, or a factor of the plan: its number, and itself at a quantile, as a forecast."""

    name: str
    figure: float
    origin: str
    at: Callable[[float], float]
    forecast: Callable[[float], Forecast]


def factors_of(forecast: Forecast) -> "tuple[_Factor, ...]":
    """Return what may be moved: the scenario's figures that have a range, and the plan's factors."""
    still = _still(forecast)
    figures = [_figure(forecast, still, name, figure) for name, _, figure in uncertain(forecast.scenario)]
    return (*figures, *(_factor(forecast, still, each) for each in factors.ranges(forecast.plan)))


def _still(forecast: Forecast) -> Forecast:
    """Return the forecast with every figure at its estimate."""
    plan = factors.at_estimates(forecast.plan)
    return replace(forecast, scenario=at_estimates(forecast.scenario), plan=plan, draws="nothing")


def _figure(forecast: Forecast, still: Forecast, name: str, figure: Ranged) -> _Factor:
    def at(quantile: float) -> Forecast:
        return replace(still, scenario=moved(forecast.scenario, name, quantile))

    return _Factor(name, figure.number, figure.origin, figure.at, at)


def _factor(forecast: Forecast, still: Forecast, each: factors.Range) -> _Factor:
    def at(quantile: float) -> Forecast:
        return replace(still, plan=factors.moved(forecast.plan, each.name, quantile))

    return _Factor(f"plan: {each.name}", 1.0, each.origin, partial(factors.value, forecast.plan, each.name), at)


def budget_of(forecast: Forecast) -> Budget:
    """Return the first budget that a simulation can answer; raise BadInput where there is none."""
    scenario = forecast.scenario
    found = read_budgets(scenario.file.budgets, scenario.steps, source=scenario.path)
    known = [budget for budget in found if budget.subject != DOSSIERS and not budget.is_relative]
    if not known:
        rule = "holds none that a simulation can answer"
        raise BadInput.single(scenario.path, "budgets", None, rule, "write one, such as `all response p95 < 3s`")
    return known[0]


def simulations(forecast: Forecast) -> int:
    """Return how many simulations its ends take; a figure whose verdict flips takes more."""
    return forecast.replications * (1 + 2 * len(factors_of(forecast)))


def tornado(
    forecast: Forecast, cluster: str | None = None, on_round: OnRound = lambda _: None, on_end: OnEnd = ignore
) -> Tornado:
    """Move each uncertain figure of a forecast alone, its number of replications at each point.

    `on_round` is told how many simulations there will be so far, `on_end` is called as each ends. Raises BadInput when
    nothing is uncertain, or there is no budget to answer.
    """
    found = factors_of(forecast)
    budget = budget_of(forecast)
    if not found:
        remedy = "give figures a range: `low` and `high`, or the plan [[uncertain]] tables"
        raise BadInput.single("options", "--tornado", forecast.scenario.name, "has nothing that is uncertain", remedy)
    still = _still(forecast)
    if cluster is None:
        still.compile()
    with workers(cluster) as players, tempfile.TemporaryDirectory() as folder:
        play = _Player(budget, forecast.replications, Path(folder), players, on_round, on_end)
        values = play([still, *(each.forecast(u) for each in found for u in (LOW, HIGH))])
        ends = list(zip(values[1::2], values[2::2], strict=True))
        flips = _flips(found, ends, budget, play)
    bars = [
        Bar(
            each.name,
            each.figure,
            each.at(LOW),
            each.at(HIGH),
            each.origin,
            low,
            high,
            budget.holds(low),
            budget.holds(high),
            *flips.get(at, (None, None)),
        )
        for at, (each, (low, high)) in enumerate(zip(found, ends, strict=True))
    ]
    bars.sort(key=lambda bar: -bar.swing)
    value = values[0]
    return Tornado(
        budget.text,
        budget.unit,
        budget.limit,
        value,
        budget.holds(value),
        forecast.replications,
        play.played,
        tuple(bars),
    )


def _flips(
    found: Sequence[_Factor], ends: Sequence[tuple[float, float]], budget: Budget, play: "_Player"
) -> dict[int, tuple[float, tuple[float, float]]]:
    """Bisect the quantiles of all figures whose verdict is not the same at both ends, a round of all at a time."""
    brackets = {at: (LOW, HIGH) for at, (low, high) in enumerate(ends) if budget.holds(low) != budget.holds(high)}
    for _ in range(ROUNDS if brackets else 0):
        middles = {at: (low + high) / 2.0 for at, (low, high) in brackets.items()}
        values = play([found[at].forecast(u) for at, u in middles.items()])
        for (at, u), value in zip(middles.items(), values, strict=True):
            low, high = brackets[at]
            brackets[at] = (u, high) if budget.holds(value) == budget.holds(ends[at][0]) else (low, u)
    return {
        at: (found[at].at((low + high) / 2.0), (found[at].at(low), found[at].at(high)))
        for at, (low, high) in brackets.items()
    }


class _Player:
    """Plays forecasts, the same replications of each, and tells each one's value of the budget."""

    def __init__(
        self,
        budget: Budget,
        replications: int,
        folder: Path,
        players: Workers,
        on_round: OnRound,
        on_end: OnEnd,
    ) -> None:
        self.played = 0
        self._budget, self._replications, self._folder = budget, replications, folder
        self._players, self._on_round, self._on_end = players, on_round, on_end
        self._points = 0

    def __call__(self, forecasts: Sequence[Forecast]) -> list[float]:
        """Return the value at each point: the mean of the replications', their median where one is infinite."""
        points = [
            [
                StudyTrial("tornado", str(self._points + at), number, each, (self._budget,), self._folder)
                for number in range(self._replications)
            ]
            for at, each in enumerate(forecasts)
        ]
        trials = [trial for each in points for trial in each]
        self._points += len(points)
        self.played += len(trials)
        self._on_round(self.played)
        failures = run_trials(trials, self._players, self._on_end)
        if failures:
            raise CutoverError("\n".join(f"{one.trial} failed: {one.trace or one.error}" for one in failures))
        return [self._value(each) for each in points]

    def _value(self, trials: Sequence[StudyTrial]) -> float:
        values = [value for trial in trials for value in trial.values().values()]
        if not values:
            rule = "has no data in what is simulated"
            raise BadInput.single("budgets", "--tornado", self._budget.text, rule, "choose another --window")
        return over_replications(values).value


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
