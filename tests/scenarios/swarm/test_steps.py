"""The steps against the real portal's application, without a socket: any caller can drive them."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fixtures.places import communes
from fixtures.population import Population
from fixtures.portal.app import make_app
from fixtures.portal.config import PortalFile
from fixtures.portal.evidence import dossiers
from fixtures.portal.settings import Settings
from scenarios.run_keys import RunKeys
from scenarios.scenario import find_scenario, read_scenario, shipped
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Ask, Get, Pause, Post
from scenarios.swarm.failures import StepBlocked, StepFailed, StepRejected
from scenarios.swarm.steps import ATTACHED_BYTES, LOOK_S, LOOKS, STEPS
from scenarios.swarm.visit import Visit

NATION = Population(1, 101_600_000)
KEYS = RunKeys("run-of-a-test")


@pytest.fixture
def portal(tmp_path) -> Iterator[TestClient]:
    with TestClient(make_app(Settings(tmp_path / "portal.db", slow=0.0))) as client:
        yield client


def new_visit(session: int = 5) -> Visit:
    return Visit(session, session, NATION.citizen, KEYS, seed=1)


def play(client: TestClient, step: str, visit: Visit) -> list[Ask]:
    """Drive one step's generator over the client and return what it asked for."""
    exchanges, asked = STEPS[step](visit), []
    try:
        ask = next(exchanges)
        while True:
            asked.append(ask)
            ask = exchanges.send(answer(client, ask))
    except StopIteration:
        return asked


def answer(client: TestClient, ask: Ask) -> Answer:
    assert isinstance(ask, Get | Post), "no step of the stand-in waits here"
    if isinstance(ask, Get):
        response = client.get(ask.target)
    else:
        files = {field: (name, content, kind) for field, name, kind, content in ask.files} or None
        response = client.post(ask.path, data=dict(ask.form), headers=dict(ask.headers), files=files)
    return Answer(response.status_code, response.url.path, response.content)


def test_a_citizen_gets_from_home_to_a_paid_dossier(portal, tmp_path):
    visit = new_visit()
    for step in ("home", "sign_in", "search", "procedure", "form", "upload", "submit", "pay", "track"):
        play(portal, step, visit)
    (stored,) = dossiers(tmp_path / "portal.db", KEYS.prefix)
    assert (stored.receipt, stored.digest, stored.state) == (visit.receipt, visit.digest, "paid")
    assert stored.key == KEYS.key(5, 1, "submit")


FREE, THREE_PAPERS = "2.001159", "2.001035"


def test_all_papers_that_a_procedure_demands_are_uploaded_in_one_form(portal):
    for session, needs, fields in ((5, FREE, ["file"]), (6, THREE_PAPERS, [f"document-{n}" for n in (1, 2, 3)])):
        visit = new_visit(session)
        visit.needs = needs
        for step in ("sign_in", "form"):
            play(portal, step, visit)
        (ask,) = play(portal, "upload", visit)
        assert [file[0] for file in ask.files] == fields
        assert len({file[3] for file in ask.files}) == len(fields)
        assert ATTACHED_BYTES - 100 < sum(len(file[3]) for file in ask.files) < ATTACHED_BYTES + 100
        play(portal, "submit", visit)


def test_what_is_free_is_not_paid(portal):
    visit = new_visit()
    visit.needs = FREE
    for step in ("sign_in", "form", "upload", "submit"):
        play(portal, step, visit)
    assert play(portal, "pay", visit) == [Get(f"/dossiers/{visit.receipt}/pay")]


def test_a_payment_is_looked_at_again_until_it_is_reported(portal):
    visit = new_visit()
    for step in ("sign_in", "form", "upload", "submit"):
        play(portal, step, visit)
    exchanges = STEPS["pay"](visit)
    ask = next(exchanges)
    while not (isinstance(ask, Post) and "decision" in ask.form):
        ask = exchanges.send(answer(portal, ask))
    paid = answer(portal, ask)
    waiting = Answer(paid.status, paid.path, paid.body.replace(b'data-state="paid"', b'data-state="created"'))
    for _ in range(LOOKS):
        ask = exchanges.send(waiting)
        assert ask == Pause(LOOK_S)
        assert exchanges.send(Answer(200, "", b"")) == Get(paid.path)
    with pytest.raises(StepFailed, match="holds no state `paid`"):
        exchanges.send(waiting)


def test_a_counter_s_officer_enters_submits_and_issues_and_the_citizen_receives(portal, tmp_path):
    visit = new_visit()
    for step in ("counter", "upload", "submit", "issue"):
        play(portal, step, visit)
    for step in ("sign_in", "track", "result"):
        play(portal, step, visit)
    (stored,) = dossiers(tmp_path / "portal.db", KEYS.prefix)
    assert (stored.receipt, stored.digest) == (visit.receipt, visit.digest)
    visit.result = "0" * 64
    with pytest.raises(StepFailed, match="holds no result with the digest of the one issued"):
        play(portal, "result", visit)


def test_a_procedure_is_found_by_its_level_and_agency(portal):
    for session in range(20):
        assert play(portal, "browse", new_visit(session))[0] == Get("/browse")


def test_a_one_time_code_is_read_from_the_test_inbox(tmp_path):
    file = PortalFile.model_validate({"identity": {"one_time_codes": True, "inbox": True}})
    with TestClient(make_app(Settings(tmp_path / "portal.db", slow=0.0, config=file))) as client:
        visit = new_visit()
        asked = play(client, "sign_in", visit)
        assert asked[2] == Get(f"/inbox/{visit.citizen.phone}")
        play(client, "form", visit)


