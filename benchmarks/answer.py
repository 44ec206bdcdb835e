"""How soon a small what-if is answered: by a command, and by a Python that has answered one before."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.results import spread, timed, write
from cutover.rehearsal.forecast import play_forecast
from models.plan import find_plan, read_plan
from reports.gate import judge
from scenarios.forecast import Forecast
from scenarios.scenario import find_scenario, read_scenario
from scenarios.span import busiest

RUNS = 11
SMALL = ("forecast", "ci-smoke", "--replications", "1")
LATE = ("forecast", "ordinary-day", "--window", "20:00..20:01", "--replications", "1")
LIBRARIES = """
import gc
gc.set_threshold(100_000)
import typer, pydantic, numpy, scipy.special, hdrh.codec, rich.progress, models.kernel
gc.freeze()
"""
FIRST_KERNEL = f"{LIBRARIES}\nfrom models.draws import uniforms\nuniforms(1, numpy.arange(3), 0)\ngc.freeze()"
ANSWERS = (0, 3, 4)


def new_process(folder: str, *arguments: str) -> None:
    """Run a Python as one that has been installed, with its modules compiled to bytecode."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, env=environment, check=False)
    if ended.returncode not in ANSWERS:
        raise SystemExit(ended.stderr.decode())


def commands_s(folder: str, runs: int, command: tuple[str, ...]) -> list[float]:
    """Return the wall seconds of whole command lines, each a process of its own."""
    return timed(runs, lambda: new_process(folder, "-m", "cutover", *command, "--out", folder))


def session_s(folder: str) -> list[float]:
    """Return the wall seconds of what-ifs in one Python: the small scenario with more and more servers."""
    scenario, plan = read_scenario(find_scenario("ci-smoke")), read_plan(find_plan("stand-in"))
    more = count(1)

    def what_if() -> None:
        portal = plan.stations["portal"].model_copy(update={"servers": next(more)})
        changed = plan.model_copy(update={"stations": plan.stations | {"portal": portal}})
        fresh = replace(scenario)
        with contextlib.redirect_stderr(io.StringIO()):
            judge(play_forecast(Forecast(fresh, changed, busiest(fresh), 1), Path(folder)))

    return timed(RUNS, what_if)


def main() -> None:
    """Time commands, what of them is loading libraries, and what-ifs of a session."""
    with tempfile.TemporaryDirectory() as folder:
        small_s, late_s = commands_s(folder, RUNS, SMALL), commands_s(folder, 5, LATE)
        loading_s = timed(RUNS, lambda: new_process(folder, "-c", LIBRARIES))
        first_s = timed(RUNS, lambda: new_process(folder, "-c", FIRST_KERNEL))
        again_s = session_s(folder)
    words = "`python -c` that loads numba, NumPy, SciPy's special functions, pydantic, typer, rich and hdrhistogram"
    rows = [
        (f"`cutover {' '.join(SMALL)}`, a minute of the stand-in, from its start to its exit", spread(small_s), "1 s"),
        (words, spread(loading_s), "what of it is loading libraries"),
        (
            "the same, and one compiled function called: numba then loads the rest of itself",
            spread(first_s),
            "so is this",
        ),
        ("the second such what-if of a session in Python, with another number of servers", spread(again_s), "1 s"),
        (f"`cutover {' '.join(LATE)}`, the nation by `event`, 600 s of warm-up", spread(late_s), ""),
    ]
    claim = (
        "A small what-if is answered in a second in a session that has begun. A command takes longer: it loads numba "
        "and other libraries before it computes anything."
    )
    write("First answer", claim, rows, ("numba", "numpy", "scipy", "pydantic"))


if __name__ == "__main__":
    main()
