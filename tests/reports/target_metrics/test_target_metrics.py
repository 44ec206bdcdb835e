"""A target's metrics: from a table or a Prometheus to how busy each station was, and all that is refused."""

import json
import shutil
import subprocess
import threading
import time
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from cutover.base.errors import BadInput
from models.plan import Plan
from reports.target_metrics.mapped import meters_of
from reports.target_metrics.meter import Meter, together
from reports.target_metrics.prometheus import read_prometheus
from reports.target_metrics.series import parse_name
from reports.target_metrics.table import read_table

BEGAN_S = datetime.fromisoformat("2026-11-21T09:00:00+00:00").timestamp()
"""When the runs of tests/reports/conftest.py begin; they last 40 s."""

LAW = {"law": "constant", "mean_s": 0.01}


def plan(**observed):
    stations = {"portal": {"servers": 2}, "database": {"servers": 4}}
    programs = {"home": [{"station": name, "service": LAW} for name in stations]}
    data = {"schema": 1, "name": "two", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data | ({"observed": observed} if observed else {}))


def table(tmp_path, rows, header="time,name,value"):
    path = tmp_path / "metrics.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def counter(name, per_s, seconds=range(-10, 51, 5)):
    return [(BEGAN_S + at, name, 100 + per_s * (at + 10)) for at in seconds]


CPU = {"metric": "cpu_seconds_total", "is": "busy_seconds"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cpu_total", ("cpu_total", {})),
        ('cpu{step="a", core = "1"}', ("cpu", {"step": "a", "core": "1"})),
        ('system.cpu{host="x\\"y"}', ("system.cpu", {"host": 'x"y'})),
        ("cpu{step=a}", None),
        ("1cpu", None),
    ],
)
def test_names_are_read_as_prometheus_writes_them(text, found):
    assert parse_name(text) == found


def test_a_counter_a_gauge_and_a_share_tell_busy_servers(made, tmp_path):
    rows = [
        *counter("cpu_seconds_total", 0.75),
        *((BEGAN_S + at, "busy", 1 if at < 20 else 3) for at in range(-1, 42)),
        *((datetime.fromtimestamp(BEGAN_S + at).astimezone().isoformat(), "used", 0.25) for at in (-20, 10, 60)),
    ]
    path = table(tmp_path, rows)
    found = meters_of(str(path), plan(portal=CPU, database={"metric": "busy", "is": "in_use"}), made(), {})
    assert found.whole["portal"].mean(10.0, 30.0) == pytest.approx(0.75)
    assert found.whole["database"].mean(0.0, 10.0) == pytest.approx(1.0)
    assert found.whole["database"].mean(25.0, 40.0) == pytest.approx(3.0)
    shares = meters_of(str(path), plan(database={"metric": "used", "is": "share"}), made(), {"database": 4})
    assert shares.whole["database"].mean(0.0, 40.0) == pytest.approx(1.0)
    assert not found.by_step


def test_steps_are_told_by_their_label_from_when_they_first_come(made, tmp_path):
    rows = [*counter('cpu{step="home",core="0"}', 0.1), *counter('cpu{step="home",core="1"}', 0.2)]
    rows += [(BEGAN_S + at, 'cpu{step="pay"}', 0.5 * (at - 5)) for at in range(10, 51, 5)]
    quoted = [(at, '"' + name.replace('"', '""') + '"', value) for at, name, value in rows]
    found = meters_of(
        str(table(tmp_path, quoted)), plan(portal={"metric": "cpu", "is": "busy_seconds", "by": "step"}), made(), {}
    )
    steps = found.by_step["portal"]
    assert steps["home"].mean(10.0, 30.0) == pytest.approx(0.3)
    assert (steps["pay"].mean(0.0, 5.0), steps["pay"].mean(20.0, 30.0)) == pytest.approx((0.0, 0.5))
    assert found.whole["portal"].mean(20.0, 30.0) == pytest.approx(0.8)


