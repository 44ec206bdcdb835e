"""What a target tells of itself, from a small server of the test's own."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.metrics_page import MetricsPage
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


def of(target: Target) -> TargetCpu:
    return TargetCpu(MetricsPage(target, "/metrics", {}))


def cpu(seconds: object) -> bytes:
    return f"process_cpu_seconds_total {seconds}\n".encode()


def test_metrics_that_fail_once_are_asked_again(telling):
    target = telling(cpu(1.5), b"no number", cpu("x"), SILENT, cpu(4.0))
    found = of(target)
    assert [found.since_last_s() for _ in range(4)] == [None, None, None, 2.5]


def test_a_process_that_started_later_is_a_restart_and_a_sibling_is_none(telling):
    def page(started_s: float, used_s: float) -> bytes:
        return cpu(used_s) + f"process_start_time_seconds {started_s:.2f}\n".encode()

    pages = ((0, 5), (0, 6), (1, 2), (1, 2.5), (60, 0.5), (60, 1))
    found = of(telling(*(page(1e9 + later_s, used_s) for later_s, used_s in pages)))
    assert [(found.since_last_s(), found.restarts) for _ in range(5)] == [
        (1.0, 0),
        (None, 0),
        (0.5, 0),
        (None, 1),
        (0.5, 1),
    ]


def test_cpu_seconds_that_go_back_are_a_restart_where_nothing_tells_when_it_started(telling):
    found = of(telling(cpu(5), cpu(1), cpu(2)))
    assert [(found.since_last_s(), found.restarts) for _ in range(2)] == [(None, 1), (1.0, 1)]


def test_a_page_without_the_metric_is_bad_input(telling):
    with pytest.raises(BadInput, match="holds no `process_cpu_seconds_total`"):
        of(telling(b"up 1"))


def test_the_size_is_what_the_first_page_told(telling):
    found = of(telling(cpu(1) + b"portal_dossiers_total 7\n", cpu(2) + b"portal_dossiers_total 9\n"))
    found.since_last_s()
    assert found.size == {"dossiers": 7}


def test_a_stand_in_is_asked_for_its_size_and_others_have_none(telling):
    metrics = telling(b"portal_dossiers_total 7\nportal_procedures 43\n")
    assert size_told(MetricsPage(metrics, "/metrics", {})) == {"dossiers": 7, "procedures": 43}
    assert size_told(MetricsPage(telling(b"<html>"), "/metrics", {})) is None
    assert size_told(MetricsPage(Target("http", "127.0.0.1", 1), "/metrics", {})) is None
