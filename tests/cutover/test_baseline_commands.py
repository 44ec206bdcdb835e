"""`cutover gate --baseline`, `cutover compare`, `cutover runs accept | history` as their users meet them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from tests.reports.conftest import Play, make_run

LOAD = {"duration_s": 60, "steps_per_s": 50.0, "budgets": ("all response p95 < 10s", "all response p95 <= baseline")}


@pytest.fixture
def cutover(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Return a function that runs `cutover …` in a folder that holds two runs of the same code and a slower one."""
    monkeypatch.chdir(tmp_path)
    for name, mean_s, seed in (("base", 0.1, 1), ("same", 0.1, 2), ("slower", 0.2, 3)):
        make_run(Path(name), Play(**LOAD, mean_s=mean_s), seed)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_the_gate_compares_with_a_run(cutover):
    alone = cutover("gate", "slower")
    assert alone.exit_code == 4
    assert "no baseline was named; name one with --baseline" in alone.stdout
    judged = cutover("gate", "slower", "--baseline", "base", "--json")
    assert judged.exit_code == 3
    budget = json.loads(judged.stdout)["budgets"][1]
    assert (budget["verdict"], budget["unit"]) == ("fail", "change")
    assert budget["interval"][0] > 0


def test_the_gate_compares_with_a_name_of_the_store(cutover):
    assert cutover("gate", "same", "--baseline", "main").exit_code == 2
    assert cutover("runs", "accept", "base", "--branch", "main").exit_code == 0
    judged = cutover("gate", "slower", "--baseline", "main")
    assert judged.exit_code == 3, judged.stdout
    assert cutover("gate", "same", "--baseline", "main").exit_code in (0, 4)


def test_the_gate_refuses_other_machines_unless_told(cutover):
    path = Path("base/run.json")
    header = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**header, "machine": {"processor": "Q", "cores": 64}}), encoding="utf-8")
    refused = cutover("gate", "slower", "--baseline", "base")
    assert refused.exit_code == 2
    assert "another class of machine" in refused.stderr
    assert cutover("gate", "slower", "--baseline", "base", "--across", "machines").exit_code == 3


def test_runs_are_compared(cutover):
    shown = cutover("compare", "slower", "base")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.splitlines()[0].startswith("step")
    rows = json.loads(cutover("compare", "slower", "base", "same", "--json").stdout)
    assert rows["baselines"] == ["base", "same"]
    found = next(row for row in rows["differences"] if (row["step"], row["metric"]) == ("all", "response p50"))
    assert found["change"] == pytest.approx(1, abs=0.3)


def test_only_a_run_that_passes_is_accepted(cutover):
    assert "is a baseline of main" in cutover("runs", "accept", "base").stdout
    refused = cutover("runs", "accept", "slower")
    assert refused.exit_code == 2
    assert "--reason" in refused.stderr
    moved = cutover("runs", "accept", "slower", "--reason", "a stronger signature", "--json")
    assert json.loads(moved.stdout)["reason"] == "a stronger signature"
    assert cutover("gate", "slower", "--baseline", "main").exit_code != 3


def test_a_run_is_accepted_by_the_budgets_that_judged_it(cutover):
    Path("budgets.txt").write_text("all response p95 < 1us\n", encoding="utf-8")
    assert cutover("runs", "accept", "base", "--budgets", "budgets.txt").exit_code == 2
    Path("budgets.txt").write_text("all response p95 < 5s\n", encoding="utf-8")
    assert cutover("runs", "accept", "base", "--budgets", "budgets.txt").exit_code == 0


def test_what_the_page_tells_to_type_exists(cutover):
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text(encoding="utf-8")
    lines = [line.split("#")[0].split() for line in page.splitlines() if line.startswith("cutover ")]
    assert len(lines) >= 6
    for words in lines:
        name = words[1:3] if words[1] == "runs" else words[1:2]
        told = cutover(*name, "--help")
        assert told.exit_code == 0
        assert all(word in told.stdout for word in words if word.startswith("--")), words


def test_a_history_tells_of_its_changes(cutover):
    assert "no change over 0 runs of main (12 are needed)" in cutover("runs", "history").stderr
    for name in ["base"] * 6 + ["slower"] * 6:
        assert cutover("runs", "accept", name, "--reason", "a test").exit_code == 0
    told = cutover("runs", "history", "main", "--json")
    found = json.loads(told.stdout)
    assert found["runs"] == 12
    assert {change["run"] for change in found["changes"]} == {"slower"}
    assert "from slower on" in cutover("runs", "history").stdout
