"""Which steps of a file may write is read from its text; in doubt, they may."""

from pathlib import Path

import pytest

from scenarios.swarm.target.writing import writing

HEAD = "from scenarios.steps import Get, Pause, Post, Send\n"


@pytest.mark.parametrize(
    "body",
    [
        "yield Get('/')",
        "yield Pause(1.0)",
        "yield Send('GET', '/api')",
        "yield Send.json('head', '/api', {})",
        "yield Send(method='OPTIONS', path='/api')",
        "yield from _look(visit)",
    ],
)
def test_what_asks_for_no_change_reads(body):
    text = f"{HEAD}def _look(visit):\n    yield Get('/look')\ndef home(visit):\n    {body}\n"
    assert writing(text, ["home"]) == []


@pytest.mark.parametrize(
    "body",
    [
        "yield Post('/x', {})",
        "yield Send('DELETE', '/x')",
        "yield Send.json('PUT', '/x', 1)",
        "yield Send(visit.kept['method'], '/x')",
        "yield Send(**visit.kept)",
        "make = Send\n    yield make('POST', '/x')",
        "yield asks.Post('/x', {})",
        "yield from _deep(visit)",
        "yield FORM",
        "yield Made().ask()",
        "yield Other('/x', {})",
    ],
)
def test_what_may_change_something_writes_however_it_comes_to_its_ask(body):
    text = (
        f"{HEAD}from scenarios.steps import Post as Other\nimport scenarios.steps as asks\n"
        "FORM = Post('/x', {})\n"
        "class Made:\n    def ask(self):\n        return Post('/x', {})\n"
        "def _deeper(visit):\n    yield Post('/x', {})\n"
        "def _deep(visit):\n    yield from _deeper(visit)\n"
        f"def home(visit):\n    {body}\n"
    )
    assert writing(text, ["home"]) == ["home"]


def test_helpers_that_call_each_other_are_followed_once():
    circle = "def _a(v):\n    yield from _b(v)\ndef _b(v):\n    yield from _a(v)\n"
    text = f"{HEAD}{circle}def home(v):\n    yield from _a(v)\n"
    assert writing(text, ["home"]) == []


def test_a_step_from_elsewhere_may_write_and_signing_in_leaves_a_session_only():
    text = f"{HEAD}from scenarios.swarm.steps import submit\ndef sign_in(visit):\n    yield Post('/login', {{}})\n"
    assert writing(text, ["sign_in", "submit"]) == ["submit"]


def test_the_example_s_steps_are_told_apart():
    path = Path(__file__).parents[4] / "docs" / "examples" / "json_portal_steps.py"
    steps = ["search", "sign_in", "apply", "upload", "submit"]
    assert writing(path.read_text(encoding="utf-8"), steps) == ["apply", "upload", "submit"]
