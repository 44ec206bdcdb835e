"""Counters and workers as columns: what reads them quickly tells the same as what reads them line by line."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cutover.base.errors import BadInput
from reports.buckets import index_of
from reports.counters import Counters, StationLoad
from reports.header import Window
from reports.histogram import Histogram
from reports.intervals import Intervals
from reports.lines import record_text
from reports.run import Run
from reports.vitals import Vitals
from reports.workers import WorkerSecond
from reports.writer import COUNTERS, WORKERS, RunWriter

Made = Callable[..., Run]
WORKER = WorkerSecond(
    t=0.0,
    worker=1,
    host="left",
    cores=4,
    cpu=0.5,
    lag_p50_ns=None,
    lag_p99_ns=None,
    lag_max_ns=None,
    loop_max_ns=1e6,
    sockets=10,
    sockets_most=1000,
    memory_bytes=2**20,
    memory_most=2**30,
    in_progress=5,
)


def lags(*seconds: float) -> Histogram:
    return Histogram.total(Histogram.of({index_of(round(second * 1e9)): 1}) for second in seconds)


def same(left: object, right: object) -> None:
    """Hold that two sets of columns are equal, NaN beside NaN."""
    assert vars(left).keys() == vars(right).keys()
    for name, column in vars(left).items():
        other = vars(right)[name]
        if isinstance(column, np.ndarray):
            assert np.array_equal(column, other, equal_nan=column.dtype.kind == "f"), name


def rewritten(made: Made, counters: list[Counters]) -> Run:
    """Return a run with other counters."""
    run = made()
    with RunWriter.create(run.folder.with_name("rewritten"), run.header) as writer:
        writer.counters(counters)
    return Run.open(writer.folder)


LINES = [
    Counters(1.0, 1.0, 3, 2, {"home": 4}, {"home": {"ok": 2, "skipped": 1}}, lags(0.001, 0.2), cpu=0.5),
    Counters(0.0, 1.0, 1, 1, {"home": 1, "pay": 2}, {"pay": {"blocked": 2}}, target_cpu_s=0.4, come_backs=1),
    Counters(1.0, 1.0, 0, 1, {"pay": 5}, {"home": {"ok": 1}, "pay": {"failed": 4}}, lags(0.3), clipped=2, reloads=3),
    Counters(2.0, 1.0, cpu=0.25, stations={"web": StationLoad(0.5, 2.0, 4.0), "db": StationLoad(0.1, 0.0)}),
]


def test_columns_add_up_lines_of_one_interval(made: Made) -> None:
    run = rewritten(made, LINES)
    found = Intervals.read(run.folder / COUNTERS, lambda: pytest.fail("is read quickly"))
    assert found.start_s.tolist() == [0, 1, 2]
    assert (found.planned.tolist(), found.started.tolist()) == ([1, 3, 0], [1, 3, 0])
    assert (found.offered.tolist(), found.sent.tolist()) == ([3, 9, 0], [0, 3, 0])
    assert (found.ended.tolist(), found.ok.tolist(), found.untold.tolist()) == ([2, 8, 0], [0, 3, 0], [2, 1, 0])
    assert {step: column.tolist() for step, column in found.offered_by_step.items()} == {
        "home": [1, 4, 0],
        "pay": [2, 5, 0],
    }
    assert np.array_equal(found.cpu, [np.nan, 0.5, 0.25], equal_nan=True)
    assert np.array_equal(found.target_cpu_s, [0.4, np.nan, np.nan], equal_nan=True)
    assert (found.come_backs.sum(), found.reloads.sum(), found.clipped.sum()) == (1, 3, 2)
    assert np.array_equal(found.stations["web"].servers, [np.nan, np.nan, 4.0], equal_nan=True)
    assert np.isnan(found.stations["db"].servers).all()
    same(found, Intervals.of(run.counters))


def test_columns_of_a_whole_run_are_those_of_its_lines(made: Made) -> None:
    for fields in ({"failing": 0.1, "returns": (1, 2)}, {"kind": "simulated", "stations": ("web",), "servers": (2.0,)}):
        run = made(**fields)
        same(Intervals.read(run.folder / COUNTERS, lambda: pytest.fail("is read quickly")), Intervals.of(run.counters))


def test_send_lags_are_exact_beyond_what_is_asked(made: Made) -> None:
    for found in (rewritten(made, LINES).intervals, Intervals.of(LINES)):
        late = found.send_lags(Window(from_s=0, to_s=2))
        assert (late.count, late.quantile(0.99)) == (3, lags(0.3).max_ns)
        assert late.quantile(0.5) == lags(0.2).max_ns
        assert not found.send_lags(Window(from_s=2, to_s=3)).count
    quick = Intervals.of([replace(LINES[0], lag=lags(*[0.05] * 98, 0.2))]).send_lags(Window(from_s=0, to_s=2))
    assert (quick.count, quick.quantile(1.0)) == (99, lags(0.2).max_ns)
    on_time = Intervals.of([replace(LINES[0], lag=lags(0.05))]).send_lags(Window(from_s=0, to_s=2))
    assert (on_time.count, on_time.max_ns) == (1, lags(0.0).max_ns)


def test_what_is_no_line_of_ours_is_read_line_by_line_and_judged(made: Made) -> None:
    run = made()
    path = run.folder / COUNTERS
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"planned":', '"planned":"x",', 1), encoding="utf-8")
    with pytest.raises(BadInput, match=r"counters\.jsonl:2"):
        _ = Run.open(run.folder).intervals
    path.write_text(text.replace('"cpu":0.3', '"cpu":NaN', 1), encoding="utf-8")
    with pytest.raises(BadInput, match="is not a JSON object"):
        _ = Run.open(run.folder).intervals
    path.write_text(text.replace('{"schema":1}', '{"schema":2}', 1), encoding="utf-8")
    with pytest.raises(BadInput, match="newer"):
        _ = Run.open(run.folder).intervals
    path.write_text(text + '{"t":40.0', encoding="utf-8")
    assert len(Run.open(run.folder).intervals) == len(Run.open(run.folder).counters)


def test_vitals_are_those_of_the_lines(made: Made) -> None:
    run = made()
    seconds = [
        replace(WORKER, t=float(at // 2), worker=1 + at % 2, host="left" if at % 2 else "right", lag_p99_ns=lag)
        for at, lag in enumerate((None, 5.0, 3e8, None, 1.0))
    ]
    (run.folder / WORKERS).write_text(
        '{"schema":1}\n' + "".join(record_text(second.to_record()) for second in seconds), encoding="utf-8"
    )
    run = Run.open(run.folder)
    found = Vitals.read(run.folder / WORKERS, lambda: pytest.fail("is read quickly"))
    same(found, Vitals.of(run.workers))
    assert run.workers == tuple(seconds)
    assert [(number, own.first_host, own.t.tolist()) for number, own in found.by_worker()] == [
        (1, "right", [0, 1, 2]),
        (2, "left", [0, 1]),
    ]
    assert found.is_late.tolist() == [False, False, True, False, False]
    assert len(found.within(Window(from_s=1, to_s=2))) == 2
    (run.folder / WORKERS).write_text('{"schema":1}\n{"t":1}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"workers\.jsonl:2"):
        _ = Run.open(run.folder).vitals
