"""A generator that is ordered to play a locustfile becomes another program; whoever started it need not know."""

import socket
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cutover.base.clock import SECOND_NS
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.generator.child import command
from scenarios.swarm.generator.frames import Unpacker, packed
from scenarios.swarm.generator.seconds import counters_of, lines_of
from scenarios.swarm.order import Order
from scenarios.volume import Volume
from tests.scenarios.json_portal import served
from tests.scenarios.swarm.adopted.test_adopted import HERE, ROOT, Site

pytestmark = pytest.mark.realtime


class Spoken:
    """A generator in a process of its own; `heard` holds what it said."""

    def __init__(self, order: Order) -> None:
        self._end, theirs = socket.socketpair()
        self._end.settimeout(20)
        with theirs:
            told = command(theirs.fileno())
            self.process = subprocess.Popen(told, pass_fds=(theirs.fileno(),), cwd=ROOT, stderr=subprocess.PIPE)
        self.say({"kind": "prepare", "order": order.to_message()})
        self._unpacker, self.heard = Unpacker(), []

    def say(self, message: dict) -> None:
        self._end.sendall(packed(message))

    def listen(self, *kinds: str) -> dict:
        """Take what it says until one of these kinds."""
        while True:
            data = self._end.recv(1 << 16)
            assert data, self.process.communicate()[1].decode()
            found = self._unpacker.feed(data)
            self.heard += found
            for message in found:
                if message["kind"] in kinds:
                    return message

    def close(self) -> None:
        self._end.close()
        self.process.communicate(timeout=10)


def order_of(path: Path, url: str, text: str) -> Order:
    scenario = read_scenario(path)
    return Order.of(scenario, Volume.of(scenario, None, None), url, "run", locustfile=text)


def play(order: Order, stop_after_s: float | None = None) -> Spoken:
    spoken = Spoken(order)
    assert spoken.listen("ready", "refused")["kind"] == "ready"
    origin_ns = time.perf_counter_ns() + SECOND_NS // 5
    spoken.say({"kind": "begin", "origin_ns": origin_ns, "started": datetime.now(UTC).isoformat()})
    spoken.say({"kind": "lease", "me": 1, "until_ns": 60 * SECOND_NS, "shares": [[0, [1]]], "pace": []})
    if stop_after_s is not None:
        while spoken.listen("second")["n"] < stop_after_s:
            pass
        spoken.say({"kind": "stop"})
    spoken.listen("done")
    spoken.close()
    assert spoken.process.returncode == 0
    return spoken


def test_it_plays_the_schedule_one_for_one_and_tells_each_second(scenario_file):
    path, site = scenario_file(), Site()
    with served(site.app) as url:
        spoken = play(order_of(path, url, (HERE / "ordinary.py").read_text(encoding="utf-8")))
    sessions = Sessions(read_scenario(path))
    planned = [session.number for session in sessions.window(0.0, sessions.duration_s)]
    seconds = [message for message in spoken.heard if message["kind"] == "second"]
    assert [message["n"] for message in seconds] == list(range(len(seconds)))
    assert [number for message in seconds for number in message["begun"]] == planned
    assert sorted(number for message in seconds for number in message["ended"]) == sorted(planned)
    lines = [line for message in seconds for line in lines_of(message)]
    counters = [each for message in seconds for each in counters_of(message)]
    responses = sum(line.histogram.count for line in lines if line.kind == "response")
    assert responses == sum(each.offered for each in counters) > len(planned)
    assert sum(each.started for each in counters) == len(planned)
    outcomes = Counter()
    for each in counters:
        outcomes.update({outcome: n for counts in each.outcomes.values() for outcome, n in counts.items()})
    assert {"ok"} < set(outcomes) <= {"ok", "failed", "rejected", "timed_out"}
    events = {message["event"]: message for message in spoken.heard if message["kind"] == "event"}
    assert events["steps"]["requests"]["get_hello"] == "GET /hello"
    assert spoken.heard[-1] == {"kind": "done", "begun": len(planned), "achieved": {"sessions": len(planned)}}
    assert {"cpu", "lag_p99_ns", "loop_max_ns", "memory_bytes"} <= set(seconds[1]["vital"])


def test_told_to_stop_it_ends_with_what_is_under_way_unfinished(scenario_file):
    with served(Site().app) as url:
        spoken = play(order_of(scenario_file(), url, (HERE / "ordinary.py").read_text(encoding="utf-8")), 1)
    done = spoken.heard[-1]["begun"]
    assert 0 < done < len(list(Sessions(read_scenario(scenario_file())).window(0.0, 6.0)))


def test_without_a_lease_it_drops_its_sessions_once_says_so_and_goes_on_with_the_next(scenario_file):
    waiting = "from locust import HttpUser, task\nimport time\n\n\nclass Waits(HttpUser):\n"
    waiting += "    @task\n    def wait(self):\n        self.client.get('/late')\n        time.sleep(60)\n"
    with served(Site().app) as url:
        spoken = Spoken(order_of(scenario_file(), url, waiting))
        assert spoken.listen("ready", "refused")["kind"] == "ready"
        origin_ns = time.perf_counter_ns() + SECOND_NS // 10
        spoken.say({"kind": "begin", "origin_ns": origin_ns, "started": datetime.now(UTC).isoformat()})
        lease = {"kind": "lease", "me": 1, "until_ns": SECOND_NS, "shares": [[0, [1]]], "pace": []}
        spoken.say(lease)
        while spoken.listen("second")["n"] < 2:
            pass
        spoken.say(lease | {"until_ns": 60 * SECOND_NS})
        while not spoken.listen("second")["in_progress"]:
            pass
        spoken.say({"kind": "stop"})
        spoken.listen("done")
        spoken.close()
    (lost,) = [message for message in spoken.heard if message.get("event") == "lease lost"]
    assert lost["sessions"] > 0
    assert 2.0 < lost["t"] < 2.5


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [("x = (", 2, "cannot be loaded: SyntaxError"), ("x = 1", 2, "has no user class with a weight")],
)
def test_a_locustfile_that_cannot_be_played_is_refused(scenario_file, text, code, words):
    spoken = Spoken(order_of(scenario_file(), "http://127.0.0.1:1", text))
    refused = spoken.listen("ready", "refused")
    spoken.close()
    assert (refused["kind"], refused["exit_code"]) == ("refused", code)
    assert words in refused["words"]
