import pytest

from scenarios.steps import Answer, StepBlocked, StepFailed, StepRejected
from scenarios.swarm.checks import answered
from scenarios.swarm.target import taking

PAGE = """<html><head><title> Hồ  sơ &amp; giấy tờ\n</title></head><body>
<form action="/a" method="post"><input type="hidden" name="csrf" value="one&amp;1"></form>
<form action="/b/17/submit" method=post><input value='two' name=csrf type=hidden><input name="x-y" value=bare></form>
<a href="/dossiers/HS-9/pay">pay</a>
"""
EARLIER = Answer(
    303,
    "/callback",
    b"",
    {"location": "/b/17", "set-cookie": "sid=1; Path=/\nxsrf=a%20b; Path=/"},
    "code=c%2F1&state=s",
)
ANSWER = Answer(200, "/b/17", PAGE.encode(), {"x-token": "t-1", "set-cookie": 'seen="yes"'}, "", (EARLIER,))


def test_fields_by_name_and_by_form():
    assert taking.field(ANSWER, "csrf") == "one&1"
    assert taking.field(ANSWER, "csrf", r"/b/[^\"'/]+/submit") == "two"
    assert taking.field(ANSWER, "x-y") == "bare"


def test_titles_addresses_headers_cookies_and_text():
    assert taking.title_of(ANSWER) == "Hồ sơ & giấy tờ"
    assert taking.address(ANSWER, r"^/b/(\d+)") == "17"
    assert taking.address(ANSWER, r"^/(callback)") == "callback"
    assert taking.parameter(ANSWER, "code") == "c/1"
    assert taking.header(ANSWER, "X-Token") == "t-1"
    assert taking.header(ANSWER, "location", r"/b/(\d+)") == "17"
    assert taking.cookie(ANSWER, "seen") == "yes"
    assert taking.cookie(ANSWER, "xsrf") == "a b"
    assert taking.matched(ANSWER, r'href="/dossiers/([^"/]+)/pay"') == "HS-9"
    assert answered(ANSWER, 200, title="Hồ sơ & giấy tờ") is ANSWER


def test_json():
    page = Answer(200, "/j", '{"a": [{"b": "ế"}]}'.encode())
    assert taking.json_value(page, "a", 0, "b") == "ế"


@pytest.mark.parametrize(
    ("take", "words"),
    [
        (lambda page: taking.field(page, "none"), "holds no field none"),
        (lambda page: taking.field(page, "csrf", "/c"), "holds no form for /c"),
        (lambda page: taking.matched(page, "(z{9})"), "holds nothing like"),
        (lambda page: taking.header(page, "etag"), "without the header etag"),
        (lambda page: taking.cookie(page, "none"), "without the cookie none"),
        (lambda page: taking.address(page, "^/(q)"), "reached by no path like"),
        (lambda page: taking.parameter(page, "none"), "no address with the parameter none"),
        (lambda page: taking.json_value(page, "a"), "is not JSON"),
        (lambda page: answered(page, 201), "answered 200, not 201"),
        (lambda page: answered(page, 200, title="Other"), "is not the page titled 'Other'"),
    ],
)
def test_what_is_not_there_fails_the_step_by_name(take, words):
    with pytest.raises(StepFailed, match=words) as caught:
        take(ANSWER)
    assert str(caught.value).startswith("/b/17 ")


def test_a_busy_portal_rejects():
    with pytest.raises(StepRejected):
        answered(Answer(503, "/", b""), 200)


def test_too_many_requests_are_a_firewall_s_word_as_on_the_wire():
    with pytest.raises(StepBlocked):
        answered(Answer(429, "/", b""), 200)
