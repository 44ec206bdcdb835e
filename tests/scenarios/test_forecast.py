import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numba
import pytest

from cutover.base.clock import SECOND_NS
from cutover.base.errors import BadInput
from models.conduct import AgainEntry, CitizensEntry
from models.engines.choice import Chosen, is_compiled
from models.laws import Constant
from models.plan import find_plan, read_plan
from models.stations import Station
from reports.header import Window
from reports.run import Run
from reports.summary import Summary
from scenarios import forecast as forecasts
from scenarios.forecast import Forecast, play_replication
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.span import Span

ROOT = Path(__file__).parents[2]
FILES = ("latency.hlog", "counters.jsonl")


def forecast_of(path: Path, replications: int = 2, span: Span | None = None) -> Forecast:
    scenario = read_scenario(path)
    chosen = span or Span(Window(from_s=0.0, to_s=6.0), 0.0)
    return Forecast(scenario, read_plan(find_plan("stand-in")), chosen, replications)


def seen(_: tuple[Path, ...]) -> None:
    """Watch nothing."""


def test_the_same_forecast_gives_the_same_bytes(scenario_file, tmp_path):
    forecast = forecast_of(scenario_file())
    first, again = (forecast.play(tmp_path / name, seen) for name in ("first", "again"))
    for name in FILES:
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert first.header == again.header


def test_replications_are_runs_that_add_up_to_theirs(scenario_file, tmp_path):
    run = forecast_of(scenario_file(), replications=3).play(tmp_path, seen)
    parts = [Run.open(run.folder / "replications" / str(number)) for number in range(3)]
    assert run.header.replications == 3
    assert run.state == "complete"
    offered = [Summary.of(part).all.offered for part in parts]
    assert Summary.of(run).all.offered == sum(offered)
    assert len(set(offered)) > 1
    assert run.header.planned.sessions == sum(part.header.planned.sessions for part in parts)
    loads = [sum(line.stations["portal"].utilisation for line in part.counters if line.stations) for part in parts]
    total = sum(line.stations["portal"].utilisation for line in run.counters if line.stations)
    assert total == pytest.approx(sum(loads) / 3, rel=1e-12)


def test_replication_0_is_what_the_swarm_plays(scenario_file, tmp_path):
    forecast = forecast_of(scenario_file(), replications=1)
    run = forecast.play(tmp_path, seen)
    planned = list(Sessions(forecast.scenario).window(0.0, 6.0))
    assert run.header.planned.sessions == len(planned)
    assert sum(line.offered_by_step.get("home", 0) for line in run.counters) == len(planned)


