"""Visits: which hits make a step, which steps make a visit."""

from collections.abc import Iterable

from scenarios.imports import visits as module
from scenarios.imports.hits import Hit
from scenarios.imports.patterns import default_patterns, read_patterns
from scenarios.imports.visits import IDLE_S, Line, in_order, visits

PATTERNS = read_patterns(default_patterns())
NS = 1_000_000_000


def lines(*hits: tuple[float, str, str, int], visitor: str = "a", took_s: float = 0.0) -> list[Line]:
    """Make lines of (time in s, method, path, status)."""
    found = []
    for number, (at_s, method, path, status) in enumerate(hits, 1):
        pattern = PATTERNS.request(method, path)
        assert pattern is not None
        start = round(at_s * NS)
        hit = Hit(start, start + round(took_s * NS), visitor, "", method, path, status, whole_seconds=True)
        found.append(Line(number, hit, pattern))
    return found


def courses(found: Iterable[Line]) -> list[list[tuple[str, float, float]]]:
    """Return each visit's steps as (name, start, end)."""
    return [[(s.name, s.start_ns / NS, s.end_ns / NS) for s in visit.steps] for visit in visits(found)]


def test_publishing_is_one_step_even_when_another_officer_was_quicker():
    hits = lines(
        (0, "GET", "/officer/sign-in", 200),
        (1, "POST", "/officer/sign-in", 303),
        (1.1, "GET", "/officer/procedures", 200),
        (60, "GET", "/officer/procedures/1.001193/edit", 200),
        (90, "POST", "/officer/procedures/1.001193", 409),
        (91, "GET", "/officer/procedures/1.001193/edit", 200),
        (120, "POST", "/officer/procedures/1.001193", 303),
        (120.1, "GET", "/procedures/1.001193", 200),
        (130, "GET", "/procedures/1.001193", 200),
    )
    assert courses(hits) == [[("publish", 0, 120.1), ("procedure", 130, 130)]]


def test_redirects_and_named_parts_belong_to_the_step_before():
    hits = lines(
        (0, "GET", "/sign-in", 303),
        (0.5, "GET", "/identity/authorize", 200),
        (20, "POST", "/identity/authorize", 303),
        (20.25, "GET", "/sign-in/back", 303),
        (20.5, "GET", "/me", 200),
        (30, "GET", "/procedures/1/form", 200),
        (90, "POST", "/drafts", 303),
        (90.5, "GET", "/drafts/7", 200),
        (120, "POST", "/drafts/7/attachments", 303),
        (121, "GET", "/drafts/7", 200),
        (130, "GET", "/dossiers/7/pay", 200),
        (140, "POST", "/dossiers/7/pay", 303),
        (140.25, "GET", "/banks/momo/pay/8", 200),
        (145, "POST", "/banks/momo/pay/8", 303),
        (145.5, "GET", "/payments/8", 200),
        (150, "GET", "/dossiers/7", 200),
        (160, "GET", "/dossiers/7", 304),
        (161, "GET", "/dossiers/7", 200),
        took_s=0.25,
    )
    assert courses(hits) == [
        [
            ("sign_in", 0, 20.75),
            ("form", 30, 90.75),
            ("upload", 120, 121.25),
            ("pay", 130, 145.75),
            ("track", 150, 150.25),
            ("track", 160, 160.25),
            ("track", 161, 161.25),
        ]
    ]


def test_a_redirect_that_is_not_followed_within_ten_seconds_ends_the_step():
    assert [step[0] for step in courses(lines((0, "GET", "/", 302), (10, "GET", "/search", 200)))[0]] == ["home"]
    late = courses(lines((0, "GET", "/", 302), (10.1, "GET", "/search", 200)))
    assert [step[0] for step in late[0]] == ["home", "search"]


def test_trying_again_after_an_error_is_no_new_step():
    for status, steps in ((503, 1), (429, 1), (404, 2), (200, 2)):
        assert len(courses(lines((0, "GET", "/search", status), (5, "GET", "/search", 200)))[0]) == steps
    other = lines((0, "GET", "/search", 503), (5, "GET", "/", 200))
    assert [step[0] for step in courses(other)[0]] == ["search", "home"]


def test_half_an_hour_of_silence_ends_a_visit_and_no_less():
    assert len(courses(lines((0, "GET", "/", 200), (IDLE_S - 1e-6, "GET", "/", 200)))) == 1
    assert len(courses(lines((0, "GET", "/", 200), (IDLE_S, "GET", "/", 200)))) == 2
    assert len(courses(lines((0, "GET", "/", 200), (IDLE_S, "GET", "/", 200), took_s=1.0))) == 1


def test_a_visitor_hidden_behind_a_long_answer_still_ends():
    long = lines((0, "GET", "/", 200), visitor="slow", took_s=3000)
    short = lines((1, "GET", "/", 200), (1900, "GET", "/", 200))
    assert sorted(len(visit.steps) for visit in visits(sorted(long + short, key=lambda line: line.hit.start_ns))) == [
        1, 1, 1
    ]  # fmt: skip


def test_visitors_are_kept_apart_and_visits_come_when_they_are_over():
    one = lines((0, "GET", "/", 200), (60, "GET", "/search", 200))
    two = lines((30, "GET", "/feedback", 200), (4000, "GET", "/", 200), visitor="b")
    found = visits(sorted(one + two, key=lambda line: line.hit.start_ns))
    assert [[step.name for step in visit.steps] for visit in found] == [["feedback"], ["home", "search"], ["home"]]


def test_lines_written_late_are_put_in_order():
    late = lines((10, "GET", "/", 200), (5, "GET", "/search", 200), (20, "GET", "/", 200), (90, "GET", "/", 200))
    assert [line.hit.start_ns // NS for line in in_order(late, 60 * NS)] == [5, 10, 20, 90]
    too_late = lines((0, "GET", "/", 200), (100, "GET", "/", 200), (30, "GET", "/", 200))
    assert sorted(line.number for line in in_order(too_late, 60 * NS)) == [1, 2, 3]


def test_a_program_s_visit_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(module, "MOST_STEPS", 5)
    (visit,) = visits(lines(*((at, "GET", "/", 200) for at in range(50))))
    assert len(visit.steps) == 6
