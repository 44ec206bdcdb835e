"""`cutover calibrate` and `cutover validate`, as users meet them: on runs of a model whose demands are known."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutover.commands.main import app
from models.plan import Plan, find_plan, read_plan
from reports.quantities import rate
from reports.run import Run
from scenarios.forecast import Forecast
from scenarios.levels import under
from scenarios.load import read_load
from scenarios.scenario import read_scenario
from scenarios.span import asked
from tests.scenarios.conftest import SMALL

TRUTH = read_plan(find_plan("stand-in"))
LOAD = "calibration 10/s to 90/s in 4 levels of 20s"
SCENARIO = SMALL.replace("brisk_visit = 0.5\nbrisk_look_up = 0.5", "brisk_look_up = 1.0")
STEPS = ("home", "search", "procedure")


def changed(plan, name, times):
    """Return a plan of another name whose services take so many times as long, by step."""
    data = plan.model_dump(by_alias=True, exclude_defaults=True) | {"name": name}
    for step, factor in times.items():
        for operation in data["programs"][step]:
            if "service" in operation:
                operation["service"]["mean_s"] *= factor
    return Plan.model_validate(data)


def scenario_of(folder):
    path = folder / "small.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return read_scenario(path)


def simulated(folder, load=LOAD, plan=TRUTH, replications=1):
    scenario = under(scenario_of(folder), load)
    return Forecast(scenario, plan, asked(scenario, "all"), replications).play(folder / "runs", lambda _: None).folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of the truth, a plan that is wrong about it, and that plan calibrated on all levels but one."""
    folder = tmp_path_factory.mktemp("calibrated")
    run = simulated(folder)
    wrong = changed(TRUTH, "wrong", {"home": 1.6, "search": 1.6, "procedure": 1.6})
    (folder / "wrong.toml").write_text(wrong.to_toml(), encoding="utf-8")
    level = rate(sorted(read_load(LOAD).per_s[1::2])[-2])
    ended = cutover(
        "calibrate", run, "--plan", folder / "wrong.toml", "-o", folder / "plan.toml", "--hold-out", level, "--json"
    )
    assert ended.exit_code == 0, ended.stderr
    return folder, run, level, json.loads(ended.stdout)


def cutover(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_known_demands_are_recovered_within_their_intervals(made):
    folder, _, level, told = made
    plan = read_plan(folder / "plan.toml")
    assert (plan.calibration.held_out, len(plan.calibration.runs), plan.calibration.levels) == (
        (f"{plan.calibration.runs[0]}: {level}",),
        1,
        3,
    )
    demands = {(one["step"], one["of"]): one for one in told["demands"] if one["station"] == "portal"}
    for step in STEPS:
        truth = sum(o.service.mean_s for o in TRUTH.programs[step] if o.service)
        assert demands[step, "service"]["value"] == pytest.approx(truth, rel=0.1)
    whole = sum(demands[step, "service"]["value"] for step in STEPS)
    assert whole == pytest.approx(0.007, rel=0.04)  # 2 + 3 + 2 ms
    assert [one["level"] for one in told["levels"] if one["held_out"]] == [level]
    assert {one["of"] for one in told["held_out"]} == {"mean", "p95", "busy"}
    assert all(abs(one["error"]) < 0.15 for one in told["held_out"])
    assert told["estimator"] in {one["estimator"] for one in told["tried"]}


def test_what_is_said_has_demands_residuals_and_estimators(made):
    folder, run, level, _ = made
    ended = cutover("calibrate", run, "--plan", folder / "wrong.toml", "-o", folder / "again.toml", "--hold-out", level)
    assert ended.exit_code == 0
    for words in ("3 levels of 1 runs", "held out", "demands, with 95 % intervals", "residual", "estimators, with"):
        assert words.replace("residual", "fitted against measured") in ended.stdout
    assert (folder / "again.toml").read_text() == (folder / "plan.toml").read_text()
    assert not (Run.open(run).findings.keys() & {"calibration"})
    assert not list(folder.glob(".again*"))


def test_a_calibrated_plan_is_validated_level_by_level(made, tmp_path):
    folder, run, level, _ = made
    ended = cutover("validate", folder / "plan.toml", run, "--draws", "16", "--json", "--out", tmp_path / "out")
    assert ended.exit_code == 0, ended.stderr + ended.stdout
    told = json.loads(ended.stdout)
    assert told["stale"] is None
    held_out = [point for point in told["points"] if point["held_out"]]
    assert {point["level"] for point in held_out} == {level}
    keys = {(point["step"], point["quantity"]) for point in held_out}
    assert keys >= {("all", "mean"), ("home", "p99"), ("portal", "utilisation"), ("all", "goodput"), ("search", "p50")}
    assert sum(point["covered"] for point in held_out) >= 0.9 * len(held_out)
    by_key = {(point["level"], point["step"], point["quantity"]): point for point in told["points"]}
    assert abs(by_key[level, "portal", "utilisation"]["error_share"]) < 0.03
    assert abs(by_key[level, "all", "throughput"]["error_share"]) < 0.01
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"validation.json", "mean.png", "p95.png", "throughput.png", "utilisation-portal.png"}
    assert json.loads((tmp_path / "out" / "validation.json").read_text()) == told


