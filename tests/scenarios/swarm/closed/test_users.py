"""The closed workload: locust's users play our steps, one session after the other, and wait for the portal."""

import json
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.realtime

ROOT = Path(__file__).parents[4]
STEPS = """\
from scenarios.steps import Get, Pause, Post, Send, answered, matched

def enter(visit):
    page = answered((yield Get("/enter")), title="Room")
    visit.kept["token"] = matched(page, "token ([0-9]+)")

def look(visit):
    yield Pause(0.01)
    page = answered((yield Post("/look", {"token": visit.kept["token"]})), title="Seen")
    assert page.earlier[0].status == 303

def leave(visit):
    answered((yield Get("/elsewhere")))

def across(visit):
    answered((yield Send("GET", "/across", headers={"Authorization": "Bearer mine", "X-Own": "1"})))

def wait(visit):
    answered((yield Get("/slow")))
"""
SCENARIO = """\
schema = 1
name = "closed"
title = "A test"
starts = 2025-07-01T08:00:00+07:00
duration_s = 20
as_of = 2025-06-30
[population]
value = 101_600_000
assumed = "a test"
[arrivals]
profile = "constant 0.5/s for 20s"
[journeys]
course = 1.0
[forecast]
plan = "stand-in"
"""
STEP = '[[steps]]\nname = "{0}"\nthink = {{ law = "constant", mean_s = 0.02 }}\nlimit_s = {1}\nnext = {{ {2} = 1.0 }}\n'
LOCUSTFILE = """\
from locust import constant
from scenarios.users import CitizenUser

class Citizen(CitizenUser):
    scenario = "{folder}/closed.toml"
    steps = "{folder}/own_steps.py"
    allowed = {allowed}
    wait_time = constant({pause_s})
"""


class Room(BaseHTTPRequestHandler):
    """A portal that knows its visitors by a cookie, and notes how many are there at once."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()

    def do_GET(self):
        self.noted()
        if self.path == "/enter":
            number = self.server.visitors = self.server.visitors + 1
            self.give(200, f"<title>Room</title>token {number}", f"Set-Cookie: visitor={number}")
        elif self.path == "/seen":
            self.give(200, "<title>Seen</title>")
        elif self.path == "/across":
            self.give(307, "", f"Location: http://127.0.0.1:{self.server.beside}/there")
        elif self.path == "/there":
            self.give(200, "there")
        elif self.path == "/elsewhere":
            self.give(302, "", "Location: http://127.0.0.1:9/")
        else:
            self.server.released.wait(3)
            self.give(200, "late")

    def do_POST(self):
        self.noted()
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        known = self.headers["Cookie"] == f"visitor={sent.removeprefix('token=')}"
        self.give(303 if known else 403, "", "Location: /seen")

    def noted(self):
        with self.lock:
            self.server.asked[self.path] += 1
            self.server.agents.add(self.headers["User-Agent"].split("/")[0])
            self.server.forwarded.add(self.headers["X-Forwarded-For"])
            self.server.credentials[self.path].add((self.headers["Authorization"], self.headers["X-Own"]))
            if self.path == "/enter" and self.headers["Cookie"]:
                self.server.asked["known again"] += 1

    def give(self, status, text, *headers):
        body = text.encode()
        self.send_response(status)
        for header in headers:
            self.send_header(*header.split(": "))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def opened():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
    server.visitors, server.asked, server.agents, server.forwarded = 0, Counter(), set(), set()
    server.credentials, server.beside = defaultdict(set), 9
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def room():
    with opened() as server:
        yield server


def play(folder, server, *steps, users=3, pause_s=0.0, limit_s=5, host=None, lasts_s=3, allowed=()):
    """Let locust's users play a journey of these steps; return its process and rows by name."""
    (folder / "journeys").mkdir()
    lines = ['schema = 1\nname = "course"\ndescription = "."\n']
    lines += [STEP.format(step, limit_s, after) for step, after in zip(steps, [*steps[1:], "exit"], strict=True)]
    (folder / "journeys" / "course.toml").write_text("".join(lines), encoding="utf-8")
    (folder / "closed.toml").write_text(SCENARIO, encoding="utf-8")
    (folder / "own_steps.py").write_text(STEPS, encoding="utf-8")
    (folder / "mine.py").write_text(
        LOCUSTFILE.format(folder=folder, pause_s=pause_s, allowed=allowed), encoding="utf-8"
    )
    where = host or f"http://127.0.0.1:{server.server_port}"
    command = [sys.executable, "-m", "locust", "-f", "mine.py", "--host", where, "--headless", "--json"]
    more = ["--users", str(users), "--spawn-rate", "100", "--run-time", f"{lasts_s}s", "--stop-timeout", "5"]
    ended = subprocess.run(
        [*command, *more], capture_output=True, text=True, timeout=90, cwd=folder, env={"PYTHONPATH": str(ROOT)}
    )
    rows = json.loads(ended.stdout) if ended.returncode in (0, 1) and ended.stdout.startswith("[") else []
    return ended, {row["name"]: row for row in rows}


