"""The worked example of docs/steps.md: a steps file for a portal of another shape, without a network and with one."""

import json
from pathlib import Path

import pytest

from scenarios.scenario import read_scenario
from scenarios.steps import Answer, Get, OneTimeCode, Pause, Send, StepFailed, StepRejected
from scenarios.swarm.target.casting import CastShort
from scenarios.swarm.target.steps_file import read_steps
from scenarios.swarm.target.supplies import read_supplies
from tests.scenarios.json_portal import JsonPortal, served
from tests.scenarios.replay import Browser, new_visit

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs" / "examples" / "json_portal_steps.py"
NAMES = ["search", "sign_in", "apply", "upload", "submit"]
SUPPLIES = """
schema = 1
[cast]
file = "accounts.csv"
used_by = ["sign_in"]
[feeds.vehicles]
file = "plates.csv"
take = "unique"
[one_time_codes]
by = "inbox"
url = "{url}/inbox/{{to}}"
every_s = 0.01
"""


def supplied(folder: Path, url: str, seed: int = 1):
    (folder / "accounts.csv").write_text("user,password\nan,secret-of-an\nbinh,secret-of-binh\n", encoding="utf-8")
    (folder / "accounts.csv").chmod(0o600)
    (folder / "plates.csv").write_text("plate\n30A-001.01\n30A-001.02\n30A-001.03\n", encoding="utf-8")
    (folder / "supplies.toml").write_text(SUPPLIES.format(url=url), encoding="utf-8")
    supplies = read_supplies(folder / "supplies.toml")
    given = supplies.supplied(seed, lambda session: session - 5)
    given.shelf.take({"kind": "cast", "stay": 1, "give": [[0, len(supplies.cast) - 1]], "recall": 0})
    return given


def test_the_example_plays_every_step_of_its_scenario():
    scenario = read_scenario(ROOT / "docs" / "examples" / "json-portal.toml")
    assert sorted(read_steps(EXAMPLE, scenario.steps).steps) == sorted(NAMES) == sorted(scenario.steps)


def test_it_goes_from_search_to_receipt_at_a_real_portal(tmp_path):
    portal = JsonPortal({"an": "secret-of-an", "binh": "secret-of-binh"})
    steps = read_steps(EXAMPLE).steps
    with served(portal.app) as url:
        given = supplied(tmp_path, url)
        for session in (5, 6):
            browser, visit = Browser(url), new_visit(session, supplied=given)
            browser.play(steps, NAMES, visit)
            browser.close()
            assert portal.keys[visit.submitted] == visit.kept["application"]
            assert visit.receipt == f"A-{visit.kept['application']}"
    plates = [application["plate"] for application in portal.applications.values()]
    assert plates == ["30A-001.01", "30A-001.02"]
    assert [application["document"] for application in portal.applications.values()] == [40_000, 40_000]
    assert given.shelf.lease(6) != given.shelf.lease(5)
    assert set(given.hidden(5)) in ({"an", "secret-of-an"}, {"binh", "secret-of-binh"})
    with pytest.raises(CastShort):
        _ = new_visit(7, supplied=given).account


def answered(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, "/api", json.dumps(value).encode(), headers)


def test_signing_in_asks_for_a_code_without_a_network(tmp_path):
    visit = new_visit(supplied=supplied(tmp_path, "http://127.0.0.1:1"))
    step = read_steps(EXAMPLE).steps["sign_in"](visit)
    login = next(step)
    assert (login.method, login.path) == ("POST", "/api/login")
    assert json.loads(login.body) == {"user": "an", "password": "secret-of-an"}
    assert step.send(answered({"challenge": "c-1"})) == OneTimeCode(to="an")
    confirm = step.send(Answer(200, "", b"123456"))
    assert json.loads(confirm.body) == {"challenge": "c-1", "code": "123456"}
    with pytest.raises(StopIteration):
        step.send(answered({"data": {"accessToken": "t-1"}}))
    assert visit.kept == {"token": "t-1"}


def test_submitting_looks_again_and_gives_up_in_words():
    visit = new_visit()
    visit.kept |= {"token": "t-1", "application": "9"}
    step = read_steps(EXAMPLE).steps["submit"](visit)
    assert isinstance(next(step), Send)
    asked = step.send(answered({}, 202))
    for look in range(5):
        assert asked == Send("GET", "/api/applications/9", headers={"Authorization": "Bearer t-1"})
        assert step.send(answered({"state": "submitted"})) == Pause(0.5)
        asked = step.send(Answer(200, "", b"")) if look < 4 else None
    with pytest.raises(StepFailed, match="/api/applications/9 was not accepted after 5 looks"):
        step.send(Answer(200, "", b""))
    assert visit.receipt is None


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (answered({}, 503), StepRejected, "/api answered 503"),
        (answered({}, 500), StepFailed, "/api answered 500, not 200"),
        (answered({"items": []}), StepFailed, "/api holds no JSON value at items.0.id"),
        (Answer(200, "/api", b"<html>"), StepFailed, "/api is not JSON"),
    ],
)
def test_each_wrong_answer_fails_the_step_in_words(answer, error, words):
    step = read_steps(EXAMPLE).steps["search"](new_visit())
    assert isinstance(next(step), Get)
    with pytest.raises(error, match=words):
        step.send(answer)


def test_a_step_out_of_order_and_one_without_supplies_say_what_is_missing():
    steps = read_steps(EXAMPLE).steps
    with pytest.raises(StepFailed, match="there is no application yet"):
        next(steps["upload"](new_visit()))
    with pytest.raises(StepFailed, match="there is no account: name one in a file for --supplies"):
        next(steps["sign_in"](new_visit()))
