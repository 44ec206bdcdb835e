"""`cutover runs`: list, show, prune, export, replay."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cutover.commands.main import app
from models.plan import find_plan, read_plan
from reports.header import Window
from reports.run import Run
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span
from tests.scenarios.conftest import SMALL


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """Return a folder with two simulated runs."""
    folder = tmp_path_factory.mktemp("shelf")
    path = folder / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    span = Span(Window(from_s=1.0, to_s=3.0), 0.5, 1.0)
    forecast = Forecast(read_scenario(path), read_plan(find_plan("stand-in")), span, 1)
    for _ in range(2):
        forecast.play(folder / "runs", lambda _: None)
    return folder / "runs"


def runs(*words):
    return CliRunner().invoke(app, ["runs", *map(str, words)])


def folders(shelf: Path) -> list[Path]:
    return sorted(path for path in shelf.iterdir() if path.is_dir())


def test_runs_are_listed(shelf):
    lines = runs("list", shelf).stdout.splitlines()
    assert len(lines) == 2
    assert all(line.endswith("A few seconds") and " simulated  complete  " in line for line in lines)
    document = json.loads(runs("list", shelf, "--json").stdout)
    assert {one["name"] for one in document["runs"]} == {path.name for path in folders(shelf)}
    assert runs("list", shelf / "nowhere").exit_code == 2


def test_an_empty_shelf_is_told(tmp_path):
    ended = runs("list", tmp_path)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == f"{tmp_path} holds no runs\n"


def test_a_run_is_shown_with_its_verdict_and_exit_code_0(shelf):
    run = folders(shelf)[0]
    ended = runs("show", run)
    assert ended.exit_code == 0
    assert ended.stdout.startswith("scenario  small: A few seconds\n")
    assert "all response p95 < 2s" in ended.stdout
    document = json.loads(runs("show", run, "--json").stdout)
    assert document["header"]["scenario"] == "small"
    assert set(document["summary"]["steps"]) > {"all"}
    assert document["verdict"] in ("pass", "fail", "inconclusive")


def test_runs_are_exported(shelf, tmp_path):
    ended = runs("export", *folders(shelf), "--out", tmp_path / "out")
    assert ended.exit_code == 0, ended.stderr
    written = [Path(line) for line in ended.stdout.splitlines()]
    assert {path.stem for path in written} == {"runs", "latencies", "counters", "steps", "stations"}
    assert pq.read_table(tmp_path / "out" / "runs.parquet").num_rows == 2


def test_a_replay_is_the_same_run_and_kept_where_asked(shelf, tmp_path):
    run = folders(shelf)[0]
    ended = runs("replay", run, "--out", tmp_path / "again")
    assert (ended.exit_code, ended.stdout) == (0, "The same run: 9 files, byte for byte.\n")
    [again] = folders(tmp_path / "again")
    assert ended.stderr.endswith(f"run: {again}\n")
    assert len(folders(shelf)) == 2  # nothing was left beside it


def test_a_replay_that_differs_is_exit_5(shelf, tmp_path):
    run = runs_copy(folders(shelf)[0], tmp_path / "run")
    counters = run / "counters.jsonl"
    counters.write_text(counters.read_text().replace('"started":', '"started":1', 1))
    ended = runs("replay", run, "--json")
    assert ended.exit_code == 5
    document = json.loads(ended.stdout)
    assert (document["same"], document["differs"], document["again"]) == (False, ["counters.jsonl differs"], None)


def runs_copy(run: Path, to: Path) -> Path:
    return Path(shutil.copytree(run, to))


def test_a_run_that_keeps_nothing_to_replay_is_bad_input(shelf, tmp_path):
    run = runs_copy(folders(shelf)[0], tmp_path / "run")
    (run / "inputs" / "forecast.toml").unlink()
    ended = runs("replay", run)
    assert ended.exit_code == 2
    assert "holds no inputs/forecast.toml, which forecasts keep; forecast its scenario anew" in ended.stderr


def test_pruning_names_what_would_go_and_removes_it_when_told(shelf, tmp_path):
    copies = tmp_path / "runs"
    for run in folders(shelf):
        runs_copy(run, copies / run.name)
    oldest = folders(copies)[0]
    ended = runs("prune", copies, "--keep", 1)
    assert ended.stdout.split() == [oldest.name]
    assert ended.stderr.startswith("would go: 1 folders, ")
    assert len(folders(copies)) == 2
    assert runs("prune", copies, "--older-than", "1d").stdout == ""
    ended = runs("prune", copies, "--keep", 1, "--yes", "--json")
    assert json.loads(ended.stdout)["removed"] is True
    assert [Run.open(path).state for path in folders(copies)] == ["complete"]


@pytest.mark.parametrize(
    ("options", "words"),
    [([], "is missing: nothing says which may go"), (["--older-than", "soon"], "'soon': is no age")],
)
def test_pruning_without_saying_what_is_bad_input(shelf, options, words):
    ended = runs("prune", shelf, *options)
    assert ended.exit_code == 2
    assert words in ended.stderr
