"""Patterns: the stand-in's are whole, and a bad file tells all its mistakes."""

import re

import pytest

from cutover.base.errors import BadInput
from fixtures.portal.app import EXCHANGES
from scenarios.imports.patterns import default_patterns, read_patterns
from scenarios.swarm.steps import STEPS

DEFAULT = read_patterns(default_patterns())


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: f"{exchange.method} {exchange.path}")
def test_every_route_of_the_stand_in_makes_the_step_it_is_counted_under(exchange):
    path = re.sub(r"\{[a-z]+\}", "1.001193", exchange.path)
    if exchange.step not in STEPS:
        assert DEFAULT.ignores(path, "curl")
    else:
        assert DEFAULT.request(exchange.method, path).step == exchange.step
        assert not DEFAULT.ignores(path, "Mozilla/5.0")


def test_the_stand_in_s_steps_are_the_swarm_s():
    assert set(STEPS) == DEFAULT.steps


def test_resources_and_robots_are_ignored_and_others_are_not():
    assert DEFAULT.ignores("/static/app/main", "")
    assert DEFAULT.ignores("/style.css", "")
    assert DEFAULT.ignores("/", "Mozilla/5.0 (compatible; Googlebot/2.1)")
    assert not DEFAULT.ignores("/css", "Mozilla/5.0")
    assert DEFAULT.request("GET", "/search/deeper") is None
    assert DEFAULT.request("PUT", "/search") is None


def test_a_session_is_of_the_first_kind_that_takes_it():
    assert DEFAULT.kind(frozenset({"home", "track", "form"})) == "submit_online"
    assert DEFAULT.kind(frozenset({"home", "track"})) == "track_dossier"
    assert DEFAULT.kind(frozenset({"home"})) == "look_up"


def test_all_mistakes_come_at_once_with_their_lines(tmp_path):
    path = tmp_path / "portal.toml"
    path.write_text(
        """\
schema = 1
description = "x"
ignore_paths = ['(']

[[requests]]
method = "get"
path = '/['
step = "exit"
stepp = "home"
""",
        encoding="utf-8",
    )
    with pytest.raises(BadInput) as caught:
        read_patterns(path)
    text = str(caught.value)
    assert "portal.toml:3: ignore_paths: '(' is no regular expression" in text
    assert "portal.toml:6: requests[0].method = 'get': string should match pattern" in text
    assert "portal.toml:7: requests[0].path = '/[': '/[' is no regular expression" in text
    assert "portal.toml:8: requests[0].step = 'exit': is a reserved word; choose a name other than" in text
    assert "portal.toml:9: requests[0].stepp = 'home': is not a known key; did you mean `step`?" in text


def test_unknown_steps_and_double_names_are_mistakes(tmp_path):
    path = tmp_path / "portal.toml"
    path.write_text(
        """\
schema = 1
description = "x"
[[requests]]
method = "GET"
path = '/'
step = "home"
part_of = ["hme"]
[[journeys]]
name = "visit"
passes = ["paid"]
[[journeys]]
name = "visit"
""",
        encoding="utf-8",
    )
    with pytest.raises(BadInput) as caught:
        read_patterns(path)
    assert [str(mistake).removeprefix(str(path)) for mistake in caught.value.mistakes] == [
        ":7: requests[0].part_of = 'hme': is a step that no request begins; use one of: home",
        ":10: journeys[0].passes = 'paid': is a step that no request begins; use one of: home",
        ":12: journeys[1].name = 'visit': stands twice; rename one",
    ]
