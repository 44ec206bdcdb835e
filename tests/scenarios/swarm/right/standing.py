"""A stand-in portal as a user starts it, at one address over its lives, and what it says that it saw."""

import json
import socket
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scenarios.swarm.generator.visitors import trace_of


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@dataclass(frozen=True)
class Request:
    """A request as the portal logged it: when it came (wall time, seconds), whose it was, what became of it."""

    came_s: float
    session: int
    method: str
    path: str
    status: int


class Standing:
    """A stand-in portal that can be killed, served again, and told its faults; it logs each request."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.database, self._log, port = folder / "portal.db", folder / "portal.log", free_port()
        self.url = f"http://127.0.0.1:{port}"
        serve = ("portal", "serve", "--port", str(port), "--slow", "0.05", "--log", "json", "--faults")
        self._command = [sys.executable, "-m", "cutover", *serve, "--database", str(self.database)]
        self.serve()

    def serve(self) -> None:
        """Serve, and wait until it does."""
        with self._log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, text=True)
        said = self.process.stdout.readline()
        assert said.startswith("serving "), self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def fault(self, **fault: object) -> None:
        """Break it, from now on."""
        body = json.dumps(fault).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/faults", body, headers, method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 201

    def seen(self, run: str) -> dict[int, list[Request]]:
        """Return the requests that it answered for a run, by session, in the order in which they came."""
        mark, found = trace_of(run, 0)[:16], defaultdict[int, list[Request]](list)
        for line in self._log.read_text(encoding="utf-8").splitlines():
            fields: Mapping[str, str] = json.loads(line) if line.startswith("{") else {}
            trace = fields.get("request", "")
            if len(trace) == 32 and trace.startswith(mark):
                ended_s = datetime.fromisoformat(fields["time"]).timestamp()
                came_s = ended_s - float(fields["duration_s"])
                session = int(trace[16:], 16)
                request = Request(came_s, session, fields["method"], fields["path"], int(fields["status"]))
                found[session].append(request)
        for requests in found.values():
            requests.sort(key=lambda each: each.came_s)
        return found
