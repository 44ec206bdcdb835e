"""What a target tells of itself, from a small server of the test's own."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.target_cpu import TargetCpu, size_told
from scenarios.target import Target

SILENT = None
"""An answer that comes too late."""


@pytest.fixture
def telling() -> Iterator[Callable[..., Target]]:
    """Return a function that serves pages, one after the other, and gives the target."""
    servers: list[ThreadingHTTPServer] = []

    def tell(*pages: bytes | None) -> Target:
        left = list(pages)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                page = left.pop(0)
                if page is SILENT:
                    time.sleep(0.8)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return Target("http", "127.0.0.1", server.server_port)

    yield tell
    for server in servers:
        server.shutdown()
        server.server_close()


def cpu(seconds: object) -> bytes:
    return f"process_cpu_seconds_total {seconds}\n".encode()


def test_metrics_that_fail_once_are_asked_again(telling):
    target = telling(cpu(1.5), b"no number", cpu("x"), SILENT, cpu(4.0))
    found = TargetCpu(target, "/metrics")
    assert [found.since_last_s() for _ in range(4)] == [None, None, None, 2.5]


def test_a_page_without_the_metric_is_bad_input(telling):
    with pytest.raises(BadInput, match="holds no `process_cpu_seconds_total`"):
        TargetCpu(telling(b"up 1"), "/metrics")


def test_the_size_is_what_the_first_page_told(telling):
    found = TargetCpu(telling(cpu(1) + b"portal_dossiers_total 7\n", cpu(2) + b"portal_dossiers_total 9\n"), "/m")
    found.since_last_s()
    assert found.size == {"dossiers": 7}


def test_a_stand_in_is_asked_for_its_size_and_others_have_none(telling):
    assert size_told(telling(b"portal_dossiers_total 7\nportal_procedures 43\n")) == {"dossiers": 7, "procedures": 43}
    assert size_told(telling(b"<html>")) is None
    assert size_told(Target("http", "127.0.0.1", 1)) is None
