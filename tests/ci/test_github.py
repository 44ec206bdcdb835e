"""The GitHub action, step by step, as its runner would play it, against an API on loopback that keeps what it hears."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOME = ROOT / "ci" / "github"
ACTION = yaml.safe_load((HOME / "action.yml").read_text(encoding="utf-8"))


class Api(ThreadingHTTPServer):
    """A part of GitHub's API: checks and comments; `refuses` is the status of every answer to what would write."""

    def __init__(self) -> None:
        self.checks: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.refuses: int | None = None
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        page = int(re.search(r"page=(\d+)$", self.path)[1])  # type: ignore[index] # every list is paged
        self._answer(200, self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        body = self._body()
        if self.server.refuses:
            return self._answer(self.server.refuses, {})
        if self.path == "/repos/me/portal/check-runs":
            self.server.checks.append(body)
        else:
            assert self.path == "/repos/me/portal/issues/7/comments"
            self.server.comments.append({"id": len(self.server.comments), **body})
        return self._answer(201, {})

    def do_PATCH(self) -> None:
        number = int(re.fullmatch(r"/repos/me/portal/issues/comments/(\d+)", self.path)[1])  # type: ignore[index]
        self.server.comments[number].update(self._body())
        self._answer(200, {})

    def _body(self) -> dict[str, Any]:
        self.server.tokens.add(self.headers["Authorization"])
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return found

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Job:
    """Plays the action's steps in a job of a pull request, and keeps what they leave."""

    def __init__(self, shell, tmp_path: Path, api: Api) -> None:
        self.shell, self.folder, self.api = shell, tmp_path, api
        self.summary = tmp_path / "summary.md"
        self.said = ""
        self.outputs: dict[str, str] = {}
        (tmp_path / "event.json").write_text('{"pull_request": {"number": 7, "head": {"sha": "c0ffee"}}}')

    def play(self, **given: str) -> int:
        """Play the steps until one fails; return the exit code of the last."""
        inputs = {name: str(each["default"]) for name, each in ACTION["inputs"].items()}
        inputs |= {"install": "none", "token": "secret"} | {
            name.replace("_", "-"): text for name, text in given.items()
        }
        for step in ACTION["runs"]["steps"]:
            output = self.folder / "output.txt"
            output.write_text("")
            environment = {name: self._evaluated(text, inputs) for name, text in step.get("env", {}).items()}
            ended = self.shell(step["run"], {**self._runner(output), **environment})
            self.said += ended.stderr
            assert "Traceback" not in ended.stderr, ended.stderr
            if step.get("id") == "gate":
                self.outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
            if ended.returncode:
                return ended.returncode
        return 0

    def _runner(self, output: Path) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(HOME),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_API_URL": f"http://127.0.0.1:{self.api.server_port}",
            "GITHUB_REPOSITORY": "me/portal",
            "GITHUB_SHA": "f00d",
            "RUNNER_TEMP": str(self.folder / "temp"),
        }

    def _evaluated(self, text: str, inputs: dict[str, str]) -> str:
        """Put in what an expression means; every one must be known."""
        known = {f"inputs.{name}": value for name, value in inputs.items()}
        known |= {f"steps.gate.outputs.{name}": value for name, value in self.outputs.items()}
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], text)


@pytest.fixture
def job(shell, tmp_path, api) -> Job:
    return Job(shell, tmp_path, api)


@pytest.mark.parametrize(
    ("verdict", "code", "conclusion"),
    [("pass", 0, "success"), ("fail", 3, "failure"), ("inconclusive", 0, "neutral"), ("invalid", 5, "failure")],
)
def test_the_job_ends_as_the_verdict_says_and_all_is_told(job, made_run, verdict, code, conclusion):
    assert job.play(run=str(made_run(verdict)), on_inconclusive="neutral") == code
    assert job.outputs["verdict"] == verdict
    [check] = job.api.checks
    assert (check["conclusion"], check["head_sha"], check["status"]) == (conclusion, "c0ffee", "completed")
    [comment] = job.api.comments
    assert comment["body"].startswith("<!-- cutover gate made-up measured -->\n## ")
    assert verdict.upper() in comment["body"].splitlines()[1]
    assert job.summary.read_text().strip() == comment["body"].strip()
    assert job.api.tokens == {"Bearer secret"}
    level = {"pass": "notice", "fail": "error", "inconclusive": "warning", "invalid": "error"}[verdict]
    assert f"::{level} title=cutover%3A " in job.said
    files = {path.name for path in Path(job.outputs["files"]).iterdir()}
    assert files == {"verdict.json", "verdict.md", "verdict.xml", "verdict.sarif"}


