"""What may be loaded for what: the gate needs neither the swarm nor the engines."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SWARM = ("locust", "gevent", "geventhttpclient")


def loaded(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize("module", ["reports.gate", "reports.junit", "reports.markdown", "reports.run"])
def test_judging_a_run_needs_no_locust_numba_simpy_or_matplotlib(module):
    assert not loaded(module) & {*SWARM, "numba", "simpy", "matplotlib", "starlette", "sqlalchemy"}


@pytest.mark.parametrize("module", ["cutover.rehearsal.rehearsal", "scenarios.forecast", "scenarios.swarm.steps"])
def test_locust_stays_in_a_process_of_its_own(module):
    assert not loaded(module) & set(SWARM)


def test_a_generator_loads_neither_locust_nor_statistics_nor_the_stand_in_portal():
    needless = {*SWARM, "scipy.special", "sqlalchemy", "starlette"}
    assert not loaded("scenarios.swarm.generator.generator") & needless


def test_a_forecast_of_one_replication_loads_what_it_needs(tmp_path):
    """SciPy's solvers, its linear algebra, which numba would load, and joblib take half a second."""
    command = f"'forecast', 'ci-smoke', '--window', '0..5', '--replications', '1', '--out', {str(tmp_path)!r}"
    code = (
        f"import atexit, gc, sys; sys.argv = ['cutover', {command}]\n"
        "atexit.register(lambda: print('loaded', gc.get_freeze_count() > 0, *sys.modules))\n"
        "from cutover.commands.main import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, cwd=ROOT)
    told = [line.split() for line in ended.stdout.splitlines() if line.startswith("loaded ")]
    assert ended.returncode in (0, 3, 4), ended.stderr
    assert told[0][1] == "True"
    assert "models.engines.event.loop" in told[0]
    assert not {"scipy.linalg", "scipy.optimize", "joblib", "simpy", "matplotlib", "pyarrow"} & set(told[0])


def test_packages_hold_a_docstring_and_nothing_else():
    for folder in ("cutover", "scenarios", "reports", "fixtures", "models"):
        for path in (ROOT / folder).rglob("__init__.py"):
            text = path.read_text(encoding="utf-8").strip()
            assert text.startswith('"""'), path
            assert text.endswith('"""'), path
            assert text.count('"""') == 2, path
    assert not list((ROOT / "tests").rglob("__init__.py"))
