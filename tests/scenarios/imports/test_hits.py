"""Lines of access logs: what each format says, and why a line cannot be read."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.imports.hits import UnreadableLine, parser
from scenarios.imports.patterns import JsonFields, default_patterns, read_patterns

DEFAULT = read_patterns(default_patterns())
COMMON = '10.0.0.1 - an\u2009b [01/Jul/2025:08:00:05 +0700] "GET /search?q=%C4%91 HTTP/1.1" 200 512'
COMBINED = COMMON + ' "https://example.vn/a \\"b\\"" "Mozilla/5.0 (X11)"'
NS = 1_000_000_000
AT_NS = round(datetime(2025, 7, 1, 8, 0, 5, tzinfo=timezone(timedelta(hours=7))).timestamp()) * NS


def changed(**fields):
    return DEFAULT.model_copy(update=fields)


def test_common_and_combined():
    plain = parser("common", DEFAULT)(COMMON)
    assert (plain.start_ns, plain.end_ns, plain.whole_seconds) == (AT_NS, AT_NS, True)
    assert (plain.method, plain.path, plain.status, plain.visitor) == ("GET", "/search", 200, "10.0.0.1 ")
    full = parser("combined", DEFAULT)(COMBINED)
    assert (full.visitor, full.agent) == ("10.0.0.1 Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)")
    assert parser("common", DEFAULT)(COMMON.replace("08:00:05 +0700", "00:30:05 -0030")).start_ns == AT_NS
    assert parser("common", DEFAULT)(COMBINED).path == "/search"


def test_extra_fields_name_a_session_and_a_duration():
    patterns = changed(extra=("duration_s", "-", "session"), time="end")
    hit = parser("combined", patterns)(COMBINED + ' 1.250 "other thing" "c0ffee"')
    assert (hit.start_ns, hit.end_ns, hit.visitor) == (AT_NS - 1_250_000_000, AT_NS, "c0ffee")
    without = parser("combined", patterns)(COMBINED + ' - "-" "-"')
    assert (without.start_ns, without.visitor) == (AT_NS, "10.0.0.1 Mozilla/5.0 (X11)")


def test_a_full_url_and_no_path_are_understood():
    line = COMMON.replace("/search?q=%C4%91", "http://portal.example/search#top?x")
    assert parser("common", DEFAULT)(line).path == "/search#top"
    assert parser("common", DEFAULT)(COMMON.replace("/search?q=%C4%91", "HTTPS://portal.example?x")).path == "/"


@pytest.mark.parametrize(
    ("time", "ns"),
    [
        ("2025-07-01T08:00:05+07:00", 0),
        ("2025-07-01T01:00:05.25Z", NS // 4),
        (AT_NS / NS, 0),
        (str(AT_NS // NS), 0),
        (f"{AT_NS // NS}.5", NS // 2),
    ],
)
def test_json_times(time, ns):
    line = json.dumps({"ts": time, "client_ip": "::1", "method": "POST", "uri": "/drafts?x", "status": 303})
    hit = parser("json", DEFAULT)(line)
    assert (hit.start_ns - AT_NS, hit.whole_seconds) == (ns, ns == 0)
    assert (hit.method, hit.path, hit.status, hit.visitor) == ("POST", "/drafts", 303, "::1 ")


def test_json_fields_can_be_named():
    patterns = changed(json_fields=JsonFields(time=("when",), session=("cookie",), duration_s=("took",)))
    values = {"when": AT_NS / NS, "address": "a", "request": "GET / HTTP/2.0", "status": "200", "cookie": 7, "took": 2}
    hit = parser("json", patterns)(json.dumps(values))
    assert (hit.visitor, hit.end_ns - hit.start_ns, hit.path) == ("7", 2 * NS, "/")


GOOD = {"time": "2025-07-01T08:00:05+07:00", "remote_addr": "a", "request": "GET / HTTP/1.1", "status": 200}


@pytest.mark.parametrize(
    ("form", "line", "why"),
    [
        ("common", "hello", "is not in this format"),
        ("common", COMMON.replace(" 200 ", " OK "), "is not in this format"),
        ("combined", COMMON, "has no referrer and agent after the size"),
        ("common", COMMON.replace("GET /search?q=%C4%91 HTTP/1.1", "-"), "has a request that is not HTTP"),
        ("common", COMMON.replace("GET ", "\\x16\\x03 "), "has a request that is not HTTP"),
        ("common", COMMON.replace("Jul", "Jly"), "has a time that is not like 01/Jul/2025:08:00:00 +0700"),
        ("common", COMMON.replace("01/Jul", "31/Jun"), "has a time that no calendar has"),
        ("common", COMMON.replace("+0700", "+9900"), "has a time that no calendar has"),
        ("common", COMMON.replace("2025", "9999"), "has a time outside 1990 to 2100"),
        ("json", COMMON, "is not JSON"),
        ("json", "[" * 15_000, "is not JSON"),
        ("json", "[1]", "is not a JSON object"),
        ("json", json.dumps({**GOOD, "time": None}), "has no field for the time (one of time, time_iso8601"),
        ("json", json.dumps({**GOOD, "time": "yesterday"}), "has a time that is neither ISO 8601 nor seconds"),
        ("json", json.dumps({**GOOD, "time": 1e300}), "has a time that is neither ISO 8601 nor seconds"),
        ("json", json.dumps({**GOOD, "time": "2025-07-01T08:00:05"}), "has a time without its offset from UTC"),
        ("json", json.dumps({**GOOD, "status": "2x0"}), "has a status that is not a number of three digits"),
        ("json", json.dumps({**GOOD, "request_time": "fast"}), "has a duration that is not a number"),
        ("json", json.dumps({**GOOD, "request_time": -1}), "has a duration that is not between 0 and 86,400 s"),
        ("json", json.dumps({**GOOD, "request_time": "nan"}), "has a duration that is not between 0 and 86,400 s"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(form, line, why):
    with pytest.raises(UnreadableLine) as caught:
        parser(form, DEFAULT)(line)
    assert str(caught.value).startswith(why)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    at=st.integers(0, 200), text=st.text(max_size=6), values=st.dictionaries(st.sampled_from(list(GOOD)), JSON_VALUES)
)
def test_any_line_is_read_or_refused_and_nothing_else(at, text, values):
    cases = [("combined", COMBINED[:at] + text + COMBINED[at:]), ("json", json.dumps({**GOOD, **values}))]
    for form, line in cases:
        try:
            hit = parser(form, DEFAULT)(line)
        except UnreadableLine:
            continue
        assert hit.end_ns >= hit.start_ns
