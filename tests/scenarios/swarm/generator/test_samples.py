"""Samples: the first failing and the slowest of each minute, as HAR, bounded, without secrets."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.browser.fixed import FixedFields
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.origins import Origins
from scenarios.swarm.generator.har import entry
from scenarios.swarm.generator.outcomes import OUTCOMES
from scenarios.swarm.generator.samples import Sample, Samples
from scenarios.target import Target

SECOND = 10**9
REUSED = False
AT = datetime(2025, 7, 1, tzinfo=UTC)


def exchanged(took_ns=50_000_000, path=b"/a?q=1", headers=(), body=b"", own=(), error=None, status=200):
    origin = Origins(Target("https", "portal.vn", 443), ()).target
    fixed = FixedFields({"User-Agent": "cutover"}, compression=True)
    begun = 7 * SECOND
    return Exchanged(
        begun, 2_000_000, 3_000_000, begun + took_ns // 2, begun + took_ns, status, 9, REUSED, "192.0.2.1", "http/1.1",
        3, b"POST", origin, path, fixed, tuple(own), b"form=secret", Head.of(list(headers)), body, error,
    )  # fmt: skip


def sample(took_ns, tag=0, why="slow"):
    return Sample(why, tag, 17, 1, 0, 0, None, 8 * SECOND, exchanged(took_ns), ())


def test_the_five_slowest_of_a_minute_are_told_when_it_is_over_slowest_first():
    told = []
    samples = Samples(("home",), told.append)
    for took_ns in (5, 9, 1, 7, 3, 8, 2, 6, 4):
        if took_ns > samples.shelves[0].floor_ns:
            samples.slow(sample(took_ns))
    assert told == []
    samples.turn(59 * SECOND)
    assert told == []
    samples.turn(60 * SECOND)
    assert [each.exchanged.ended_ns - each.exchanged.started_ns for each in told] == [9, 8, 7, 6, 5]
    assert samples.shelves[0].floor_ns < 0
    samples.turn(61 * SECOND)
    assert len(told) == 5


def test_twenty_failing_a_minute_are_told_at_once_for_each_step_and_outcome():
    told = []
    samples = Samples(("home", "submit"), told.append)
    tag = len(OUTCOMES) + OUTCOMES.index("failed")
    for _ in range(30):
        if samples.shelves[tag].has_room:
            samples.failing(sample(5, tag, "failing"))
    assert len(told) == 20
    assert samples.shelves[1].has_room
    samples.turn(60 * SECOND)
    assert samples.shelves[tag].has_room


def test_an_entry_is_har_with_timings_that_add_up_and_says_whose_it_is():
    found = entry(exchanged(), AT, {"session": 17, "step": "home"})
    json.dumps(found)
    assert found["request"]["method"] == "POST"
    assert found["request"]["url"] == "https://portal.vn/a?q=1"
    assert found["response"]["status"] == 200
    timings = found["timings"]
    assert timings["ssl"] == pytest.approx(3.0)
    assert timings["connect"] == pytest.approx(5.0)  # HAR counts TLS within connecting
    assert timings["connect"] + timings["wait"] + timings["receive"] == pytest.approx(found["time"]) == 50.0
    assert found["_cutover"] == {"session": 17, "step": "home", "span": 3, "error": None}


def test_nothing_secret_is_in_an_entry():
    headers = [(b"Set-Cookie", b"sid=s3cret"), (b"Location", b"/back?code=s3cret&x=1"), (b"X-Auth-Token", b"s3cret"),
               (b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]  # fmt: skip
    body = gzip.compress(b'<input name="csrf" value="s3cret"><p>hello</p><script>{"accessToken": "s3cret"}</script>')
    own = [(b"Authorization", b"Bearer s3cret"), (b"Idempotency-Key", b"abc.1-17"), (b"X-CSRF", b"s3cret")]
    found = entry(exchanged(path=b"/in?state=s3cret&q=2", headers=headers, body=body, own=own), AT, {})
    text = json.dumps(found)
    assert "s3cret" not in text
    assert "secret" not in text.replace("[redacted]", "")  # nor the form that was sent
    assert "hello" in text
    assert "abc.1-17" in text
    assert "q=2" in text


def test_texts_of_the_sessions_account_are_in_no_entry():
    found = entry(
        exchanged(path=b"/u/anna", headers=[(b"Content-Type", b"text/plain")], body=b"hi anna"), AT, {}, ("anna",)
    )
    assert "anna" not in json.dumps(found)


def test_entries_are_bounded_and_broken_or_binary_answers_have_no_text():
    long = entry(exchanged(headers=[(b"Content-Type", b"text/html")], body=b"x" * 10**6), AT, {})
    assert len(json.dumps(long)) < 8_000
    assert long["response"]["content"]["size"] == 10**6
    binary = entry(exchanged(headers=[(b"Content-Type", b"image/png")], body=b"\x00" * 100), AT, {})
    assert "text" not in binary["response"]["content"]
    damaged = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]
    assert "text" not in entry(exchanged(headers=damaged, body=b"nonsense"), AT, {})["response"]["content"]
    broken = entry(exchanged(status=0, error="refused"), AT, {})
    assert broken["_cutover"]["error"] == "refused"
    assert broken["response"]["status"] == 0
