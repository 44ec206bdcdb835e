"""A setting: how many servers and tokens a plan has, and how many times the scenario's sessions come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.capacity.search import Axis, Point
from models.plan import Plan
from scenarios.figure import Factor
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario
from scenarios.uncertain import Draws

MOST_TIMES = 999.0
"""As many times the sessions as a scenario's `demand.volume` may say."""


@dataclass(frozen=True)
class Setting:
    """A point of the search, the sessions times `times`, and what each replication draws."""

    point: Point
    times: float = 1.0
    draws: Draws = "all"

    def of(self, forecast: Forecast, axes: Sequence[Axis]) -> Forecast:
        """Return the forecast with this many servers and sessions."""
        return replace(
            forecast,
            plan=with_numbers(forecast.plan, axes, self.point),
            scenario=busier(forecast.scenario, self.times),
            draws=self.draws,
        )


def with_numbers(plan: Plan, axes: Sequence[Axis], point: Point) -> Plan:
    """Return the plan with so many servers or tokens at each place."""
    numbers = {axis.name: number for axis, number in zip(axes, point, strict=True)}
    stations = {
        name: each.model_copy(update={"servers": numbers[name]}) if name in numbers else each
        for name, each in plan.stations.items()
    }
    pools = {
        name: each.model_copy(update={"tokens": numbers[name]}) if name in numbers else each
        for name, each in plan.pools.items()
    }
    return plan.model_copy(update={"stations": stations, "pools": pools})


def busier(scenario: Scenario, times: float) -> Scenario:
    """Return the scenario with so many times its sessions; a range that its volume has is multiplied too."""
    if times == 1.0:
        return scenario
    volume = scenario.file.demand.volume
    if volume is None:
        known = Factor(value=times, assumed="what if: so many times the sessions")
    else:
        ends = {
            name: None if end is None else end * times for name, end in (("low", volume.low), ("high", volume.high))
        }
        known = volume.model_copy(update={"value": volume.value * times, **ends})
    demand = scenario.file.demand.model_copy(update={"volume": known})
    return replace(scenario, file=scenario.file.model_copy(update={"demand": demand}))
