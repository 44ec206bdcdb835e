"""`cutover scenario show | plot | import` as their users meet them."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from scenarios.scenario import shipped


@pytest.fixture
def cutover(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Return a function that runs `cutover scenario …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["scenario", *arguments])


def log_lines(sessions: int) -> str:
    stamp = "01/Jul/2025:08:{:02d}:{:02d} +0700"
    line = '10.0.0.{} - - [{}] "GET {} HTTP/1.1" 200 9 "-" "Mozilla/5.0"\n'
    times = [(i % 3600, i % 200, "/") for i in range(sessions)]
    times += [(at_s + 5, who, "/search") for at_s, who, _ in times]
    return "".join(line.format(who, stamp.format(at // 60, at % 60), path) for at, who, path in sorted(times))


def test_a_scenario_is_shown_with_its_figures(cutover):
    shown = cutover("show", "go-live")
    assert shown.exit_code == 0, shown.stderr
    assert "arrivals.sessions = 6,900,000 (4,600,000 to 13,800,000): assumed, 1.5 times the 4.6 M" in shown.stdout
    document = json.loads(cutover("show", "go-live", "--json").stdout)
    assert [figure["key"] for figure in document["figures"]] == ["population", "arrivals.sessions"]
    volumes = {row["volume"]: row for row in document["volumes"]}
    assert volumes["feedback"]["expected"] == pytest.approx(134)
    assert volumes["visits"]["published"]["value"] == 4_600_000
    assert volumes["dossiers_received"]["published"] is None


@pytest.mark.parametrize("name", shipped())
def test_a_check_expects_as_many_sessions_as_are_shown(cutover, name):
    checked, shown = cutover("check", name).stdout, cutover("show", name).stdout
    sessions = checked.removeprefix(f"{name}: sound; ").partition(" in ")[0]
    assert f"\n  {sessions}, the most at " in shown
    assert json.loads(cutover("check", name, "--json").stdout)["expected_sessions"] == pytest.approx(
        int(sessions.split()[0].replace(",", "")), abs=0.5
    )


def test_a_scenario_is_plotted_or_refused(cutover, tmp_path):
    drawn = cutover("plot", "rehearsal", "--out", "r.png")
    assert (drawn.exit_code, drawn.stdout) == (0, "r.png\n"), drawn.stderr
    refused = cutover("plot", "rehearsal", "--out", "r.jpg")
    assert refused.exit_code == 2
    assert refused.stderr == "options: --out = 'r.jpg': must end in .png or .svg; give one of the two\n"
    assert [path.name for path in tmp_path.iterdir()] == ["r.png"]


def test_a_log_becomes_a_scenario_that_a_check_accepts(cutover, tmp_path):
    (tmp_path / "access.log").write_text(log_lines(200) + "noise\n", encoding="utf-8")
    ended = cutover("import", "access.log", "--out", "mine.toml")
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.startswith("access.log: 200 sessions in 401 lines, 400 of them used (99.8 %)")
    assert "1 × unreadable: the line is not in this format\n    line 401: noise" in ended.stdout
    assert ended.stderr == "written: mine.toml, journeys/mine_look_up.toml\n"
    checked = cutover("check", "mine.toml")
    assert checked.stdout == "mine: sound; 200 sessions expected in 205 s\n", checked.stderr
    again = cutover("import", "access.log", "--out", "mine.toml")
    assert again.exit_code == 2
    assert "mine.toml': exists already" in again.stderr
    document = json.loads(cutover("import", "access.log", "--out", "two.toml", "--json").stdout)
    assert document["sessions"] == 200
    assert document["files"] == ["two.toml", "journeys/two_look_up.toml"]
    assert document["journeys"]["two_look_up"]["steps"]["search"]["think"]["samples"] == 200


def test_an_import_makes_its_folder(cutover, tmp_path):
    (tmp_path / "access.log").write_text(log_lines(200), encoding="utf-8")
    ended = cutover("import", "access.log", "--out", "new/er/mine.toml")
    assert ended.exit_code == 0, ended.stderr
    assert ended.stderr == "written: new/er/mine.toml, new/er/journeys/mine_look_up.toml\n"
    assert cutover("check", "new/er/mine.toml").exit_code == 0


def test_bad_imports_are_exit_2_and_leave_nothing(cutover, tmp_path):
    (tmp_path / "access.log").write_text(log_lines(20), encoding="utf-8")
    for arguments, words in (
        (("none.log", "--out", "new/x.toml"), "none.log: file: cannot be read"),
        (("access.log", "--out", "access.log/new/x.toml"), "is in a folder that is a file; choose another folder"),
        (("access.log", "--out", "x.toml", "--format", "json"), "access.log:1: line = '10.0.0.0 - - ["),
        (("access.log", "--out", "X.toml"), "must be a file name of small letters"),
        (("access.log", "--out", "x.toml", "--patterns", "none.toml"), "none.toml: file: cannot be read"),
        (("access.log", "--out", "x.toml", "--format", "w3c"), "Invalid value for '--format'"),
    ):
        ended = cutover("import", *arguments)
        assert ended.exit_code == 2
        assert words in " ".join(ended.stderr.split()), ended.stderr
        assert isinstance(ended.exception, SystemExit)
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


@pytest.fixture
def surveyed(tmp_path):
    """Write a scenario whose population was published on 15 June 2025."""
    text = (
        'schema = 1\nname = "day"\ntitle = "A day"\nstarts = 2025-07-01T08:00:00+07:00\nduration_s = 60\n'
        "as_of = 2025-06-30\n[population]\nvalue = 101_600_000\n"
        'source = "a survey"\npublished = 2025-06-15\n'
        "[arrivals]\npoints = [[0, 1], [60, 1]]\n[journeys]\nbrisk_visit = 1.0\n"
        '[forecast]\nplan = "stand-in"\n'
    )
    (tmp_path / "day.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "command",
    [
        ["scenario", "check", "day.toml"],
        ["scenario", "show", "day.toml"],
        ["scenario", "plot", "day.toml", "--out", "day.png"],
        ["forecast", "day.toml"],
        ["swarm", "day.toml", "--host", "http://127.0.0.1:1"],
        ["rehearse", "day.toml"],
    ],
)
@pytest.mark.usefixtures("surveyed")
def test_a_figure_published_after_as_of_is_refused_by_every_command(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = "day.toml:10: population.published = '2025-06-15': was published after as_of = 2025-06-14; use a figure"
    refused = CliRunner().invoke(app, [*command, "--as-of", "2025-06-14"])
    assert refused.exit_code == 2
    assert refused.stderr.startswith(told)
    unread = CliRunner().invoke(app, [*command, "--as-of", "yesterday"])
    assert unread.exit_code == 2
    assert "'--as-of'" in unread.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["day.toml"]


@pytest.mark.usefixtures("surveyed")
def test_as_of_stands_in_the_place_of_the_file_s(cutover):
    assert "knows what was published up to 2025-06-15;" in cutover("show", "day.toml", "--as-of", "2025-06-15").stdout
    assert json.loads(cutover("check", "day.toml", "--as-of", "2025-06-15", "--json").stdout)["as_of"] == "2025-06-15"
    assert json.loads(cutover("check", "day.toml", "--json").stdout)["as_of"] == "2025-06-30"
    assert cutover("plot", "day.toml", "--out", "day.svg", "--as-of", "2025-06-15").exit_code == 0