def test_without_metrics_the_runs_own_processor_time_is_the_first_stations(made):
    run = made(target_cpu=0.5)
    own = sum(line.target_cpu_s for line in run.counters if 10 <= line.start_s < 30) / 20
    found = meters_of(None, plan(), run, {})
    assert set(found.whole) == {"portal"}
    assert found.whole["portal"].mean(10.0, 30.0) == pytest.approx(own)
    assert meters_of(None, plan(), made(target_cpu=None), {}).whole == {}


def test_a_simulated_run_tells_of_all_its_stations(made):
    run = made(kind="simulated", stations=("portal", "database"), servers=(3.0,))
    found = meters_of(None, plan(), run, {})
    loads = [line.stations["database"].utilisation * 3 for line in run.counters if 10 <= line.start_s < 30]
    assert found.whole["database"].mean(10.0, 30.0) == pytest.approx(np.mean(loads))


def test_meters_add_up_over_the_time_that_all_cover():
    first = Meter(np.array([0.0, 10.0]), np.array([0.0, 5.0]))
    second = Meter(np.array([2.0, 6.0, 12.0]), np.array([0.0, 4.0, 4.0]))
    both = together([first, second])
    assert (both.times_s[0], both.times_s[-1]) == (2.0, 10.0)
    assert both.mean(2.0, 6.0) == pytest.approx(1.5)
    assert both.mean(6.0, 10.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("observed", "rows", "words"),
    [
        ({}, [], "observed: is missing, so that nobody knows which metric tells of which station"),
        ({"portal": CPU}, counter("cpu_second_total", 1.0), "did you mean"),
        ({"portal": CPU}, [], "is not there from 2026-11-21 16:00:00 to 16:00:40"),
        ({"portal": CPU}, counter("cpu_seconds_total", 1.0, range(-10, 1, 5)), "does not cover the run"),
        (
            {"portal": CPU},
            [*counter("cpu_seconds_total", 1.0, range(-10, 21, 5)), (BEGAN_S + 25, "cpu_seconds_total", 3)]
            + [(BEGAN_S + at, "cpu_seconds_total", at) for at in (30, 45)],
            "falls 25 s into the run, and a counter never does: the target was restarted; measure again",
        ),
        ({"portal": {**CPU, "by": "step"}}, counter("cpu_seconds_total", 1.0), "has no label `step`"),
        (
            {"portal": {"metric": "used", "is": "share"}},
            [(BEGAN_S + at, "used", 35) for at in range(-10, 51, 5)],
            "is 35, and a share lies between 0 and 1; divide it by 100",
        ),
    ],
)
def test_metrics_that_tell_nothing_of_a_run_are_refused(observed, rows, words, made, tmp_path):
    long = made(duration_s=40)
    with pytest.raises(BadInput) as caught:
        meters_of(str(table(tmp_path, rows)), plan(**observed), _longer(long) if "cover" in words else long, {})
    if words == "did you mean":  # names of other series are not read
        words = "is not there"
    assert words in str(caught.value)


def _longer(run):
    return type(run)(run.folder, run.header.model_copy(update={"duration_s": 400.0}))


def test_all_mistakes_of_a_table_are_told_with_their_lines(tmp_path):
    rows = [
        ("yesterday", "cpu", 1),
        (BEGAN_S, "9cpu", 1),
        (BEGAN_S, "cpu", "x"),
        (BEGAN_S, "cpu"),
        (BEGAN_S * 1000, "cpu", 4),
    ]
    with pytest.raises(BadInput) as caught:
        read_table(table(tmp_path, rows), {"cpu"})
    assert [(mistake.line, mistake.key) for mistake in caught.value.mistakes] == [
        (2, "time"),
        (3, "name"),
        (4, "value"),
        (5, "row"),
    ]
    with pytest.raises(BadInput, match="header = 'a,b': must be `time,name,value`"):
        read_table(table(tmp_path, [], "a,b"), {"cpu"})
    with pytest.raises(BadInput, match="cannot be read"):
        read_table(tmp_path / "none.csv", {"cpu"})


class _Answers(BaseHTTPRequestHandler):
    """Answers every query with what the server holds."""

    def do_GET(self):
        code, body = self.server.answer
        self.server.asked.append(self.path)
        self.send_response(code)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), _Answers) as found:
        found.asked = []
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def url_of(server):
    return f"http://127.0.0.1:{server.server_port}"


