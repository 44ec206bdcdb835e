"""Generators for real: child processes over a socket, a few seconds of load on loopback."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutover.base.errors import BadInput
from fixtures.portal.evidence import dossiers
from reports.counters import added_up
from reports.receipts import Receipt
from reports.reconciliation import reconcile
from scenarios.run_keys import RunKeys
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.generator.child import command
from scenarios.swarm.generator.frames import Unpacker, packed
from scenarios.swarm.generator.prepared import identity_of
from scenarios.swarm.generator.seconds import counters_of, lines_of
from scenarios.swarm.generator.trace import trace
from scenarios.swarm.order import Order
from scenarios.volume import Volume

pytestmark = pytest.mark.realtime

SECOND = 10**9
FOR_EVER = 1 << 60


class Child:
    """A generator, and this process as its parent."""

    def __init__(self):
        self.end, theirs = socket.socketpair()
        self.end.settimeout(30)
        self.process = subprocess.Popen(command(theirs.fileno()), pass_fds=(theirs.fileno(),))
        theirs.close()
        self._unpacker, self._heard = Unpacker(), []

    def tell(self, kind, **rest):
        self.end.sendall(packed({"kind": kind, **rest}))

    def hear(self):
        while not self._heard:
            data = self.end.recv(1 << 20)
            if not data:
                raise EOFError
            self._heard += self._unpacker.feed(data)
        return self._heard.pop(0)

    def until(self, kind, most=10_000):
        found = []
        for _ in range(most):
            found.append(self.hear())
            assert found[-1]["kind"] != "refused", found[-1]["words"]
            if found[-1]["kind"] == kind:
                return found
        raise AssertionError(f"no {kind} came")

    def prepare(self, order):
        self.tell("prepare", order=order.to_message())
        return self.hear()

    def begin(self, origin_ns, me=1, shares=((0, (1,)),), until_ns=FOR_EVER):
        self.tell("begin", origin_ns=origin_ns, started=datetime.now(UTC).isoformat())
        self.tell("lease", me=me, issued_ns=0, until_ns=until_ns, shares=shares, pace=())


@pytest.fixture
def child():
    """Return a function that starts generators; they are ended afterwards, whatever came of them."""
    begun = []

    def start():
        begun.append(Child())
        return begun[-1]

    yield start
    for each in begun:
        each.end.close()
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait(10)


@pytest.fixture
def page_server():
    """A server that answers every request with a page and keeps the requests' headers and times."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen.append((self.path, dict(self.headers), time.perf_counter_ns()))
            body = b"<title>page</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


STEPS = """
from scenarios.swarm.asks import Get
from scenarios.steps import answered


def page(visit):
    answered((yield Get("/page")), title="page")
"""
ONE_STEP = 'schema = 1\nname = "own"\ndescription = "."\n[[steps]]\nname = "page"\nnext = { exit = 1.0 }\n'


@pytest.fixture
def one_page(scenario_file, tmp_path):
    """Return a function that makes the order for a scenario whose sessions ask for one page."""

    def order(url, *changes, **more):
        (tmp_path / "journeys").mkdir(exist_ok=True)
        (tmp_path / "journeys" / "own.toml").write_text(ONE_STEP, encoding="utf-8")
        path = scenario_file(("brisk_visit = 0.5\nbrisk_look_up = 0.5", "own = 1.0"), *changes)
        return Order.of(read_scenario(path), Volume(1.0, 1.0), url, "run", **{"steps": STEPS, **more})

    return order


def short(*more):
    return (("duration_s = 6", "duration_s = 2"), ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 30], [2, 30]]"), *more)


def planned(order):
    sessions = Sessions(order.read(), scale=order.scale, warp=order.warp)
    return list(sessions.window(0.0, sessions.duration_s))


