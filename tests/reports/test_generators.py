"""What the page says of a swarm's workers, connections and samples."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.figures.generators import generators, generators_title
from reports.gate import judge
from reports.generators import generators_of
from reports.lines import record_text
from reports.notes import notes
from reports.page import page
from reports.run import Run
from reports.workers import WorkerSecond
from reports.writer import FINDINGS, SAMPLES, WORKERS

Made = Callable[..., Run]
H2 = "The target offers HTTP/2, which browsers use, and this run did not: play it with --http2."
QUIET = WorkerSecond(
    t=0.0,
    worker=1,
    host="left",
    cores=4,
    cpu=0.25,
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


@pytest.fixture
def swarm(made: Made) -> Run:
    """A run of two workers: the first is quiet, the second busier each second, late in one, and idle at the end."""
    run = made()
    from_s, to_s = int(run.window.from_s), int(run.window.to_s)
    seconds = [replace(QUIET, t=float(at)) for at in range(to_s + 2)]
    for at in range(to_s):
        lag_ns = 3e8 if at == from_s + 1 else 2e6
        busy = replace(QUIET, t=float(at), worker=2, cpu=0.5, lag_p99_ns=lag_ns, sockets=20 + at)
        seconds.append(busy)
    seconds.append(replace(QUIET, t=float(to_s), worker=2, cpu=1.0, loop_max_ns=9e9))  # after the window
    lines = [{"schema": 1}, *(second.to_record() for second in seconds)]
    (run.folder / WORKERS).write_text("".join(map(record_text, lines)), encoding="utf-8")
    opened = [{"address": "127.0.0.1", "protocol": "http/1.1", "opened": 1234}]
    told = {"schema": 1, "connections": {"opened": opened, "finding": H2}}
    (run.folder / FINDINGS).write_text(json.dumps(told), encoding="utf-8")
    (run.folder / SAMPLES).mkdir()
    for minute in ("0001", "0000"):
        (run.folder / SAMPLES / f"{minute}.har").write_text("{}", encoding="utf-8")
    return Run.open(run.folder)


def test_each_worker_is_summed_up_over_the_window_alone(swarm: Run) -> None:
    quiet, busy = generators_of(swarm)
    length = int(swarm.window.length_s)
    assert (quiet.worker, quiet.seconds, quiet.late, quiet.lag_p99_s, quiet.cpu_mean) == (1, length, 0, None, 0.25)
    assert (busy.worker, busy.seconds, busy.late, busy.lag_p99_s, busy.cpu_max) == (2, length, 1, 0.3, 0.5)
    assert busy.sockets == 20 + int(swarm.window.to_s) - 1
    assert busy.loop_max_s == 0.001


def test_the_drawing_names_the_busiest_and_leaves_a_gap_where_nothing_was_sent(swarm: Run) -> None:
    assert generators_title(generators_of(swarm)) == (
        "The busiest of 2 workers used 50 % of its core on average; "
        "steps were sent within 300 ms (p99 of the worst second)"
    )
    figure = generators(swarm)
    cpu, lag = figure.axes[:2]
    busiest = next(each for each in cpu.patches if each.get_label() == "busiest worker").get_data().values
    latest = next(each for each in lag.patches if each.get_label() == "latest worker, p99").get_data().values
    assert set(busiest[: int(swarm.window.to_s)]) == {0.5}
    assert latest[int(swarm.window.from_s) + 1] == pytest.approx(0.3)
    assert not (latest <= 0).any()


def test_the_page_tells_of_workers_connections_and_where_samples_lie(swarm: Run) -> None:
    html = page(swarm, judge(swarm))
    assert html.index(H2) < html.index("Budgets")
    assert "2 on left" in html
    assert "1,234" in html
    assert "samples/0000.har to samples/0001.har" in html
    assert notes(swarm) == (H2,)


def test_a_run_without_workers_has_no_such_part(made: Made) -> None:
    run = made(kind="simulated")
    assert "The generators" not in page(run, judge(run))
    assert notes(run) == ()