def test_one_comment_is_kept_up_to_date_among_many(job, made_run):
    job.api.comments += [{"id": number, "body": f"comment {number}"} for number in range(150)]
    assert job.play(run=str(made_run("fail"))) == 3
    assert job.play(run=str(made_run("pass"))) == 0
    assert len(job.api.comments) == 151
    assert "PASS" in job.api.comments[150]["body"].splitlines()[1]


@pytest.mark.parametrize("change", [{"refuses": 403}, {"token": ""}, {"url": "http://127.0.0.1:9"}])
def test_a_fork_without_rights_or_secrets_is_judged_all_the_same(job, made_run, change, monkeypatch):
    job.api.refuses = change.get("refuses")
    if "url" in change:
        monkeypatch.setattr(Job, "_runner", lambda self, output, of=Job._runner: {
            **of(self, output), "GITHUB_API_URL": change["url"],
        })  # fmt: skip
    assert job.play(run=str(made_run("pass")), token=change.get("token", "secret")) == 0
    assert (job.api.checks, job.api.comments) == ([], [])
    assert "PASS" in job.summary.read_text()
    assert job.said.count("is left out") == 2


def test_a_push_has_no_comment_and_neither_check_nor_comment_need_be_asked_for(job, made_run):
    (job.folder / "event.json").write_text("{}")
    assert job.play(run=str(made_run("pass"))) == 0
    assert [check["head_sha"] for check in job.api.checks] == ["f00d"]
    assert job.play(run=str(job.folder / "runs" / "pass"), check="") == 0
    assert (len(job.api.checks), job.api.comments) == (1, [])


def played(*folders: Path) -> str:
    """Return a command that makes one run after the other, each time the next."""
    names = " ".join(map(str, folders))
    return (
        f"set -- {names}; n=$(cat n 2>/dev/null || echo 0); shift $n; echo $((n + 1)) > n; echo '{{\"run\": \"'$1'\"}}'"
    )


@pytest.mark.parametrize(("second", "code", "conclusion"), [("pass", 0, "success"), ("inconclusive", 0, "neutral")])
def test_an_undecided_run_is_played_once_more(job, made_run, second, code, conclusion):
    command = played(
        made_run("inconclusive"), made_run(second) if second != "inconclusive" else job.folder / "runs" / second
    )
    assert job.play(command=command) == code
    assert (job.folder / "n").read_text() == "2\n"
    assert [check["conclusion"] for check in job.api.checks] == [conclusion]
    assert job.outputs["verdict"] == second


def test_a_decided_run_is_played_once(job, made_run):
    assert job.play(command=played(made_run("fail"))) == 3
    assert (job.folder / "n").read_text() == "1\n"


def test_undecided_may_fail_the_job(job, made_run):
    assert job.play(run=str(made_run("inconclusive")), on_inconclusive="fail") == 3
    assert [check["conclusion"] for check in job.api.checks] == ["failure"]


def test_budgets_of_a_file_and_further_arguments_reach_the_gate(job, made_run):
    (job.folder / "budgets.txt").write_text("# mine\nhome response p50 < 1ms\n")
    assert job.play(run=str(made_run("pass")), budgets="budgets.txt", arguments="--metrics metrics.txt") == 3
    assert "::error file=budgets.txt,line=2,title=cutover%3A home response p50 < 1ms::" in job.said
    assert (job.folder / "metrics.txt").exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"run": "nowhere"}, 2),
        ({"command": "exit 6"}, 6),
        ({"command": "echo no JSON"}, 2),
        ({"run": "", "budgets": "nowhere.txt"}, 2),
    ],
)
def test_without_a_verdict_the_job_ends_with_the_error(job, given, code):
    assert job.play(**given) == code
    assert (job.api.checks, job.api.comments) == ([], [])


def test_nothing_that_is_put_into_a_script_comes_from_an_expression():
    """An input in a script's text would be code of whoever opens a pull request."""
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])


@pytest.mark.parametrize(("extras", "what"), [("", "/../.."), ("swarm", "/../..[swarm]"), ("none", None)])
def test_cutover_is_installed_from_the_actions_own_repository(shell, tmp_path, extras, what):
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "python3"
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o755)
    environment = {"GITHUB_ACTION_PATH": str(HOME), "EXTRAS": extras, "PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    ended = shell(ACTION["runs"]["steps"][0]["run"], environment)
    assert ended.stdout == ("" if what is None else f"-m pip install --quiet {HOME}{what}\n")
    assert ended.returncode == 0
    assert 'name = "cutover"' in (HOME / ".." / ".." / "pyproject.toml").read_text(encoding="utf-8")