def test_feedback_and_the_list_of_dossiers(portal):
    visit = new_visit()
    play(portal, "feedback", visit)
    play(portal, "sign_in", visit)
    assert play(portal, "track", visit) == [Get("/dossiers")]


def test_the_same_key_again_stores_nothing_new(portal, tmp_path):
    visit = new_visit()
    for step in ("sign_in", "form", "upload", "submit"):
        play(portal, step, visit)
    again = STEPS["submit"](visit)
    page = answer(portal, next(again))
    assert page.attribute("data-receipt") == visit.receipt
    assert len(dossiers(tmp_path / "portal.db", KEYS.prefix)) == 1


def test_every_step_of_every_shipped_journey_can_be_played():
    names = {step for name in shipped() for step in read_scenario(find_scenario(name)).steps}
    assert names == set(STEPS)


@pytest.mark.parametrize(
    "step", ["home", "search", "procedure", "sign_in", "form", "feedback", "publish", "browse", "counter"]
)
def test_a_200_with_the_wrong_page_fails_the_step(step):
    exchanges = STEPS[step](new_visit())
    next(exchanges)
    with pytest.raises(StepFailed, match="is not the page"):
        exchanges.send(Answer(200, "/x", b'<main data-page="maintenance">'))


@pytest.mark.parametrize(
    ("status", "error"), [(500, StepFailed), (404, StepFailed), (503, StepRejected), (429, StepBlocked)]
)
def test_a_refusal_is_told_from_a_failure(status, error):
    exchanges = STEPS["home"](new_visit())
    next(exchanges)
    with pytest.raises(error, match=f"/ (was )?answered {status}") as caught:
        exchanges.send(Answer(status, "/", b""))
    assert type(caught.value) is error


def test_a_dossier_that_came_back_altered_fails_tracking(portal):
    visit = new_visit()
    for step in ("sign_in", "form", "upload", "submit"):
        play(portal, step, visit)
    visit.digest = "0" * 64
    with pytest.raises(StepFailed, match="holds no digest equal to the receipt's"):
        play(portal, "track", visit)


def test_an_officer_of_the_citizens_province_publishes_and_citizens_still_find_the_procedure(portal):
    visit = new_visit()
    assert visit.province == {commune.code: commune.province_code for commune in communes()}[visit.citizen.commune]
    asked = play(portal, "publish", visit)
    assert [type(ask) for ask in asked] == [Get, Post, Get, Post]
    assert asked[1].form["province"] == visit.province
    play(portal, "publish", visit)
    play(portal, "search", visit)
    page = answer(portal, Get(f"/procedures/{visit.procedure.code}"))
    assert (page.attribute("data-version"), "of session 5" in page.text) == ("3", True)


def quicker(portal: TestClient, times: int) -> Iterator[Answer]:
    """Play `publish` while another officer publishes each time between reading and sending; yield each answer."""
    exchanges = STEPS["publish"](new_visit())
    ask = next(exchanges)
    while True:
        if isinstance(ask, Post) and "version" in ask.form and times > 0:
            times -= 1
            answer(portal, ask)
        page = answer(portal, ask)
        yield page
        try:
            ask = exchanges.send(page)
        except StopIteration:
            return


def test_a_conflict_is_read_again_and_published_once_more(portal):
    assert [page.status for page in quicker(portal, 1)] == [200, 200, 200, 409, 200, 200]
    page = answer(portal, Get(f"/procedures/{new_visit().procedure.code}"))
    assert page.attribute("data-version") == "3"


def test_a_second_conflict_fails_the_step(portal):
    with pytest.raises(StepFailed, match="answered 409, not 200"):
        list(quicker(portal, 2))


@pytest.mark.parametrize(
    ("shown", "why"),
    [("7", "holds no version above 7"), ("8.5", "no version that is a number"), (None, "holds no version")],
)
def test_a_version_that_does_not_grow_fails_publishing(shown, why):
    exchanges = STEPS["publish"](new_visit())
    next(exchanges)
    for name in ("officer_sign_in", "officer_procedures", "edit_procedure"):
        body = f'<main data-page="{name}" data-version="7"><input name="csrf" value="x">'
        exchanges.send(Answer(200, "/", body.encode()))
    version = "" if shown is None else f' data-version="{shown}"'
    with pytest.raises(StepFailed, match=why):
        exchanges.send(Answer(200, "/", f'<main data-page="procedure"{version}>'.encode()))


def test_a_wrong_secret_fails_publishing(tmp_path):
    app = make_app(Settings(tmp_path / "portal.db", slow=0.0, officer_secret="another"))
    with TestClient(app) as client, pytest.raises(StepFailed, match="/officer/sign-in answered 403"):
        play(client, "publish", new_visit())


def test_keys_are_a_function_of_run_session_visit_and_step():
    assert KEYS.key(5, 1, "submit") == RunKeys("run-of-a-test").key(5, 1, "submit")
    others = {
        KEYS.key(6, 1, "submit"),
        KEYS.key(5, 2, "submit"),
        KEYS.key(5, 1, "pay"),
        RunKeys("x").key(5, 1, "submit"),
    }
    assert len(others | {KEYS.key(5, 1, "submit")}) == 5
    assert not RunKeys("x").key(5, 1, "submit").startswith(KEYS.prefix)