def test_samples_are_asked_for_as_they_were_scraped(server):
    values = [[BEGAN_S, "1"], [BEGAN_S + 5, "NaN"], [BEGAN_S + 10, "3.5"]]
    result = [{"metric": {"__name__": "cpu", "step": "home"}, "values": values}]
    server.answer = 200, {"status": "success", "data": {"resultType": "matrix", "result": result}}
    (found,) = read_prometheus(url_of(server), {"cpu"}, BEGAN_S - 5, BEGAN_S + 15.5)
    assert (found.labels, found.values.tolist()) == ({"step": "home"}, [1.0, 3.5])
    assert "query=cpu%5B21s%5D" in server.asked[0]
    assert f"time={BEGAN_S + 15.5:.3f}" in server.asked[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((503, b"busy"), "answers 503 to a query (Service Unavailable)"),
        ((400, {"error": "parse error"}), "answers 400 to a query (parse error)"),
        ((200, b"<html>"), "does not answer as Prometheus does"),
        ((200, {"status": "success"}), "does not answer as Prometheus does (its JSON has no result)"),
        ((200, {"data": {"resultType": "vector", "result": []}}), "(an answer of another kind)"),
    ],
)
def test_what_does_not_answer_as_prometheus_does_is_refused(answer, words, server):
    server.answer = answer
    with pytest.raises(BadInput) as caught:
        read_prometheus(url_of(server), {"cpu"}, BEGAN_S, BEGAN_S + 40)
    assert words in str(caught.value)


def test_a_prometheus_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match=r"does not answer as Prometheus does .*refused"):
        read_prometheus("http://127.0.0.1:9", {"cpu"}, BEGAN_S, BEGAN_S + 40)


@pytest.mark.system("prometheus")
@pytest.mark.realtime
def test_a_real_prometheus_scrapes_the_stand_in(tmp_path, made):
    """Its counters are the stand-in's own: what was scraped last is what the page says."""
    from cutover.rehearsal.portal import stand_in
    from scenarios.settings import PortalSettings

    with stand_in(tmp_path / "portal", PortalSettings(), tmp_path) as portal:
        target = portal.url.removeprefix("http://")
        (tmp_path / "prometheus.yml").write_text(
            "scrape_configs:\n  - job_name: portal\n    scrape_interval: 1s\n"
            f"    static_configs: [{{ targets: ['{target}'] }}]\n",
            encoding="utf-8",
        )
        with Prometheus(tmp_path) as url:
            while not read_prometheus(url, {"process_cpu_seconds_total"}, time.time() - 9, time.time()):
                time.sleep(0.1)
            began_s = time.time()
            while time.time() < began_s + 8:
                urllib.request.urlopen(f"{portal.url}/search?q=sinh", timeout=5).read()
            ended_s = time.time()
            entry = {"metric": "portal_cpu_seconds_total", "is": "busy_seconds", "by": "step"}
            series = read_prometheus(url, {"portal_cpu_seconds_total", "process_cpu_seconds_total"}, began_s, ended_s)
            run = made(duration_s=8)
            header = run.header.model_copy(update={"started": datetime.fromtimestamp(began_s).astimezone()})
            meters = meters_of(url, plan(portal=entry), type(run)(run.folder, header), {})
    whole = next(each for each in series if each.name == "process_cpu_seconds_total")
    assert len(whole.values) >= 4
    busy = meters.by_step["portal"]["search"].mean(2.0, 6.0)
    assert 0.05 < busy <= 1.05
    process = np.interp([began_s + 2, began_s + 6], whole.times_s, whole.values)
    assert busy < float(process[1] - process[0]) / 4 + 0.1  # a step's part of what the process used


class Prometheus:
    """A Prometheus on a free port of loopback, with its data in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        with HTTPServer(("127.0.0.1", 0), _Answers) as free:
            port = free.server_port
        command = shutil.which("prometheus")
        self._process = subprocess.Popen(
            [
                command,
                f"--config.file={self._folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/-/ready", timeout=1).read()
            except OSError:
                time.sleep(0.05)
            else:
                return url
        raise AssertionError("Prometheus did not come up")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
