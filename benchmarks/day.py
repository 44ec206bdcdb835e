"""Whole days of the nation, request by request, from sessions to run files: an ordinary one, and one of a billion."""

import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.results import write
from models.journeys import Journey, Step, expected_visits
from models.laws import Law, Lognormal
from models.plan import Plan, find_plan, read_plan
from reports.header import Window
from reports.run import Run
from scenarios.forecast import Forecast, Span, play_replication
from scenarios.mix import shares_of
from scenarios.scenario import Scenario, find_scenario, read_scenario

REQUESTS = 15
"""Of a visit on average, assumed, as `models/plans/national-flow.toml` has it."""

SURGE = 15.3
"""Times an ordinary day's visits: a billion requests."""

DAY_S = 86_400.0
LEAST_THINK_S = 1.0


def by_request(journey: Journey, times: float) -> Journey:
    """Return a journey whose steps may follow themselves: they come `times` as often, after shorter thoughts."""
    steps = tuple(
        Step(
            step.name,
            _shorter(step.think, times),
            step.limit_s,
            ((step.name, 1.0 - 1.0 / times), *((name, share / times) for name, share in step.following)),
        )
        for step in journey.steps
    )
    return Journey(journey.name, steps)


def _shorter(think: Law, times: float) -> Law:
    mean_s = max(2.0 * LEAST_THINK_S, think.mean_s / times)
    return Lognormal(law="lognormal", mean_s=mean_s, cv=1.0, shift_s=LEAST_THINK_S)


def day(surge: float) -> tuple[Scenario, Plan]:
    """Return the ordinary day by requests, so many times as busy, with as many times the servers and room to wait."""
    scenario, plan = read_scenario(find_scenario("ordinary-day")), read_plan(find_plan("national-flow"))
    steps = {journey.name: sum(expected_visits(journey).values()) for journey in scenario.journeys}
    arrivals = scenario.file.arrivals
    assert arrivals is not None
    assert arrivals.volume is not None
    mean = sum(share * steps[name] for name, share in shares_of(arrivals.journeys).items())
    volume = arrivals.volume.model_copy(update={"times": arrivals.volume.times * surge})
    file = scenario.file.model_copy(update={"arrivals": arrivals.model_copy(update={"volume": volume})})
    stations = {
        name: station.model_copy(
            update={"servers": round((station.servers or 0) * surge), "queue": round((station.queue or 0) * surge)}
        )
        for name, station in plan.stations.items()
    }
    journeys = tuple(by_request(journey, REQUESTS / mean) for journey in scenario.journeys)
    return replace(scenario, file=file, journeys=journeys), plan.model_copy(update={"stations": stations})


def play(surge: float, hours: float, folder: Path) -> tuple[int, int, float]:
    """Play the first hours of a day; return its requests, its visits to stations, and the CPU seconds that it took."""
    scenario, plan = day(surge)
    span = Span(Window(from_s=0.0, to_s=3600.0 * hours), 0.0, 0.0)
    forecast = Forecast(scenario, plan, span, 1, "recursion")
    begun = time.process_time()
    play_replication(forecast, 0, folder, forecast.header())
    seconds = time.process_time() - begun
    run = Run.open(folder)
    return sum(sum(line.offered_by_step.values()) for line in run.counters), run.header.planned.sessions, seconds


def main() -> None:
    """Play the ordinary day, or with the argument `surge` the other one, and write what it took."""
    surge = sys.argv[1:] == ["surge"]
    with tempfile.TemporaryDirectory() as place:
        play(1.0, 0.1, Path(place) / "compiled")
        begun = time.perf_counter()
        requests, sessions, seconds = play(SURGE if surge else 1.0, 24.0, Path(place) / "day")
        wall = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in (Path(place) / "day").rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = [
        (
            f"{requests:,} requests of {sessions:,} sessions, from sessions to run files, one core",
            f"{seconds:,.0f} s of CPU, {wall:,.0f} s (1 run)",
            "600 s" if surge else "60 s",
        ),
        ("a request, about five visits to stations", f"{seconds / requests * 1e9:,.0f} ns", ""),
        ("peak memory", f"{peak:.2f} GiB", "3 GiB"),
        ("the run's files", f"{size / 2**20:,.1f} MiB", ""),
    ]
    name, claim = (
        ("A surge day", "A day of a billion requests takes minutes on one core, in memory that does not grow with it.")
        if surge
        else ("An ordinary day", "A whole day of the nation, request by request, takes about a minute on one core.")
    )
    write(name, claim, rows, ("numba", "numpy"))


if __name__ == "__main__":
    main()