@pytest.mark.parametrize("engine", ["event", "simpy"])
def test_a_late_window_begins_at_once_and_tells_the_same(scenario_file, tmp_path, monkeypatch, engine):
    """What comes before the warm-up is one interval of the books, which the run does not tell of."""
    back = AgainEntry(probability=1.0, wait=Constant(law="constant", mean_s=0.5), times=1)
    failing = {"stations": {"portal": Station(servers=9, fails=0.5)}, "citizens": CitizensEntry(come_back=back)}
    known = forecast_of(scenario_file(), 1, Span(Window(from_s=4.5, to_s=6.0), 1.0))
    forecast = replace(known, plan=known.plan.model_copy(update=failing), engine=engine)
    histories = []
    solve = forecasts.simulate
    monkeypatch.setattr(forecasts, "simulate", lambda *args: histories.append(solve(*args)) or histories[-1])
    late = forecast.play(tmp_path / "late", seen)
    monkeypatch.setattr(forecasts, "_first_ns", lambda *_: None)
    whole = forecast.play(tmp_path / "whole", seen)
    for name in FILES:
        assert (late.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    assert sum(line.come_backs for line in late.counters) > 0
    starts_s = [[each.start_ns / SECOND_NS for each in one.stations[0].intervals[:3]] for one in histories]
    assert starts_s == [[0.0, 3.0, 4.0], [0.0, 1.0, 2.0]]


def test_a_step_without_a_program_is_refused_before_anything_is_written(scenario_file, tmp_path):
    plan = read_plan(find_plan("stand-in"))
    poorer = plan.model_copy(update={"programs": {k: v for k, v in plan.programs.items() if k not in ("pay", "home")}})
    scenario = read_scenario(scenario_file())
    forecast = Forecast(scenario, poorer, Span(Window(from_s=0.0, to_s=6.0), 0.0), 1)
    with pytest.raises(BadInput) as caught:
        forecast.play(tmp_path / "runs", seen)
    assert len(caught.value.mistakes) == 2
    assert not (tmp_path / "runs").exists()


def test_utilisation_is_that_of_the_servers_that_a_schedule_opens(scenario_file, tmp_path):
    """One server up to 2 s and four after that: the first number would tell four times too much."""
    known = forecast_of(scenario_file(), replications=2)
    stations = {"portal": Station(schedule=((0.0, 1), (2.0, 4)))}
    forecast = replace(known, plan=known.plan.model_copy(update={"stations": stations}))
    run = forecast.play(tmp_path, seen)
    loads = {line.start_s: line.stations["portal"] for line in run.counters if line.stations}
    assert [loads[at].servers for at in (0.0, 1.0, 2.0, 5.0)] == [1.0, 1.0, 4.0, 4.0]
    parts = [Run.open(run.folder / "replications" / str(number)) for number in range(2)]
    same = [next(line.stations["portal"] for line in part.counters if line.start_s == 3.0) for part in parts]
    assert loads[3.0].utilisation == pytest.approx((same[0].utilisation + same[1].utilisation) / 2)
    single = known.play(tmp_path / "single", seen)
    for line in single.counters:
        if line.stations and line.start_s in (3.0, 4.0, 5.0):
            assert loads[line.start_s].utilisation == pytest.approx(line.stations["portal"].utilisation / 4, rel=0.02)


def test_who_comes_back_is_counted_apart_from_who_comes(scenario_file, tmp_path):
    """Every first step fails, so that each visit is one step; all come back once, if it is not too late."""
    known = forecast_of(scenario_file(), replications=2)
    back = AgainEntry(probability=1.0, wait=Constant(law="constant", mean_s=0.5), times=1)
    failing = {"stations": {"portal": Station(servers=9, fails=1.0)}, "citizens": CitizensEntry(come_back=back)}
    run = replace(known, plan=known.plan.model_copy(update=failing)).play(tmp_path, seen)
    arrivals = Summary.of(run).arrivals
    assert arrivals.started_sessions == run.header.planned.sessions
    assert arrivals.come_backs == arrivals.started_sessions
    assert arrivals.reloads == 0
    assert sum(line.offered for line in run.counters) == arrivals.started_sessions + arrivals.come_backs
    parts = [Summary.of(Run.open(run.folder / "replications" / str(number))).arrivals for number in range(2)]
    assert sum(part.come_backs for part in parts) == arrivals.come_backs


@pytest.mark.parametrize(("replications", "compiled", "alone"), [(2, False, 1), (2, True, 0), (1, False, 0)])
def test_one_process_compiles_before_several_simulate(
    scenario_file, tmp_path, monkeypatch, replications, compiled, alone
):
    """Workers have modules of their own, so that what this one plays is the second that compiles, or the only trial."""
    played = []

    def note(forecast, number, folder, header):
        assert not (tmp_path / "runs").exists() or forecast.replications == replications == 1
        played.append((forecast.span.begins_s, forecast.span.ends_s))
        play_replication(forecast, number, folder, header)

    monkeypatch.setattr("scenarios.forecast.is_compiled", lambda _: compiled)
    monkeypatch.setattr("scenarios.forecast.play_replication", note)
    run = forecast_of(scenario_file(), replications).play(tmp_path / "runs", seen)
    assert run.state == "complete"
    assert played.count((0.0, 1.0)) == alone


def test_an_engine_is_compiled_where_its_kernel_is_in_the_cache(scenario_file, tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"), raising=False)
    forecast = forecast_of(scenario_file())
    recursion = Chosen("recursion", "it applies")
    assert not forecast.is_compiled()
    (tmp_path / "cache" / "event").mkdir(parents=True)
    (tmp_path / "cache" / "event" / "loop.run-132.py311.1.nbc").write_bytes(b"")
    assert forecast.is_compiled()
    assert forecast.chosen().name == "event"
    assert not is_compiled(recursion)
    (tmp_path / "cache" / "windows.advance-60.py311.1.nbc").write_bytes(b"")
    assert is_compiled(recursion)


CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def test_a_dask_cluster_gives_the_same_bytes(scenario_file, tmp_path):
    here = forecast_of(scenario_file()).play(tmp_path / "here", seen)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        address = process.stdout.readline().strip()
        there = subprocess.run(
            [sys.executable, "-c", FORECAST, str(tmp_path / "small.toml"), address, str(tmp_path / "there")],
            capture_output=True, text=True, timeout=60, env=environment,
        )  # fmt: skip
        assert there.returncode == 0, there.stderr
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
    (folder,) = (tmp_path / "there").iterdir()
    for name in FILES:
        assert (folder / name).read_bytes() == (here.folder / name).read_bytes()


FORECAST = """
import sys
from pathlib import Path
from tests.scenarios.test_forecast import forecast_of

if __name__ == "__main__":
    path, address, out = sys.argv[1:]
    forecast_of(Path(path)).play(Path(out), lambda folders: None, address)
"""


def test_a_cluster_that_does_not_answer_is_bad_input(scenario_file, tmp_path):
    with pytest.raises(BadInput, match=r"--cluster: address = 'tcp://127.0.0.1:1': does not answer"):
        forecast_of(scenario_file()).play(tmp_path / "runs", seen, "tcp://127.0.0.1:1")
    assert not (tmp_path / "runs").exists()
