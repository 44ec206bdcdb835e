"""How far a forecast goes beyond what its plan was calibrated on: the highest load and the servers measured."""

from collections import defaultdict
from typing import Any

from models.plan import Plan
from reports.quantities import count, rate, significant
from reports.run import Run
from scenarios.course import STRETCH_S
from scenarios.forecast import Forecast

BEYOND = 3.0
"""So many times the load or the servers measured are no interpolation any more; assumed."""


def extrapolation(forecast: Forecast, run: Run) -> dict[str, Any]:
    """Set the highest load and the servers of a forecast beside those measured, with the sentence that tells it.

    `words` begins with "Extrapolated" beyond three times of either, with "Not calibrated" where nothing was measured.
    """
    reached, servers, measured = _highest_per_s(run), servers_of(forecast.plan), forecast.plan.calibration
    found: dict[str, Any] = {"calibrated": measured is not None, "extrapolated": False, "steps_per_s": reached}
    if measured is None:
        words = f"Not calibrated: assumed figures. No run measured what the plan {forecast.plan.name} says."
        return found | {"servers": servers, "words": words}
    beside = [(name, measured.servers.get(name), number) for name, number in servers.items()]
    times = {"the load": reached / measured.highest_rps}
    times |= {name: number / known for name, known, number in beside if known}
    beyond = {name: each for name, each in times.items() if each > BEYOND}
    told = [
        f"{name} {count(known)} measured, {count(number)} forecast"
        if known
        else f"{name} {count(number)}, not measured"
        for name, known, number in beside
    ]
    said = f"{rate(measured.highest_rps)} measured, {rate(reached)} forecast ({significant(times['the load'])} times)"
    runs = ", ".join(measured.runs)
    first = f"Calibrated on {runs} ({measured.fitted})"
    if beyond:
        farthest = ", ".join(f"{name} {significant(each)} times" for name, each in beyond.items())
        first = f"Extrapolated: {farthest} what was measured ({runs}, {measured.fitted})"
    return found | {
        "extrapolated": bool(beyond),
        "measured_per_s": measured.highest_rps,
        "times": times,
        "servers": [{"name": name, "measured": known, "forecast": number} for name, known, number in beside],
        "words": f"{first}; steps at most: {said}; servers: {', '.join(told)}.",
    }


def servers_of(plan: Plan) -> dict[str, int]:
    """Return the most servers of each station, and tokens of each pool, that a plan ever has at one."""
    stations = {
        name: max(count for _, count in station.schedule) if station.schedule else station.servers or 0
        for name, station in plan.stations.items()
    }
    pools = {
        name: max(count for _, count in pool.schedule) if pool.schedule else pool.tokens or 0
        for name, pool in plan.pools.items()
    }
    return stations | pools


def _highest_per_s(run: Run) -> float:
    """Return the most steps a second of any stretch, the mean of all replications."""
    length_s = max(STRETCH_S, run.header.interval_s)
    offered: dict[float, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for line in run.counters:
        if line.start_s < run.header.measurement.to_s:
            sums = offered[line.start_s // length_s]
            sums[0], sums[1] = sums[0] + line.offered, sums[1] + line.length_s
    return max((steps / seconds for steps, seconds in offered.values()), default=0.0) / run.header.replications
