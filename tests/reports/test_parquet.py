"""Runs as Parquet: the rows add up to what the run says."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cutover.base.errors import BadInput
from reports import parquet
from reports.parquet import export
from reports.run import Run


@pytest.fixture
def runs(made):
    one = made(duration_s=8, failing=0.1, stations=("web", "db"), servers=(2.0, None))
    return [one, made(duration_s=5, kind="simulated", returns=(2, 1), stations=("web",))]


def table(folder, name) -> pa.Table:
    return pq.read_table(folder / f"{name}.parquet")


def test_every_run_has_its_rows_in_one_file_of_each_kind(runs, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    written = export(runs, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in written)
    for path in written:
        assert set(pq.read_table(path)["run"].to_pylist()) == {run.folder.name for run in runs}
    header = table(out, "runs").to_pylist()[0]
    assert (header["kind"], header["from_s"], header["to_s"]) == ("measured", 2.0, 8.0)
    assert header["started"] == runs[0].header.started
    assert json.loads(header["header"])["scenario"] == "made-up"


def test_latencies_are_the_histograms(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 50)  # many row groups
    export(runs, tmp_path)
    found = table(tmp_path, "latencies")
    for run in runs:
        mine = found.filter(pc.equal(found["run"], run.folder.name))
        for kind in ("response", "service"):
            of = mine.filter(pc.and_(pc.equal(mine["kind"], kind), pc.equal(mine["outcome"], "ok")))
            whole = run.histogram(kind)
            assert pc.sum(of["count"]).as_py() == whole.count
            assert pc.max(of["highest_ns"]).as_py() == whole.max_ns
    row = found.to_pylist()[0]
    assert row["lowest_ns"] <= row["highest_ns"]
    assert row["start"].timestamp() == pytest.approx(runs[0].header.started.timestamp() + row["start_s"])
    assert pq.ParquetFile(tmp_path / "latencies.parquet").num_row_groups > 2


def test_counters_steps_and_stations_are_the_counters(runs, tmp_path):
    export(runs, tmp_path)
    found = table(tmp_path, "counters").to_pylist()
    steps = table(tmp_path, "steps").to_pylist()
    for run in runs:
        mine = [row for row in found if row["run"] == run.folder.name]
        assert [row["started"] for row in mine] == [line.started for line in run.counters]
        assert [row["lag_max_ns"] for row in mine] == [line.lag.max_ns if line.sent else None for line in run.counters]
        of = [row for row in steps if row["run"] == run.folder.name]
        assert sum(row["offered"] for row in of) == sum(line.offered for line in run.counters)
        assert sum(row["failed"] for row in of) == sum(line.ended("failed") for line in run.counters)
        assert sum(row["ok"] for row in of) == sum(line.ended("ok") for line in run.counters)
    assert {row["cpu"] for row in found} == {0.3, None}
    assert sum(row["reloads"] for row in found) == 5
    loads = table(tmp_path, "stations").to_pylist()
    assert {row["station"] for row in loads} == {"web", "db"}
    assert {row["servers"] for row in loads} == {2.0, None}


def test_a_run_that_holds_nothing_has_a_row_of_its_own_and_no_others(made, tmp_path):
    run = made(steps_per_s=0, duration_s=4, stop_s=0)
    export([Run.open(run.folder)], tmp_path)
    assert [table(tmp_path, name).num_rows for name in ("runs", "latencies", "counters", "steps", "stations")] == [
        1, 0, 0, 0, 0,
    ]  # fmt: skip


def test_runs_of_one_name_are_refused(runs, tmp_path):
    with pytest.raises(BadInput, match="is the name of several runs"):
        export([runs[0], runs[0]], tmp_path)
    assert not list(tmp_path.glob("*.parquet"))