def test_a_plan_is_stale_when_the_target_has_changed(made, tmp_path):
    folder, *_ = made
    slower = simulated(tmp_path, plan=changed(TRUTH, "slower", dict.fromkeys(STEPS, 1.5)))
    ended = cutover("validate", folder / "plan.toml", slower, "--draws", "8")
    assert ended.exit_code == 4
    assert re.search(r"^STALE: At the lowest load steps took \+[345]\d", ended.stdout)
    assert "calibrate the plan anew" in ended.stdout
    one = simulated(tmp_path, plan=changed(TRUTH, "other", {"search": 2.2}))
    assert re.search(
        "At the lowest load `search` took", cutover("validate", folder / "plan.toml", one, "--draws", "8").stdout
    )


def test_what_was_changed_is_set_and_then_predicted(made, tmp_path):
    folder, *_ = made
    factors = dict.fromkeys(("home",), 2.0)
    run = simulated(tmp_path, plan=changed(TRUTH, "other", factors))
    services = [i for i, o in enumerate(read_plan(folder / "plan.toml").programs["home"]) if o.service]
    mean_s = 2 * read_plan(folder / "plan.toml").programs["home"][services[0]].service.mean_s
    change = f"program.home[{services[0]}].service.mean_s={mean_s}"
    ended = cutover("validate", folder / "plan.toml", run, "--draws", "8", "--set", change, "--json")
    assert ended.exit_code == 0, ended.stdout[:2000]
    means = [p for p in json.loads(ended.stdout)["points"] if (p["step"], p["quantity"]) == ("home", "mean")]
    errors = [p["error_share"] for p in means if p["measured"]["value"] < 0.02]  # not where it is nearly full
    assert len(errors) >= 3
    assert errors == pytest.approx([0.0] * len(errors), abs=0.15)


def test_beyond_the_knee_it_is_measured_and_predicted(tmp_path):
    run = simulated(tmp_path, "staircase 20/s to 200/s in 3 steps of 15s")
    ended = cutover("validate", "stand-in", run, "--draws", "8", "--json")
    assert ended.exit_code == 0, ended.stderr
    told = json.loads(ended.stdout)
    (knee,) = [point for point in told["points"] if point["quantity"] == "knee"]
    assert knee["measured"]["value"] == pytest.approx(1 / 0.00235, rel=0.1)  # the mix of 2, 3 and 2 ms
    assert abs(knee["error_share"]) < 0.03
    assert "was never calibrated" in " ".join(told["notes"])


def test_runs_that_do_not_go_together_are_refused_with_all_mistakes(made, tmp_path):
    _, run, *_ = made
    copies = {name: tmp_path / name for name in ("other", "invalid", "paced")}
    for path in copies.values():
        shutil.copytree(run, path)
    rewrite(copies["other"], scenario="another")
    rewrite(copies["invalid"], state="interrupted")
    with (copies["paced"] / "events.jsonl").open("a") as events:
        events.write('{"t": 3, "event": "rate changed", "factor": 2}\n')
    ended = cutover(
        "calibrate", run, *copies.values(), tmp_path / "none", run, "--plan", "stand-in", "-o", tmp_path / "p.toml"
    )
    assert ended.exit_code == 2
    for words in (
        "other: scenario = 'another': differs from that of",
        "invalid: run: is invalid: The run was interrupted",
        "paced: pace: had its pace changed",
        "none: run: is not a run folder",
        "is named 2 times",
    ):
        assert words in ended.stderr
    assert not (tmp_path / "p.toml").exists()


