"""The one request before a run goes the way that the run will go."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cutover.base.errors import BadInput, InvalidRun
from scenarios.scenario import read_scenario
from scenarios.swarm.answering import check_answers
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.order import Order
from scenarios.swarm.target.secret import Secret
from scenarios.target import parse_target
from scenarios.volume import Volume


@contextmanager
def served(status: int = 200, location: str | None = None) -> Iterator[tuple[int, list[tuple[str, dict[str, str]]]]]:
    """Serve one answer to all; give the port, and what was asked for: request targets and headers."""
    seen: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, dict(self.headers)))
            self.send_response(status)
            if location is not None:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port, seen
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(scenario_file):
    """Return a function that asks whether a target answers."""
    scenario = read_scenario(scenario_file())

    def asked(url, secrets=None, headers=None, allowed=(), **network):
        options = asdict(NetworkOptions(**network))
        more = {"allowed": allowed, "network": options, "headers": headers or {}}
        check_answers(Order.of(scenario, Volume(1.0, 1.0), url, "a-run", **more), parse_target(url), secrets)

    return asked


def test_it_is_asked_once_and_bears_what_identifies_the_run(ask):
    with served() as (port, seen):
        ask(f"http://127.0.0.1:{port}", {"X-Key": Secret("s3cret")}, {"X-Synthetic": "yes"})
    ((path, headers),) = seen
    assert path == "/"
    sent = {name: headers[name] for name in ("X-Cutover-Run", "X-Synthetic", "X-Key")}
    assert sent == {"X-Cutover-Run": "a-run", "X-Synthetic": "yes", "X-Key": "s3cret"}


def test_a_pinned_name_that_nobody_else_knows_is_asked_where_it_was_pinned(ask):
    with served() as (port, seen):
        ask(f"http://portal.invalid:{port}", resolve=(f"portal.invalid:{port}:127.0.0.1",))
    assert seen[0][1]["Host"] == f"portal.invalid:{port}"
    with pytest.raises(InvalidRun, match=r"http://portal\.invalid:1 does not answer \("):
        ask("http://portal.invalid:1")


def test_a_proxy_is_asked_for_the_target(ask):
    with served() as (port, seen):
        ask("http://portal.invalid:8080", proxy=f"http://127.0.0.1:{port}")
    assert seen[0][0] == "http://portal.invalid:8080/"
    with pytest.raises(
        InvalidRun, match=rf"portal\.invalid:8080 does not answer by the proxy http://127\.0\.0\.1:{port} "
    ):
        ask("http://portal.invalid:8080", proxy=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("status", "words"), [(407, "407: set CUTOVER_PROXY_LOGIN"), (502, "answered 502"), (504, "504")]
)
def test_what_a_proxy_answers_in_the_target_s_place_is_no_answer(ask, status, words):
    with served(status) as (port, _):
        with pytest.raises(InvalidRun, match=words):
            ask("http://portal.invalid", proxy=f"http://127.0.0.1:{port}")
        ask(f"http://127.0.0.1:{port}")  # a target may answer what it likes


def test_a_redirect_to_a_foreign_host_is_an_answer_and_not_followed(ask):
    with served(302, "http://192.0.2.1/") as (port, seen):
        ask(f"http://127.0.0.1:{port}")
    assert len(seen) == 1


def test_a_source_address_that_is_not_this_machine_s_is_bad_input(ask):
    with served() as (port, _), pytest.raises(BadInput, match="is no address of this machine"):
        ask(f"http://127.0.0.1:{port}", source_addresses=("192.0.2.9",))
