"""The control of a run that is being played: a socket in its folder, by which its owner watches, steers and stops it.

A line of JSON each way. `{"do": "status"}` is answered with the run as it stands, `{"do": "watch"}` with that each
half second until the run is over; `{"do": "stop"}`, `{"do": "pause"}`, `{"do": "resume"}` and `{"do": "rate",
"factor": 1.5}` do so and are answered with `{"ok": true}` or `{"error": words}`.
"""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent.server import StreamServer

from scenarios.swarm.conduct.conductor import Conductor
from scenarios.swarm.conduct.decided import Decided

NAME = ".control"
WATCHED_EVERY_S = 0.5
MOST_BYTES = 4096
MOST_FACTOR = 100.0
"""A rate raised beyond this is a slip of the finger; assumed."""


class Control:
    """Serves one run's socket until it is closed; only the owner of the folder may use it."""

    def __init__(self, folder: Path, conductor: Conductor) -> None:
        self._path, self._conductor = folder / NAME, conductor
        self._server = StreamServer(_listener(folder), self._serve)
        self._server.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.stop(timeout=1)
        self._path.unlink(missing_ok=True)

    def _serve(self, connection: socket.socket, _: object) -> None:
        with connection:
            asked = _read(connection)
            if asked.get("do") == "watch":
                self._watch(connection)
            else:
                _write(connection, self._answer(asked))

    def _watch(self, connection: socket.socket) -> None:
        while True:
            is_over = self._conductor.over.is_set()
            if not _write(connection, self._conductor.status()) or is_over:
                return
            self._conductor.over.wait(WATCHED_EVERY_S)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        conductor, what = self._conductor, asked.get("do")
        deeds: dict[object, Callable[[], object]] = {
            "stop": lambda: gevent.spawn(conductor.stop, "asked with cutover swarm stop"),
            "pause": lambda: conductor.change_pace(0.0),
            "resume": lambda: conductor.change_pace(1.0),
        }
        if what == "status":
            return conductor.status()
        if what == "rate":
            factor = asked.get("factor")
            if not isinstance(factor, int | float) or not 0 < factor <= MOST_FACTOR:
                return {"error": f"the factor must be above 0 and at most {MOST_FACTOR:g}"}
            if factor > conductor.most_factor:
                most = f"{conductor.most_factor:.3g}"
                return {"error": f"the factor may be at most {most}: the scenario's cap is swarm.max_sessions_per_s"}
            deeds[what] = lambda: conductor.change_pace(float(factor))
        if what == "decide":
            try:
                decided = Decided(float(asked["to_s"]), float(asked["error_rate"]), int(asked["look"]))
            except (KeyError, TypeError, ValueError):
                return {"error": "say up to when it is judged, at which error rate, at which look"}
            deeds[what] = lambda: conductor.decide(decided)
        if what not in deeds:
            return {"error": "ask for status, watch, stop, decide, pause, resume or rate"}
        if conductor.over.is_set():
            return {"error": "the run is over"}
        deeds[what]()
        return {"ok": True}


def _listener(folder: Path) -> socket.socket:
    """Return a socket bound in a folder, however long the folder's path is: a socket's may have 107 bytes only."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    descriptor = os.open(folder, os.O_RDONLY)
    before = os.umask(0o177)
    try:
        listener.bind(f"/proc/self/fd/{descriptor}/{NAME}")
    finally:
        os.umask(before)
        os.close(descriptor)
    listener.listen(8)
    return listener


def _read(connection: socket.socket) -> dict[str, Any]:
    connection.settimeout(5.0)
    data = b""
    try:
        while b"\n" not in data and len(data) < MOST_BYTES:
            more = connection.recv(MOST_BYTES)
            if not more:
                break
            data += more
        asked = json.loads(data)
    except (OSError, ValueError):
        return {}
    return asked if isinstance(asked, dict) else {}


def _write(connection: socket.socket, answer: dict[str, Any]) -> bool:
    try:
        connection.sendall(json.dumps(answer, allow_nan=False).encode() + b"\n")
    except OSError:
        return False
    return True
