"""Installing `cutover` without extras is enough to judge runs and look at them; other commands say what they need."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from cutover.commands.extras import packages, require
from tests.reports.steady_run import steady_run

ROOT = Path(__file__).parents[2]
OURS = {"cutover", "scenarios", "reports", "fixtures", "models"}
HIDING = """
import importlib.metadata, json, re, sys
modules, packages, words = map(json.loads, sys.argv[1:])
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in modules:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
there = importlib.metadata.distribution
def distribution(name):
    if re.sub("[-_.]+", "-", name).lower() in packages:
        raise importlib.metadata.PackageNotFoundError(name)
    return there(name)
importlib.metadata.distribution = distribution
sys.argv = ["cutover", *words]
from cutover.commands.main import main
main()
"""


def normal(package: str) -> str:
    return re.sub("[-_.]+", "-", package).lower()


def closure(packages: set[str]) -> set[str]:
    """Return the packages and all that they need, extras apart."""
    found: set[str] = set()
    left = set(packages)
    while left:
        package = left.pop()
        found.add(package)
        try:
            lines = requires(package) or []
        except ModuleNotFoundError:  # of another system or Python
            continue
        needed = {normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines if "extra ==" not in line}
        left |= needed - found
    return found


@pytest.fixture(scope="module")
def hidden() -> tuple[list[str], list[str]]:
    """Return the modules and packages here that an installation without extras would not have."""
    base = closure({"cutover"})
    owners = packages_distributions()
    modules = [name for name, of in owners.items() if name not in OURS and not {normal(one) for one in of} & base]
    return modules, [
        package for package in {normal(one) for of in owners.values() for one in of} if package not in base
    ]


@pytest.fixture
def run(tmp_path) -> Path:
    return steady_run(tmp_path / "run", ["home response p50 < 1s"], steps=1000)


def play(hidden: tuple[list[str], list[str]], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDING, *map(json.dumps, (*hidden, words))],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )


def test_what_is_hidden_is_what_makes_runs_not_what_judges_them(hidden):
    modules, packages = hidden
    assert {"locust", "gevent", "numba", "llvmlite", "simpy", "faker", "starlette", "sqlalchemy", "pyarrow"} <= {
        *modules
    }
    assert not {"numpy", "scipy", "pydantic", "hdrh", "junitparser", "typer", "jinja2", "matplotlib"} & {*modules}
    assert "tomli-w" in packages


def test_judging_runs_and_looking_at_them_needs_no_extra(hidden, run, tmp_path):
    outputs = ("--junit", str(tmp_path / "verdict.xml"), "--summary", str(tmp_path / "verdict.md"))
    looks = (("report", str(run)), ("runs", "list", str(run.parent)), ("runs", "show", str(run)))
    for words in (("gate", str(run), "--json", *outputs), *looks):
        ended = play(hidden, *words)
        assert ended.returncode in (0, 4), (words, ended.stderr)
    assert (run / "report.html").exists()
    assert all(Path(outputs[i]).exists() for i in (1, 3))


@pytest.mark.parametrize(
    ("words", "extra", "package"),
    [
        (("forecast", "ci-smoke"), "models", "numba"),
        (("study", "ci-smoke"), "models", "simpy"),
        (("scenario", "list"), "models", "numba"),
        (("population", "sample", "1"), "population", "faker"),
        (("portal", "serve"), "portal", "starlette"),
        (("swarm", "ci-smoke", "--host", "http://127.0.0.1:9"), "swarm", "locust"),
        (("rehearse", "ci-smoke"), "swarm", "uvicorn"),
        (("runs", "export", "runs/RUN"), "export", "pyarrow"),
        (("runs", "replay", "runs/RUN"), "models", "numba"),
    ],
)
def test_a_command_that_needs_an_extra_names_it(hidden, words, extra, package):
    ended = play(hidden, *words)
    assert ended.returncode == 2, ended.stderr
    told = ended.stderr
    assert re.match(rf"cutover {words[0]}( [a-z]+)?: packages: must be installed first: ", told), told
    assert package in told
    assert told.endswith(f"; install them with: pip install 'cutover[{extra}]'\n")
    assert ended.stdout == ""


def test_every_extra_is_known_and_all_are_in_all():
    every = {
        package
        for extra in ("models", "population", "portal", "swarm", "cluster", "tls")
        for package in packages(extra)
    }
    assert every
    assert every <= {*packages("all")}
    assert packages("nothing") == []
    require("all", "cutover")  # the tools for working on cutover include all of them
