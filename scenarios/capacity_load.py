"""What a scenario asks of a plan's places over time: by theory, in milliseconds, before anything is simulated.

All steps of a session are counted where it begins: the minutes that it lasts are little against a day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.capacity.offered import Demand, Offered, demands, offered
from models.journeys import expected_visits
from models.schedule import Profile
from reports.header import Window
from scenarios.demand import parts
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario
from scenarios.span import BUSIEST_STEP_S, Span

Floats = NDArray[np.float64]


def steps_rps(scenario: Scenario, begins_s: Floats, length_s: float) -> dict[str, Floats]:
    """Return how many of each step begin a second on average, in windows of a length that begin at float64[n]."""
    visits = {journey.name: expected_visits(journey) for journey in scenario.journeys}
    found: dict[str, Floats] = defaultdict(lambda: np.zeros(len(begins_s)))
    for part in parts(scenario):
        profile = Profile(part.arriving)
        rate = (profile.expected(begins_s + length_s) - profile.expected(begins_s)) / length_s
        for name, share in part.journeys(scenario).items():
            for step, times in visits[name].items():
                found[step] = found[step] + rate * share * times
    return found


def loads(forecast: Forecast, window: Window) -> dict[str, Offered]:
    """Return what is offered to each station and pool of the forecast's plan, on average over a window."""
    rates = steps_rps(forecast.scenario, np.array([window.from_s]), window.length_s)
    means = {step: float(rate[0]) for step, rate in rates.items()}
    return {name: offered(asked, means) for name, asked in _asked(forecast).items()}


def erlangs(forecast: Forecast, windows: Sequence[Window], names: Sequence[str]) -> list[float]:
    """Return the offered load of some places, in the window in which it is greatest."""
    found = [loads(forecast, window) for window in windows]
    return [max(each[name].erlangs if name in each else 0.0 for each in found) for name in names]


def province_shares(scenario: Scenario) -> list[float]:
    """Return the shares of the provinces' citizens."""
    return [province.population / scenario.places.total for province in scenario.places.provinces]


def windows_by_load(forecast: Forecast, names: Sequence[str], length_s: float, more: int) -> tuple[list[Span], int]:
    """Return spans that do not overlap, and how many of them, the first ones, can bind.

    Those are the windows of a length in which most is asked of some place; `more` are the next busiest, in which some
    place is nearest to what is asked of it at its busiest.
    """
    duration_s = forecast.scenario.file.duration_s
    length_s = min(length_s, duration_s)
    begins_s = np.arange(0.0, duration_s - length_s + BUSIEST_STEP_S / 2, BUSIEST_STEP_S)
    rates, asked = steps_rps(forecast.scenario, begins_s, length_s), _asked(forecast)
    by_place = np.array([_erlangs(asked.get(name, {}), rates, len(begins_s)) for name in names])
    share = by_place / np.maximum(by_place.max(axis=1, keepdims=True), np.finfo(float).tiny)
    chosen = _apart(np.argmax(share, axis=1).tolist(), begins_s, length_s, [], len(names))
    binding = len(chosen)
    chosen = _apart(np.argsort(-share.max(axis=0), kind="stable").tolist(), begins_s, length_s, chosen, binding + more)
    warm_up_s = forecast.scenario.file.forecast.warm_up_s
    return [Span(Window(from_s=at_s, to_s=at_s + length_s), warm_up_s) for at_s in chosen], binding


def _apart(order: Sequence[int], begins_s: Floats, length_s: float, chosen: Sequence[float], count: int) -> list[float]:
    """Add windows to those chosen, in an order, as long as they overlap none and are not more than so many."""
    found = list(chosen)
    for at in order:
        apart = all(abs(float(begins_s[at]) - other) >= length_s - 1e-9 for other in found)
        if apart and len(found) < count:
            found.append(float(begins_s[at]))
    return found


def _asked(forecast: Forecast) -> Mapping[str, Mapping[str, Demand]]:
    return demands(forecast.network(), province_shares(forecast.scenario))


def _erlangs(asked: Mapping[str, Demand], rates: Mapping[str, Floats], count: int) -> Floats:
    found = np.zeros(count)
    for step, demand in asked.items():
        found = found + rates.get(step, 0.0) * demand.busy_s
    return found