def rewrite(run, **values):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values), encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--hold-out", "12/s"), "--hold-out = '12/s': is no level of these runs; choose of"),
        (("--servers", "portal"), "--servers = 'portal': must be NAME=COUNT"),
        (("--servers", "2:portal=2"), "--servers = '2:portal=2': names run 2; count the runs from 1 to 1"),
        (("--servers", "db=2"), "--servers = 'db=2': names no station or pool of the plan; choose of portal"),
        (("--metrics", "http://127.0.0.1:9"), "observed: is missing, so that nobody knows"),
        (("-o", "/dev/null/plan.toml"), "--output: path = '/dev/null/plan.toml': cannot be written"),
    ],
)
def test_options_that_cannot_be_used_are_refused(arguments, words, made, tmp_path):
    folder, run, *_ = made
    out = () if "-o" in arguments else ("-o", tmp_path / "p.toml")
    ended = cutover("calibrate", run, "--plan", folder / "wrong.toml", *out, *arguments)
    assert (ended.exit_code, words in ended.stderr) == (2, True), ended.stderr


def test_several_replications_a_missing_step_and_levels_that_tell_too_little(made, tmp_path):
    _, run, *_ = made
    twice = simulated(tmp_path, "constant 20/s for 5s", replications=2)
    ended = cutover("calibrate", twice, "--plan", "stand-in", "-o", tmp_path / "p.toml")
    assert (ended.exit_code, "several replications added up" in ended.stderr) == (2, True)
    less = TRUTH.model_copy(update={"programs": {s: p for s, p in TRUTH.programs.items() if s != "search"}})
    (tmp_path / "less.toml").write_text(less.to_toml(), encoding="utf-8")
    ended = cutover("calibrate", run, "--plan", tmp_path / "less.toml", "-o", tmp_path / "p.toml")
    assert (ended.exit_code, "programs.search: is missing" in ended.stderr) == (2, True)
    one = simulated(tmp_path, "constant 20/s for 20s")
    ended = cutover("calibrate", one, "--plan", "stand-in", "-o", tmp_path / "p.toml")
    assert (ended.exit_code, "different load" in ended.stderr) == (4, True)


@pytest.mark.realtime
def test_a_real_staircase_is_played_calibrated_and_validated(tmp_path):
    """The whole road on the stand-in portal, in 20 s of load: how near the plan comes is for the benchmarks to tell."""
    from cutover.rehearsal.measured import Measurements
    from cutover.rehearsal.portal import stand_in
    from scenarios.settings import PortalSettings

    path, load = tmp_path / "small.toml", "5/s to 30/s in 3 levels of 5s"
    path.write_text(SCENARIO, encoding="utf-8")
    with stand_in(tmp_path / "portal", PortalSettings(), tmp_path) as portal:
        played = command(
            "swarm", path, "--host", portal.url, "--calibrate", load, "--target-metrics", "/metrics",
            "--out", tmp_path / "runs", "--json",
        )  # fmt: skip
    assert played.returncode == 0, played.stderr
    run = Path(json.loads(played.stdout)["run"])
    assert Run.open(run).header.load == f"calibration {load}"
    measurements = Measurements.read([run], TRUTH)
    for each in measurements.levels:  # sessions begin with `home`, whatever the portal does
        assert measurements.replays(TRUTH, each.level)["home"].offered == each.level.offered["home"] > 0
    ended = cutover("calibrate", run, "--plan", "stand-in", "-o", tmp_path / "plan.toml", "--json")
    assert ended.exit_code == 0, ended.stderr
    assert [sorted(level["busy"]) for level in json.loads(ended.stdout)["levels"]] == [["portal"]] * 3
    ended = cutover("validate", tmp_path / "plan.toml", run, "--draws", "8", "--json")
    assert ended.exit_code in (0, 4), ended.stderr
    told = [p for p in json.loads(ended.stdout)["points"] if (p["step"], p["quantity"]) == ("all", "mean")]
    assert [(p["held_out"], p["predicted"]["value"] > 0) for p in told] == [(False, True)] * 3


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "cutover", *map(str, arguments)], capture_output=True, text=True, timeout=180
    )
