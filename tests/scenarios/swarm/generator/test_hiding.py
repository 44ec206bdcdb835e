"""What may not be shown is taken out in every encoding in which it travels; names and structure stay."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from scenarios.swarm.generator.har import entry
from scenarios.swarm.generator.hiding import REDACTED, without
from tests.scenarios.swarm.generator.test_samples import AT, exchanged

USER, PASSWORD = "ân thị@portal.vn", 'p&ss w"rd/+<é>'
ACCOUNT = (USER, PASSWORD)
WAYS = [
    str,
    quote,
    quote_plus,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="!'()*~"),
    lambda text: quote(text, safe="").lower(),
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    lambda text: json.dumps(text).replace("/", "\\/"),
    html.escape,
    lambda text: html.escape(text, quote=False),
    lambda text: text.encode().decode("latin-1"),
]


@pytest.mark.parametrize("way", WAYS)
def test_every_encoding_is_taken_out(way):
    for text in ACCOUNT:
        encoded = way(text).strip('"')
        assert without(f"before {encoded} after", ACCOUNT) == f"before {REDACTED} after"


def test_a_login_as_basic_authentication_has_it_is_taken_out():
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert without(f"you sent Basic {login}.", ACCOUNT) == f"you sent Basic {REDACTED}."


def test_names_stay_and_short_texts_go_where_they_stand_alone():
    assert without('{"user": "user", "a": "a"}', ("user", "a")) == f'{{"user": "{REDACTED}", "a": "{REDACTED}"}}'
    assert without("/in?user=user&a=an", ("user", "an")) == f"/in?user={REDACTED}&a={REDACTED}"
    assert without("<td>1</td> 2021 a1", ("1",)) == f"<td>{REDACTED}</td> 2021 a1"


def test_nothing_of_an_account_is_in_an_entry_and_nothing_else_of_the_entry_changes():
    account = (USER, PASSWORD, "GET", "1", "text", "q")
    told = {"user": USER, "login": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "text": "text"}
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"Location", f"/back/{quote(USER)}?q={quote_plus(PASSWORD)}".encode()),
        (b"X-User", USER.encode()),
        (b"X-Long", b"x" * 500 + PASSWORD.encode()),
    ]
    path = f"/u/{quote(USER, safe='')}?q={quote(PASSWORD)}&x=1".encode()
    seen = exchanged(path=path, headers=headers, body=json.dumps(told).encode())
    shown = entry(seen, AT, {"reason": f"no {USER}"}, account)
    plain = entry(exchanged(path=b"/u/x?q=y&x=z", headers=headers[:1], body=b"x"), AT, {"reason": "no"})
    text = json.dumps(shown, ensure_ascii=False)
    for secret in (*ACCOUNT, *map(quote, ACCOUNT), quote_plus(PASSWORD), told["login"], "p&ss", "rd/", "rd%2F"):
        assert secret not in text
    assert shown["request"]["method"] == plain["request"]["method"] == "POST"
    for name in ("startedDateTime", "time", "timings", "serverIPAddress"):
        assert shown[name] == plain[name]
    assert [each["name"] for each in shown["request"]["queryString"]] == ["q", "x"]
    assert {each["value"] for each in shown["request"]["queryString"]} == {REDACTED}
    assert shown["response"]["httpVersion"] == "http/1.1"
    assert shown["response"]["content"]["mimeType"] == "text/plain"
    assert json.loads(shown["response"]["content"]["text"]).keys() == told.keys()
    assert shown["_cutover"]["reason"] == f"no {REDACTED}"