def test_each_user_plays_one_session_after_the_other_as_a_new_visitor(room, tmp_path):
    ended, rows = play(tmp_path, room, "enter", "look")
    assert ended.returncode == 0, ended.stderr
    assert {(row["method"], row["num_failures"]) for row in rows.values()} == {("STEP", 0)}
    assert set(rows) == {"enter", "look"}
    sessions = room.asked["/enter"]
    assert sessions > 20  # more than the ten that the scenario's schedule holds: another replication goes on
    assert abs(sessions - rows["enter"]["num_requests"]) <= 3
    assert room.asked["/look"] == room.asked["/seen"]  # the redirect after the form is followed
    assert room.asked["known again"] == 0
    assert room.agents == {"cutover"}
    assert len(room.forwarded) > 20  # citizens of their own
    assert rows["look"]["min_response_time"] >= 10  # a pause inside a step is a part of it


def test_users_wait_for_the_portal_and_the_pause(room, tmp_path):
    ended, rows = play(tmp_path, room, "enter", "wait", users=4, pause_s=60, lasts_s=4)
    assert ended.returncode == 0, ended.stderr
    assert room.asked["/enter"] == room.asked["/slow"] == 4  # none comes again while it waits, or before its pause
    assert rows["wait"]["num_requests"] == 4
    assert rows["wait"]["min_response_time"] >= 2900


def test_limits_and_wrong_answers_fail_a_step_and_end_its_session(room, tmp_path):
    ended, rows = play(tmp_path, room, "wait", "enter", users=1, pause_s=60, limit_s=0.5)
    assert ended.returncode == 1
    assert set(rows) == {"wait"}
    assert (rows["wait"]["num_requests"], rows["wait"]["num_failures"]) == (1, 1)
    assert "the step's limit of 0.5 s passed" in ended.stderr
    assert 450 <= rows["wait"]["max_response_time"] < 2500


def test_a_redirect_to_another_host_is_not_followed(room, tmp_path):
    ended, rows = play(tmp_path, room, "leave", users=1, pause_s=60)
    assert rows["leave"]["num_failures"] == 1
    assert "/elsewhere redirects to another host, 127.0.0.1:9: not followed" in ended.stderr


def test_credentials_do_not_follow_a_redirect_to_another_host(room, tmp_path):
    with opened() as beside:
        room.beside = beside.server_port
        ended, rows = play(
            tmp_path, room, "across", users=1, pause_s=60, lasts_s=2, allowed=(f"127.0.0.1:{room.beside}",)
        )
        assert rows["across"]["num_failures"] == 0, ended.stderr
        assert room.credentials["/across"] == {("Bearer mine", "1")}
        assert beside.credentials["/there"] == {(None, "1")}


@pytest.mark.parametrize(
    ("steps", "host", "code", "words"),
    [
        (("enter", "fly"), None, 2, "fly"),
        (("enter",), "http://portal.example.vn", 6, "portal.example.vn is neither loopback nor allowed"),
    ],
)
def test_what_cannot_be_played_ends_locust_before_anybody_comes(room, tmp_path, steps, host, code, words):
    ended, _ = play(tmp_path, room, *steps, host=host)
    assert ended.returncode == code
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not room.asked


def test_the_documented_example_plays_the_stand_in_portal(portal, tmp_path):
    example = ROOT / "docs" / "examples" / "closed_citizens.py"
    command = [sys.executable, "-m", "locust", "-f", str(example), "--host", portal.url, "--headless", "--json"]
    more = ["--users", "5", "--spawn-rate", "5", "--run-time", "4s"]
    ended = subprocess.run([*command, *more], capture_output=True, text=True, timeout=90, cwd=tmp_path)
    rows = {row["name"]: row for row in json.loads(ended.stdout)}
    assert ended.returncode == 0, ended.stderr
    assert "home" in rows
    assert not any(row["num_failures"] for row in rows.values())
