"""What came in an answer and went out later is taken anew; what nobody knows is told."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from cutover.base.errors import BadInput
from scenarios.imports.recording.looks import is_credential, is_secret
from scenarios.imports.recording.recording import Recording, import_recording
from scenarios.swarm.target.steps_file import load_steps
from tests.scenarios.imports.recording.odd_portal import PASSWORD, OddPortal
from tests.scenarios.imports.recording.recorder import Recorder, entry, write
from tests.scenarios.json_portal import JsonPortal, served
from tests.scenarios.replay import Browser, new_visit

URL = "http://portal.example"


def imported(path: Path, *, drop: bool = True) -> Recording:
    return import_recording(path, "my-day", drop_foreign=drop, drop_static=drop)


def code_of(*entries, folder, drop=True):
    found = imported(write(folder / "visit.har", *entries), drop=drop)
    load_steps(found.walkthrough.code, "my.py", [step.name for step in found.walkthrough.steps])
    return found.walkthrough.code


def with_account(session: int, **account: str):
    given = SimpleNamespace(account=lambda _: account, code=lambda _to, _session: account["code"])
    return new_visit(session, supplied=given)


def replay(found: Recording, url: str, times: int, **account: str) -> list[dict[str, str]]:
    """Play the imported steps so many times, each in a browser of its own; return what each visit kept."""
    steps = load_steps(found.walkthrough.code, "my.py").steps
    kept = []
    for session in range(times):
        browser, visit = Browser(url), with_account(session, **account)
        browser.play(steps, [step.name for step in found.walkthrough.steps], visit)
        browser.close()
        kept.append(visit.kept)
    return kept


def record_odd(url: str, path: Path) -> None:
    with Recorder(url) as browser:
        key = re.search(r"apiKey: '([^']+)'", browser.ask("GET", "/").text)[1]
        browser.ask("GET", "/style.css", "stylesheet")
        browser.wait(3)
        headers = {"X-XSRF-TOKEN": unquote(browser.cookies["XSRF-TOKEN"]), "X-Api-Key": key}
        login = {"user": "an", "password": PASSWORD, "remember": True}
        token = browser.ask("POST", "/api/session", "fetch", json=login, headers=headers).json()["auth"]["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        browser.wait(2)
        location = browser.ask("POST", "/api/drafts", "fetch", json={}, headers=bearer).headers["location"]
        number = location.rpartition("/")[2]
        body = {"draftId": int(number), "text": "Bản sao", "pages": [1, 2.5, None]}
        etag = browser.ask("PUT", location, "fetch", json=body, headers=bearer).headers["etag"]
        browser.wait(4)
        page = browser.ask("GET", f"/go?draft={number}", headers={"X-Version": etag})
        seal, digest = re.search(r'data-seal="([^"]+)"', page.text)[1], re.search(r"hash=(\w+)", page.text)[1]
        form = {"seal": seal, "ticket": page.url.params["ticket"], "words": "tôi đồng ý"}
        browser.wait(5)
        browser.ask("POST", f"/confirm?step=2&hash={digest}", data=form)
        write(path, *browser.entries)


def test_every_way_to_hand_out_a_value_is_found_and_replays_with_fresh_ones(tmp_path):
    portal = OddPortal()
    with served(portal.app) as url:
        record_odd(url, tmp_path / "odd.har")
        found = imported(tmp_path / "odd.har")
        kept = replay(found, url, 20, password=PASSWORD)
    assert len(portal.done) == len(set(portal.done)) == 21
    assert len({tuple(sorted(each.items())) for each in kept}) == 20
    code = found.walkthrough.code
    recorded = json.loads((tmp_path / "odd.har").read_text(encoding="utf-8"))["log"]["entries"]
    first = {value for each in recorded for value in re.findall(r"[\w-]{16,}", str(each["response"]))}
    assert not [value for value in first if value in code and not value.startswith("text/") and len(value) > 20]
    assert PASSWORD not in code
    names = {"x_xsrf_token", "x_api_key", "authorization", "draftid", "x_version", "hash", "seal", "ticket"}
    assert set(kept[0]) == names
    for way in ("cookie(page", "matched(page", "json_value(page", "header(page", "parameter(page"):
        assert way in code
    assert found.findings.columns == ["password"]
    assert found.findings.unresolved == []
    assert found.left_out == {"a page's resource: style, script, picture, font": 1}


def test_a_recording_of_the_json_portal_replays_with_a_code_and_an_account(tmp_path):
    portal = JsonPortal({"an": "secret-of-an"})
    with served(portal.app) as url, Recorder(url) as browser:
        browser.ask("GET", "/api/services?q=x", "fetch")
        login = {"user": "an", "password": "secret-of-an"}
        challenge = browser.ask("POST", "/api/login", "fetch", json=login).json()["challenge"]
        code = portal.codes["an"][-1]
        answer = browser.ask("POST", "/api/login/code", "fetch", json={"challenge": challenge, "code": code}).json()
        bearer = {"Authorization": f"Bearer {answer['data']['accessToken']}"}
        application = {"serviceId": 7, "applicant": "An"}
        browser.ask("POST", "/api/applications", "fetch", json=application, headers=bearer)
        browser.ask("GET", "/api/applications/100", "fetch", headers=bearer)
        found = imported(write(tmp_path / "json.har", *browser.entries))
        text = found.walkthrough.code.replace(f'"code": "{code}"', '"code": (yield OneTimeCode("an")).text')
        assert text != found.walkthrough.code
        text = text.replace("import Asking,", "import OneTimeCode, Asking,")
        steps = load_steps(text, "my.py").steps
        visit = new_visit()
        visit.supplied = SimpleNamespace(account=lambda _: login, code=lambda to, _: portal.codes[to][-1])
        replaying = Browser(url)
        replaying.play(steps, [step.name for step in found.walkthrough.steps], visit)
        replaying.close()
    assert list(portal.applications) == ["100", "101"]
    assert visit.kept["application"] == "101"


def test_pauses_become_think_times_and_pages_begin_steps(tmp_path):
    found = imported(
        write(
            tmp_path / "visit.har",
            entry(f"{URL}/", 0.0),
            entry(f"{URL}/api/news", 0.2, kind="fetch", body="{}", mime="application/json"),
            entry(f"{URL}/search?q=x", 10.1),
            entry(f"{URL}/api/more", 12.2, kind="fetch", body="{}", mime="application/json"),
        )
    )
    assert [(step.name, step.think and step.think.mean_s) for step in found.walkthrough.steps] == [
        ("home", None),
        ("search", pytest.approx(9.8)),
        ("api_more", pytest.approx(2.0)),
    ]
    assert found.walkthrough.code.count("page = yield") == 4


def test_redirects_are_followed_by_the_browser_and_are_no_asks(tmp_path):
    code = code_of(
        entry(f"{URL}/old", 0, status=302, got=[("Location", "/new")]),
        entry(f"{URL}/new", 0.1, body="<title>New</title>"),
        folder=tmp_path,
    )
    assert code.count("yield") == 1
    assert 'answered(page, 200, title="New")' in code


def test_typed_values_stay_and_hidden_ones_are_taken(tmp_path):
    form = (
        '<form action="/send" method="post"><input type="hidden" name="t" value="7"><input name="plate" value="30A-1">'
        '<input type="password" name="pw"><input name="otp" autocomplete="one-time-code"><select name="c">'
        '<input name="pin"></form>'
    )
    post = {
        "mimeType": "application/x-www-form-urlencoded",
        "text": "t=7&plate=30A-1&pw=hush&otp=123456&c=00004&pin=9871",
    }
    path = write(
        tmp_path / "visit.har",
        entry(f"{URL}/form", body=form + "<p>00004"),
        entry(f"{URL}/send", 5, method="POST", post=post),
    )
    found = imported(path)
    code = found.walkthrough.code
    assert 'visit.kept["t"] = field(page, "t")' in code
    assert '"plate": "30A-1"' in code
    assert '"pw": visit.account["pw"]' in code
    assert '"otp": (yield OneTimeCode()).text' in code
    assert '"c": "00004"' in code
    assert "hush" not in code
    assert "123456" not in code
    assert "9871" not in code + str(found.to_dict())
    assert found.findings.typed == {"plate": "30A-1", "c": "00004"}
    assert found.findings.asks_codes
    load_steps(code, "my.py")


def test_what_no_answer_held_is_told_and_credentials_are_not_written(tmp_path):
    values = {"id": "6f1b2c3d-0000-4000-8000-00000000abcd", "at": 1751331600123}
    made_up = {"mimeType": "application/json", "text": json.dumps(values)}
    found = imported(
        write(
            tmp_path / "visit.har",
            entry(f"{URL}/", sent={"Cookie": "old=1"}, size=-1),
            entry(f"{URL}/api", 1, method="POST", post=made_up, kind="fetch", sent={"Authorization": "Basic YTpi"}),
            entry(f"{URL}/gone", 3, status=404),
            entry(f"{URL}/lost", 5, method="POST", sent={"Content-Length": "9", "Content-Type": "multipart/form-data"}),
        )
    )
    told = "\n".join(found.findings.unresolved)
    assert "JSON id of POST /api = '6f1b2c…' looks generated" in told
    assert "JSON at of POST /api = '175133…' looks like a clock's reading" in told
    assert "the cookie old was there before an answer set it" in told
    assert "GET /gone was answered 404: the step expects that again" in told
    assert "POST /lost was recorded without its body, and no page had its form" in told
    assert "the answer to GET / was recorded without its body" in told
    assert '"Authorization": f"Basic {visit.account[\'authorization\']}"' in found.walkthrough.code
    assert found.findings.columns == ["authorization"]


def test_other_hosts_and_resources_are_kept_unless_dropped(tmp_path):
    entries = [
        entry(f"{URL}/"),
        entry("https://cdn.example/a.js", 0.1, kind="stylesheet", body="x", mime="text/javascript"),
        entry("https://count.example/hit", 0.2, kind="fetch", body="{}"),
        entry(f"{URL}/x", 0.3, method="OPTIONS", sent={"Access-Control-Request-Method": "POST"}, kind="fetch"),
        entry(f"{URL}/y", 0.4, status=0),
        entry("wss://portal.example/socket", 0.5),
    ]
    kept = imported(write(tmp_path / "visit.har", *entries), drop=False)
    assert kept.other_hosts == ("cdn.example", "count.example")
    assert 'host="cdn.example"' in kept.walkthrough.code
    dropped = imported(write(tmp_path / "visit.har", *entries))
    assert dropped.other_hosts == ()
    assert dropped.walkthrough.code.count("yield") == 1
    assert sum(dropped.left_out.values()) == 5


def test_a_browser_without_sec_fetch_is_understood(tmp_path):
    found = imported(
        write(
            tmp_path / "visit.har",
            entry(f"{URL}/", kind=None),
            entry(f"{URL}/a.css", 0.1, kind=None, body="x", mime="text/css"),
            entry(f"{URL}/data", 0.2, kind=None, body="{}", mime="application/json"),
            entry(f"{URL}/next", 0.4, kind=None),
        )
    )
    assert [step.name for step in found.walkthrough.steps] == ["home", "next"]
    assert sum(found.left_out.values()) == 1


def test_a_multipart_body_that_was_recorded_is_used(tmp_path):
    body = (
        '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nbản sao\r\n'
        '--b\r\nContent-Disposition: form-data; name="scan"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        "123456789\r\n--b--\r\n"
    )
    post = {"mimeType": "multipart/form-data; boundary=b", "text": body}
    code = code_of(entry(f"{URL}/"), entry(f"{URL}/up", 2, method="POST", post=post), folder=tmp_path)
    assert '"kind": "bản sao"' in code
    assert '("scan", "a.png", "image/png", ' in code
    assert ".ljust(9, " in code


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{", "is no HAR: JSON with log.entries"),
        ("[]", "is no HAR"),
        ('{"log": {"entries": []}}', "holds no HTTP request"),
        ('{"log": {"entries": [{"request": {"url": "http://a/"}}]}}', r"log.entries\[0\]: is no entry of a HAR"),
    ],
)
def test_files_that_are_no_recording(tmp_path, content, words):
    path = tmp_path / "visit.har"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        imported(path)


def test_what_is_recorded_cannot_become_code(tmp_path):
    evil = '"); import os; os.system("x")  # \\ \n {x} é'
    code = code_of(
        entry(f"{URL}/a%22b/{{x}}'?q=1", body=f"<title>{evil}</title>"),
        entry(f"{URL}/s", 3, method="POST", post={"mimeType": "application/json", "text": json.dumps({evil: evil})}),
        entry(f"{URL}/f", 6, method="POST", post={"mimeType": "text/plain", "text": evil}),
        folder=tmp_path,
    )
    assert "import os" not in [line.strip() for line in code.splitlines()]
    steps = load_steps(code, "my.py").steps
    asked = [next(step(new_visit())) for step in steps.values()]
    assert json.loads(asked[1].body) == {evil: evil}
    assert asked[2].body.decode() == evil


SECRETS = {
    "query": "k-4f9a1c77d2",
    "form": "f-secret-91c",
    "header": "t-77aa0b1c2d",
    "json": "j-90a8b7c6d5",
    "nested": "n-5566778899",
    "raw": "r-hush-1234",
    "basic": "YW46aHVzaC1odXNo",
    "path": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbiJ9.c2lnbmVkLWJ5LW1l",
}


def test_no_credential_of_any_kind_is_written_and_what_to_supply_is_said(tmp_path):
    json_kind, form_kind = "application/json", "application/x-www-form-urlencoded"
    nested = json.dumps({"password": SECRETS["nested"]})
    bodies = {
        "form": (form_kind, f"client_secret={SECRETS['form']}&plate=30A-1"),
        "json": (json_kind, json.dumps({"auth": {"accessToken": SECRETS["json"]}, "wrapped": nested, "page": 2})),
        "xml": ("text/xml", f"<login><Password Type='text'>{SECRETS['raw']}</Password></login>"),
        "plain": ("text/plain", "page=2"),
    }
    posts = [
        entry(f"{URL}/{name}", 3.0 * place, method="POST", kind="fetch", post={"mimeType": kind, "text": text})
        for place, (name, (kind, text)) in enumerate(bodies.items(), 2)
    ]
    sent = {"X-Auth-Token": SECRETS["header"], "X-Session": f"Basic {SECRETS['basic']}", "X-Lang": "vi"}
    found = imported(
        write(
            tmp_path / "visit.har",
            entry(f"{URL}/", sent={"X-Api-Token": SECRETS["header"]}),
            entry(
                f"{URL}/token/{SECRETS['path']}/list?api_key={SECRETS['query']}&q=x&who={SECRETS['jwt']}", 3, sent=sent
            ),
            entry(f"{URL}/echo?again={SECRETS['form']}&said=key+{SECRETS['query']}", 5, status=404),
            *posts,
        )
    )
    code, told = found.walkthrough.code, str(found.to_dict())
    assert [name for name, secret in SECRETS.items() if secret in code or secret in told] == []
    load_steps(code, "my.py", [step.name for step in found.walkthrough.steps])
    assert {"api_key", "client_secret", "accessToken", "x_auth_token", "token", "x_session", "wrapped", "who"} <= set(
        found.findings.columns
    )
    assert '"api_key": visit.account["api_key"]' in code
    assert "f\"/token/{visit.account['token']}/list\"" in code
    assert "f\"Basic {visit.account['x_session']}\"" in code
    assert any(
        "POST /xml sends a body that speaks of a credential: it is left out" in each
        for each in found.findings.unresolved
    )
    assert 'b"page=2"' in code or '"page=2".encode()' in code
    for kept in ('"plate": ', '"30A-1"', '"page": 2', '"X-Lang": "vi"', '"q": "x"'):
        assert kept in code


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("X-Auth-Token", True), ("api_key", True), ("apiKey", True), ("access_token", True), ("client_secret", True),
        ("Ocp-Apim-Subscription-Key", True), ("Authorization", True), ("sessionId", True), ("pin", True), ("pwd", True),
        ("csrf_token", False), ("X-XSRF-TOKEN", False), ("author", False), ("authority", False), ("passport", False),
        ("key", False), ("page", False), ("secretary", False), ("idempotency-key", False),
    ],
)  # fmt: skip
def test_names_of_credentials(name, is_one):
    assert is_secret(name) is is_one


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("Bearer abcdef123456", True),
        ('{"password": "x"}', True),
        ("Basic information", False),
        ("my password is lost", False),
    ],
)
def test_values_that_are_credentials(value, is_one):
    assert is_credential(value) is is_one