@pytest.mark.parametrize("workers", [1, 3])
def test_what_reaches_the_target_is_the_schedule_one_for_one_and_never_early(child, page_server, one_page, workers):
    url, seen = page_server
    order = one_page(url, *short(), headers={"X-Synthetic": "1"})
    children = [child() for _ in range(workers)]
    for each in children:
        assert each.prepare(order) == {"kind": "ready", **identity_of(order, order.read(), None)}
    origin_ns = time.perf_counter_ns() + SECOND // 10
    shares = ((0, tuple(range(1, workers + 1))),)
    for me, each in enumerate(children, 1):
        each.begin(origin_ns, me, shares)
    told = [each.until("done") for each in children]
    expected = {session.number: session.instant_ns for session in planned(order)}
    arrived = {}
    for _, headers, at_ns in seen:
        version, trace_id, span, flags = headers["traceparent"].split("-")
        assert (version, span, flags) == ("00", f"{1:016x}", "01")
        assert (headers["X-Cutover-Run"], headers["X-Synthetic"]) == ("run", "1")
        assert headers["User-Agent"].startswith("cutover/")
        arrived[int(trace_id[16:], 16)] = at_ns - origin_ns
    assert len(seen) == len(arrived)
    assert arrived.keys() == expected.keys()
    assert all(arrived[number] >= instant_ns for number, instant_ns in expected.items())
    assert sum(messages[-1]["begun"] for messages in told) == len(expected)
    counters = added_up(each for messages in told for m in messages if m["kind"] == "second" for each in counters_of(m))
    by_second = {}
    for instant_ns in expected.values():
        by_second[instant_ns // SECOND] = by_second.get(instant_ns // SECOND, 0) + 1
    assert {line.start_s: line.planned for line in counters if line.planned} == by_second
    assert sum(line.outcomes.get("page", {}).get("ok", 0) for line in counters) == len(expected)
    lines = [line for messages in told for m in messages if m["kind"] == "second" for line in lines_of(m)]
    assert {line.kind for line in lines} == {"response", "service", "connect", "first_byte", "total"}
    assert sum(line.histogram.count for line in lines if line.kind == "response") == len(expected)
    samples = [m["entry"] for messages in told for m in messages if m["kind"] == "sample"]
    assert len(samples) == 5 * workers
    assert samples[0]["response"]["content"]["text"] == "<title>page</title>"
    assert samples[0]["_cutover"]["session"] in expected


def test_whole_visits_at_the_stand_in_portal_leave_the_dossiers_that_they_have_receipts_for(
    child, portal, scenario_file
):
    order = Order.of(read_scenario(scenario_file()), Volume(1.0, 1.0), portal.url, "run")
    generator = child()
    assert generator.prepare(order)["kind"] == "ready"
    generator.begin(time.perf_counter_ns())
    told = generator.until("done")
    counters = added_up(each for m in told if m["kind"] == "second" for each in counters_of(m))
    outcomes = [outcome for line in counters for by in line.outcomes.values() for outcome in by]
    assert set(outcomes) <= {"ok", "unfinished"}
    receipts = [Receipt.of_record(each) for m in told if m["kind"] == "receipts" for each in m["receipts"]]
    stored = dossiers(portal.database, RunKeys("run").prefix)
    found = reconcile(receipts, stored)
    assert len(stored) == found.matched == found.submitted > 0
    assert generator.process.wait(10) == 0


def test_the_generator_ends_with_its_parent(child, page_server, one_page):
    generator = child()
    generator.prepare(one_page(page_server[0]))
    generator.begin(time.perf_counter_ns())
    generator.until("second")
    generator.end.close()
    assert generator.process.wait(10) == 0


def test_ctrl_c_is_the_parents_affair(child, page_server, one_page):
    generator = child()
    generator.prepare(one_page(page_server[0]))
    generator.begin(time.perf_counter_ns())
    os.kill(generator.process.pid, signal.SIGINT)
    generator.until("second")
    generator.tell("stop")
    told = generator.until("done")
    assert told[-1]["begun"] > 0
    assert generator.process.wait(10) == 0


def test_stop_before_the_beginning_is_done(child, page_server, one_page):
    generator = child()
    generator.prepare(one_page(page_server[0]))
    generator.tell("stop")
    assert generator.hear() == {"kind": "done", "begun": 0, "achieved": {"sessions": 0}}


def test_what_cannot_be_played_is_refused_with_its_exit_code_and_nothing_is_sent(child, page_server, one_page):
    url, seen = page_server
    order = one_page(url)
    wrong = replace(order, steps=STEPS.replace("def page", "def other"))
    answer = child().prepare(wrong)
    assert (answer["kind"], answer["exit_code"]) == ("refused", 2)
    assert "page" in answer["words"]
    answer = child().prepare(replace(order, url="http://192.0.2.1"))
    assert (answer["kind"], answer["exit_code"]) == ("refused", 6)
    answer = child().prepare(replace(order, network={"resolve": ["nonsense"]}))
    assert (answer["kind"], answer["exit_code"]) == ("refused", 2)
    assert seen == []


def test_a_target_that_is_gone_gives_failed_steps_with_reasons_and_samples(child, one_page):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        order = one_page(f"http://127.0.0.1:{taken.getsockname()[1]}", *short())
        generator = child()
        generator.prepare(order)
        generator.begin(time.perf_counter_ns())
        told = generator.until("done")
    count = len(planned(order))
    counters = added_up(each for m in told if m["kind"] == "second" for each in counters_of(m))
    assert sum(line.outcomes.get("page", {}).get("failed", 0) for line in counters) == count
    reasons = [m["reason"] for m in told if m["kind"] == "event"]
    assert len(reasons) == min(20, count)
    assert all("refused" in reason.lower() for reason in reasons)
    failing = [m["entry"] for m in told if m["kind"] == "sample" and m["entry"]["_cutover"]["why"] == "failing"]
    assert len(failing) == min(20, count)


def test_a_session_is_traced_in_words_its_pauses_leapt_over(portal, scenario_file):
    order = Order.of(read_scenario(scenario_file()), Volume(1.0, 1.0), portal.url, "run")
    begun = time.monotonic()
    visits = [session for session in planned(order) if order.read().journeys[session.journey].name == "brisk_visit"]
    words = list(trace(order, visits[0].number))
    assert words[0].startswith(f"session {visits[0].number}: citizen {visits[0].citizen}, brisk_visit, at ")
    assert words[1] == f"trace id {re.fullmatch('trace id (.*)', words[1])[1]}"
    assert int(words[1][-16:], 16) == visits[0].number
    text = "\n".join(words)
    assert re.search(r"GET 127\.0\.0\.1:\d+/ -> 200 OK in [\d,.]+ ms; [\d,]+ bytes, http/1\.1, ", text)
    assert "home ok after" in text
    assert "new connection (" in text
    assert "&state=%5Bredacted%5D" in text
    assert time.monotonic() - begun < 60


def test_a_session_that_is_not_there_is_bad_input(scenario_file):
    order = Order.of(read_scenario(scenario_file()), Volume(1.0, 1.0), "http://127.0.0.1:9", "run")
    with pytest.raises(BadInput, match=r"session = 999999: is no session of the scenario as it is played; the first"):
        list(trace(order, 999_999))
