"""`cutover swarm` and its subcommands: what is refused before anything starts, and how a run is steered."""

import contextlib
import io
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from cutover.base.errors import BadInput, TargetRefused
from cutover.commands.main import app
from cutover.rehearsal.live import line, view
from cutover.rehearsal.live_screen import showing

STATUS = {
    "schema": 1,
    "run": "runs/x",
    "state": "playing",
    "t": 12.0,
    "ends_s": 60.0,
    "factor": 2.0,
    "sessions": {"planned": 100, "started": 98, "in_progress": 7},
    "steps": {"sent": 400, "outcomes": {"ok": 380, "timed_out": 20}},
    "last": {"started_per_s": 8.0, "sent_per_s": 33.0, "response_s": {"p50": 0.01, "p90": 0.1, "p99": None}},
    "budgets": [
        {"text": "all response p95 < 2s", "value": 0.5, "is_at_least": False, "unit": "s", "keeps": True},
        {"text": "all response p99 < 2s", "value": 30, "is_at_least": True, "unit": "s", "keeps": False},
        {"text": "dossiers lost == 0", "value": None, "is_at_least": False, "unit": "count", "keeps": None},
    ],
    "workers": [
        {
            "worker": 1,
            "host": "left",
            "state": "playing",
            "in_progress": 7,
            "cpu": 0.4,
            "lag_p99_ns": 1e6,
            "sockets": 9,
        },
        {"worker": 2, "host": "right", "state": "lost", "in_progress": 0},
    ],
}


CHANNEL = ("--master-port", "5557", "--bind", "10.0.0.1", "--workers", "0")
NOT_WITH_TURNS = "\n".join(
    f"cutover swarm: {option}: does not go with --ab; leave one out"
    for option in ("--master-port", "--bind", "--workers 0")
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["swarm", *map(str, arguments)])


@pytest.mark.parametrize("what", [("stop",), ("pause",), ("resume",), ("rate",), ("watch",)])
def test_a_run_that_nobody_plays_cannot_be_steered(what, tmp_path):
    more = ("2",) if what == ("rate",) else ()
    ended = run(*what, tmp_path, *more)
    assert ended.exit_code == BadInput.exit_code
    assert "is not being played; name the folder of a run" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "SCENARIO: is missing"),
        (("rehearsal",), "--host: is missing"),
        (("--worker",), "--master-host: is missing"),
        (("--worker", "--master-host", "192.0.2.1"), "--master-host: host = '192.0.2.1': is not loopback"),
        (("rehearsal", "--host", "http://127.0.0.1:1", "--resolve", "x", "--proxy", "y"), "--proxy = 'y'"),
        (("rehearsal", "--host", "http://127.0.0.1:1", "--steps", "none.py"), "none.py"),
        (("rehearsal", "--host", "http://127.0.0.1:1", "--session", "3"), "--session = 3: is for --trace"),
        (("rehearsal", "--ab", "http://127.0.0.1:1", "http://127.0.0.1:2", *CHANNEL), NOT_WITH_TURNS),
        (("rehearsal", "--host", "http://127.0.0.1:1", "--header", "X"), "--header = 'X': must be NAME:VALUE"),
        (
            ("rehearsal", "--host", "http://127.0.0.1:1", "--allow-host", "a/b"),
            "--allow-host = 'a/b': must be a host's",
        ),
    ],
)
def test_what_cannot_be_played_is_bad_input_before_anything_starts(arguments, words):
    ended = run("play", *arguments) if not arguments else run(*arguments)
    assert ended.exit_code == BadInput.exit_code
    assert words in ended.stderr


def test_the_first_word_may_be_a_scenario_or_a_subcommand():
    assert run("rehearsal", "--host", "http://192.0.2.1").exit_code == TargetRefused.exit_code


def test_the_socket_of_a_run_is_reached_however_long_its_path(tmp_path):
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    heard = []
    with served(folder, [{"ok": True}], heard):
        ended = run("rate", folder, "1.5")
    assert heard == [{"do": "rate", "factor": 1.5}]
    assert "1.5 times the rate in 3 s" in ended.stderr


def test_what_the_coordinator_refuses_is_bad_input(tmp_path):
    with served(tmp_path, [{"error": "the run is over"}], []):
        ended = run("stop", tmp_path)
    assert (ended.exit_code, "the run is over" in ended.stderr) == (BadInput.exit_code, True)


def test_a_swarm_that_does_not_answer_is_told_of_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr("cutover.rehearsal.control.ANSWERS_WITHIN_S", 0.05)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{descriptor}/.control")
        os.close(descriptor)
        listener.listen()
        ended = run("stop", tmp_path)
    assert ended.exit_code == BadInput.exit_code
    assert "did not answer in 0.05 s; look at it with: cutover swarm watch" in ended.stderr


def test_watching_prints_each_status_for_machines(tmp_path):
    with served(tmp_path, [STATUS, {**STATUS, "state": "over"}], []):
        ended = run("watch", tmp_path, "--json")
    told = [json.loads(each) for each in ended.stdout.splitlines()]
    assert [each["state"] for each in told] == ["playing", "over"]


@contextlib.contextmanager
def served(folder: Path, answers: list[dict], heard: list[dict]) -> Iterator[None]:
    """Serve a socket in a run's folder that answers one question with lines."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(json.loads(connection.recv(4096)))
            for answer in answers:
                connection.sendall(json.dumps(answer).encode() + b"\n")

    descriptor = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{descriptor}/.control")
        os.close(descriptor)
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def test_the_live_view_shows_what_people_look_for():
    shown = io.StringIO()
    Console(width=140, file=shown).print(view(STATUS))
    text = shown.getvalue()
    for words in (
        "runs/x: playing · 12 s played, 48 s left · 2 times the rate",
        "100 planned, 98 started (98 %)",
        "400 sent, 33/s now",
        "p50 10 ms, p90 100 ms, p99 –",
        "20 timed_out",
        "40 %",
        "lost",
        "all response p95 < 2s  500 ms         kept so far",
        "all response p99 < 2s  at least 30 s  broken so far",
        "dossiers lost == 0     at the end",
    ):
        assert words in text


def test_a_log_gets_a_line_every_ten_seconds(capsys):
    with showing() as show:
        for at in range(25):
            show({**STATUS, "t": float(at)})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert (
        lines[1] == "10 s: 100 planned, 98 started, 33/s steps sent, p99 –, 5 % not ok" == line({**STATUS, "t": 10.0})
    )


def test_quiet_it_shows_nothing(capsys):
    with showing(quiet=True) as show:
        show(STATUS)
    assert capsys.readouterr().err == ""
