"""What identifies a run goes with every request, and its values into nothing that the run leaves behind."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reports.run import Run
from reports.summary import Summary

pytestmark = pytest.mark.realtime

AGREED, SECRET = "agreed-value-77", "s3cret-of-the-gate"
LOOK_UP = ("brisk_visit = 0.5\nbrisk_look_up = 0.5", "brisk_look_up = 1.0")


class Echo(BaseHTTPRequestHandler):
    """Fails, and tells in head and body all that it was sent, as a portal's own error page may."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        type(self).seen.append({name.lower(): value for name, value in self.headers.items()})
        body = f"<p>{self.headers}</p>".encode()
        self.send_response(500)
        self.send_header("Content-Type", "text/html")
        self.send_header("X-Synthetic", self.headers["X-Synthetic"])
        self.send_header("X-Echo", self.headers["X-Gate-Key"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_agreed_headers_go_with_every_request_and_nothing_keeps_their_values(scenario_file, tmp_path):
    path = scenario_file(LOOK_UP, ("duration_s = 6", "duration_s = 3"), ("[4, 6], [4, 0], [6, 0]", "[2, 6], [3, 0]"))
    supplies = tmp_path / "supplies.toml"
    supplies.write_text('schema = 1\n[headers]\nX-Gate-Key = { env = "GATE_KEY" }\n', encoding="utf-8")
    seen: list[dict[str, str]] = []
    handler = type("Handler", (Echo,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [
            sys.executable,
            "-m",
            "cutover",
            "swarm",
            str(path),
            "--host",
            f"http://127.0.0.1:{server.server_port}",
        ]
        command += ["--out", str(tmp_path / "runs"), "--supplies", str(supplies), "--header", f"X-Synthetic: {AGREED}"]
        environment = {**os.environ, "GATE_KEY": SECRET}
        ended = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment)
        server.shutdown()
    assert ended.returncode == 0, ended.stderr
    run = Run.open(Path(ended.stdout.strip()))
    assert len(seen) >= Summary.of(run).all.outcomes["failed"] > 5
    assert {(each["x-synthetic"], each["x-gate-key"]) for each in seen} == {(AGREED, SECRET)}
    assert {each["x-cutover-run"] for each in seen[1:]} == {run.folder.name}  # the first only asked for an answer
    kept = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    samples = b"".join(content for path, content in kept.items() if path.suffix == ".har")
    assert samples.count(b"[redacted]") > 5
    assert b"X-Gate-Key" in samples  # the names stand there, the values do not
    leaks = [str(path) for path, content in kept.items() if AGREED.encode() in content or SECRET.encode() in content]
    assert leaks == []
    assert not any(value in ended.stdout + ended.stderr for value in (AGREED, SECRET))
