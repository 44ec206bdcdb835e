"""An ordinary locustfile, unedited, under a schedule of ours."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from scenarios.swarm.adopted.naming import MOST_STEPS, OTHER, StepNames, step_of
from tests.scenarios.json_portal import served

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[4]
COUNT = 40


class Site:
    """Answers everything; `seen` has each request's path and the run that its headers name."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.traces: list[str] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.seen.append((path, request.headers.get("x-cutover-run", ""), request.headers.get("x-mine", "")))
        self.traces.append(request.headers.get("traceparent", ""))
        if path == "/to-another-host":
            return RedirectResponse("http://portal.example.invalid/x", 302)
        if path == "/late":
            await asyncio.sleep(0.4)
        if path == "/busy":
            return PlainTextResponse("", 503)
        if path == "/first":
            return PlainTextResponse(str(len(self.seen)))
        return PlainTextResponse(path.strip("/").replace("/", " "))


def play(site: Site, count: int = COUNT, stop_after_s: float = 0.0, file: Path = HERE / "ordinary.py") -> dict:
    with served(site.app) as url:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.scenarios.swarm.adopted.play", str(file), url, str(count), str(stop_after_s)],
            capture_output=True, text=True, timeout=60, cwd=ROOT,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def played():
    site = Site()
    return site, play(site)


def test_every_session_starts_at_its_instant_with_a_user_drawn_by_weight(played):
    _, told = played
    first = {}
    for step in told["steps"]:
        if step["ordinal"] == 0:
            first[step["session"]] = step
    kinds = Counter(step["step"] for step in first.values())
    assert set(kinds) == {"get_hello", "get_home", step_of("GET", "/to-another-host")}
    assert all(step["intended"] == 20_000_000 * number for number, step in first.items())
    assert all(step["sent"] >= step["intended"] for step in told["steps"])
    assert kinds["get_hello"] < COUNT / 2


def test_users_go_once_round_with_on_start_and_on_stop(played):
    _, told = played
    of = defaultdict(list)
    for step in told["steps"]:
        of[step["session"]].append(step["step"])
    slow = [steps for steps in of.values() if steps[0] == "get_hello"]
    assert slow
    for steps in slow:
        assert steps[-1] == "get_bye"
        inside = steps[1:-1]
        for name in ("get_first", "get_wrong"):
            assert inside.count(name) == inside.count("get_first")
        entered = inside.count("get_first") + inside.count("get_left")
        assert entered == 2
        assert len(inside) == 3 * inside.count("get_first") + 3 * inside.count("get_left")


def test_outcomes_are_the_designs(played):
    _, told = played
    outcomes = defaultdict(Counter)
    for step in told["steps"]:
        outcomes[told["requests"][step["step"]]][step["outcome"]] += 1
    assert set(outcomes["GET /services"]) <= {"ok"}
    assert set(outcomes["GET /busy"]) <= {"rejected"}
    assert set(outcomes["GET /late"]) <= {"timed_out"}
    assert set(outcomes["GET /wrong"]) <= {"failed"}
    assert set(outcomes["GET /second/[n]"]) <= {"ok"}
    assert {"ok"} < {outcome for counts in outcomes.values() for outcome in counts}
    assert told["offers"] == len(told["steps"])
    assert set(told["errors"]) <= {"KeyError: 'oops'"}


def test_a_pause_of_the_user_comes_before_the_next_intended_start(played):
    _, told = played
    by = {(step["session"], step["ordinal"]): step for step in told["steps"]}
    pauses = [
        by[session, ordinal]["intended"] - by[session, ordinal - 1]["end"]
        for session, ordinal in by
        if by[session, ordinal]["step"] == "get_wrong"
    ]
    assert pauses
    assert all(pause >= 20_000_000 for pause in pauses)


def test_a_foreign_host_is_never_contacted_and_requests_are_identified(played):
    site, told = played
    elsewhere = [step for step in told["steps"] if told["requests"][step["step"]] == "GET /to-another-host"]
    assert len(elsewhere) == len(told["refused"]) > 0
    assert all("portal.example.invalid is neither loopback nor allowed" in why for why in told["refused"])
    assert {step["outcome"] for step in elsewhere} == {"failed"}
    assert {run for _, run, _ in site.seen} == {"test"}
    assert len(set(site.traces)) == len(site.traces)
    assert all(re.fullmatch("00-0{24}[0-9a-f]{8}-0{8}[0-9a-f]{8}-01", trace) for trace in site.traces)
    assert {mine for path, _, mine in site.seen if path == "/hello"} == {"1"}


def test_what_is_under_way_when_the_run_ends_is_unfinished_and_users_are_those_of_any_other_run(played):
    told = play(Site(), count=12, stop_after_s=0.05)
    slow = [{step["session"] for step in each["steps"] if step["step"] == "get_hello"} for each in (told, played[1])]
    assert slow[0] == {session for session in slow[1] if session < 12}
    assert Counter(step["outcome"] for step in told["steps"])["unfinished"] >= 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read (no such file)"),
        ("raise ValueError('no')", "cannot be loaded: ValueError: no"),
        ("import sys; sys.exit(3)", "cannot be loaded: SystemExit: 3"),
        ("from locust import HttpUser", "has no user class with a weight"),
    ],
)
def test_locustfiles_that_cannot_be_played(tmp_path, text, words):
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    program = "import sys; from pathlib import Path; from scenarios.swarm.adopted.users import read_users\n"
    program += "read_users(Path(sys.argv[1]), 'http://127.0.0.1')"
    ended = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=ROOT)
    assert words in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(("status", "outcome"), [(503, "rejected"), (429, "blocked"), (500, "failed"), (200, "ok")])
def test_statuses_mean_what_they_mean_to_any_generator(status, outcome):
    program = "import sys; from types import SimpleNamespace as Told\n"
    program += "from scenarios.swarm.adopted.player import outcome_of\n"
    program += "status = int(sys.argv[1])\n"
    program += "print(outcome_of(ValueError() if status >= 400 else None, Told(status_code=status)))"
    told = subprocess.run(
        [sys.executable, "-c", program, str(status)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert told.stdout.strip() == outcome


def test_names_are_functions_of_method_and_name():
    assert step_of("GET", "/") == "get_home"
    assert step_of("GET", "/api/services") == "get_api_services"
    assert step_of("POST", "sign in") == "post_sign_in"
    odd = {step_of("GET", name) for name in ("/a-b", "/a_b", "/a/b", "/a/b?c=1", "/A/b", "/" + "x" * 80)}
    assert len(odd) == 6
    names = StepNames()
    steps = {names.step("GET", f"/items/{number}") for number in range(MOST_STEPS + 5)}
    assert len(steps) == MOST_STEPS + 1
    assert OTHER in steps
    assert names.beyond == 5
