"""Whether the load of a forecast is steady: whether one long replication can be estimated from its own course."""

from collections.abc import Iterator

import numpy as np

from cutover.base.clock import SECOND_NS
from models.demand.rates import between
from models.network import Network
from reports.header import Window
from reports.quantities import significant
from scenarios.demand import parts
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario

CLOSE = 1e-9


def unsteady(forecast: Forecast) -> str | None:
    """Say, as a sentence's end, why arrivals or capacity change over the window; None where neither does."""
    if forecast.is_uncertain:
        return "it has drawn figures that are uncertain, of which one replication sees one value each"
    window = forecast.span.window
    reasons = (*_arrivals(forecast.scenario, window), *_capacity(forecast.network(), window))
    return reasons[0] if reasons else None


def _arrivals(scenario: Scenario, window: Window) -> Iterator[str]:
    for part in parts(scenario):
        rates = np.array([rate for _, rate in between(part.arriving, window.from_s, window.to_s)])
        if rates.max() - rates.min() > CLOSE * rates.max():
            low, high = significant(float(rates.min())), significant(float(rates.max()))
            yield f"the flow `{part.name}` is not constant over the window ({low} to {high} sessions a second)"
        if part.entry.day_cv is not None:
            yield f"the days of the flow `{part.name}` differ by chance (day_cv), of which one replication sees few"


def _capacity(network: Network, window: Window) -> Iterator[str]:
    from_ns, to_ns = window.from_s * SECOND_NS, window.to_s * SECOND_NS
    for fault in network.faults:
        if fault.from_ns < to_ns and fault.to_ns > from_ns:
            yield f"a fault befalls the station `{fault.station}` within the window"
    for station in network.stations:
        if any(from_ns < at_ns < to_ns for at_ns, _ in station.schedule):
            yield f"the servers of `{station.name}` change within the window"
    for job in network.jobs:
        is_begun, is_over = job.from_ns <= from_ns, job.to_ns >= to_ns and job.rounds is None
        if job.from_ns < to_ns and job.to_ns > from_ns and not (is_begun and is_over):
            yield f"the job `{job.name}` does not last for the whole window"
