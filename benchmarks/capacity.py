"""The smallest national plan for the opening day: how soon it is found, and whether it stands on a fresh seed.

What was found is played again with another seed: it must hold with the probability, and every plan one step smaller
must hold less often under the same draws.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.results import write
from cutover.rehearsal.capacity import size
from models.plan import find_plan, read_plan
from reports.quantities import duration
from scenarios.capacity import Asked, asked
from scenarios.capacity_plays import Plays
from scenarios.capacity_search import Search
from scenarios.forecast import Forecast
from scenarios.scenario import find_scenario, read_scenario
from scenarios.span import busiest
from scenarios.trials import workers

FRESH_SEED = 9_000_001


def fresh(order: Asked) -> Asked:
    """Return the same search under another seed."""
    scenario = order.forecast.scenario
    file = scenario.file.model_copy(update={"seed": FRESH_SEED})
    return replace(order, forecast=replace(order.forecast, scenario=replace(scenario, file=file)))


def main() -> None:
    """Find the plan, then play it and all that are one step smaller with a fresh seed, and write what was found."""
    scenario, plan = read_scenario(find_scenario("go-live")), read_plan(find_plan("national"))
    order = asked(Forecast(scenario, plan, busiest(scenario), 1))
    order.forecast.compile()
    began_s, said = time.monotonic(), []

    def say(text: str) -> None:
        said.append((time.monotonic() - began_s, text))

    with tempfile.TemporaryDirectory() as folder, workers(None) as players:
        answer = size(order, Path(folder), None, say)
        took_s = time.monotonic() - began_s
        again = fresh(answer.asked)
        search = Search(again, Plays(again, Path(folder), players))
        own = search.odds(answer.found.point, order.probability)
        lower = {step.name: search.odds(step.point, own.share) for step in answer.found.steps}
    first_s = next(at_s for at_s, text in said if text.startswith("a first plan"))
    less = ", ".join(f"{name} {each.held}" for name, each in lower.items())
    rows = [
        ("the first plan that holds", duration(first_s), "at most 2 min"),
        (f"all of the answer, {answer.simulations} simulations", duration(took_s), "at most 30 min"),
        ("the answer on a fresh seed", f"{own.held} of {own.of} hold", f"{order.probability:g} within its interval"),
        (f"one step smaller on it: so many of {own.of} hold, at most", less, f"each fewer than {own.held}"),
    ]
    claim = "The smallest `national` plan for `go-live` with probability 0.95; a server costs 1, a token nothing."
    write("Capacity", claim, rows, ("numba", "joblib"))


if __name__ == "__main__":
    main()
