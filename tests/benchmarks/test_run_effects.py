import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import run_effects
from benchmarks.queue_runs import Demand, Effects, Load, Weather, play
from benchmarks.run_effects import Table, effects, keep, service_cv
from reports.baselines.prior import FILE

LOAD = Load(utilisation=0.5, lasts_s=60)


def tables(folder: Path, planted: Effects, runs: int = 40, load: Load = LOAD) -> Table:
    """Write the tables of simulated runs of the same sessions, with effects planted."""
    random = np.random.default_rng(1)
    demand = Demand.drawn(load, random)
    by_run, by_second = ["run,started,processor,cores,step,p50_s"], ["run,second,ok,mean_s,p50_s,target_cpu_s"]
    for number in range(runs):
        speed = random.normal(0, planted.speed)
        weather = Weather.drawn(planted, load.lasts_s, random).with_speed(speed)
        found = play(load, demand, weather, random)
        by_run.append(f"{number},2026-11-22T01:02:03Z,EPYC,2,all,{np.median(found.responses)}")
        for second in range(60):
            responses = found.responses[found.seconds == second]
            cpu_s = len(responses) / 200 * 0.5 * np.exp(weather.slower[second + 5]) * random.normal(1, 0.01)
            middle = f"{responses.mean()},{np.median(responses)}"
            by_second.append(f"{number},{second},{len(responses)},{middle},{'' if second == 7 else cpu_s}")
    (folder / "runs.csv").write_text("\n".join(by_run), encoding="utf-8")
    (folder / "seconds.csv").write_text("\n".join(by_second), encoding="utf-8")
    return Table.read(folder)


def test_what_was_planted_is_found(tmp_path: Path) -> None:
    found = effects(tables(tmp_path, Effects(speed=0.02, stalls_per_min=1.0, stalls_s=(0.08, 0.12))))
    assert found.speed == pytest.approx(0.02, rel=0.3)
    assert found.stalls_per_min == pytest.approx(1.0, rel=0.4)
    assert np.mean(found.stalls_s) == pytest.approx(0.1, rel=0.3)


def test_runs_that_are_the_same_have_hardly_any(tmp_path: Path) -> None:
    found = effects(tables(tmp_path, Effects()))
    assert found.speed < 0.004
    assert found.stalls_per_min < 0.2
    assert found.drift < 0.004


def test_how_much_services_vary_is_told_by_how_much_runs_agree(tmp_path: Path) -> None:
    found = [
        service_cv(tables(tmp_path, Effects(), runs=8, load=replace(LOAD, service_cv=cv))) for cv in (0.1, 0.3, 0.5)
    ]
    assert found[0] < found[1] < found[2]
    assert found[1] == pytest.approx(0.3, abs=0.11)


def test_a_drift_is_found(tmp_path: Path) -> None:
    assert effects(tables(tmp_path, Effects(drift=0.02))).drift == pytest.approx(0.02, rel=0.5)


def test_the_gates_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tables(tmp_path, Effects(), runs=4)
    copy = tmp_path / "run_effects.toml"
    shutil.copy(FILE, copy)
    monkeypatch.setattr(run_effects, "FILE", copy)
    from cutover.base.document import parse, read_document
    from reports.baselines.prior import RunEffects

    for speed in (0.004, 0.003):
        keep(table, Effects(speed=speed, own=0.5))
    known = parse(read_document(copy), RunEffects)
    (mine,) = [one for one in known.measured if one.processor == "EPYC"]
    assert (mine.speed, mine.own, mine.freedom, mine.cores) == (0.003, 0.5, 3, 2)
    assert "2026-11-22" in mine.source
    assert known.other.speed > 0
