"""An order is read once: what its supplies run is run once, and no more of its schedule is placed than rows need."""

import sys
from dataclasses import replace

import pytest

from scenarios.swarm.generator import prepared as module
from scenarios.swarm.generator.prepared import Prepared

FEED = '[feeds.words]\nfile = "words.csv"\ntake = "{}"\n'


@pytest.fixture
def with_supplies(prepare, tmp_path):
    def made(text):
        path = tmp_path / "supplies.toml"
        path.write_text(f"schema = 1\n{text}", encoding="utf-8")
        (tmp_path / "words.csv").write_text("word\na\nb\n", encoding="utf-8")
        return Prepared.of(replace(prepare().order, supplies=str(path)))

    return made


def test_a_cast_s_command_runs_once(with_supplies, tmp_path):
    program = "print('user'); print('an'); open('ran', 'a').write('x')"
    prepared = with_supplies(f'[cast]\ncommand = ["{sys.executable}", "-c", "{program}"]\n')
    prepared.supplied()
    assert prepared.identity()["supplies_digest"] == prepared.supplies.digest
    assert (tmp_path / "ran").read_text() == "x"


def test_places_are_found_where_rows_go_by_them_and_nowhere_else(with_supplies, monkeypatch):
    made = []
    places = module.Places
    monkeypatch.setattr(module, "Places", lambda sessions: made.append(sessions) or places(sessions))
    for text in ("", FEED.format("random")):
        with_supplies(text).supplied()
    assert made == []
    given = with_supplies(FEED.format("in_order"))
    first = next(iter(given.sessions.window(0.0, given.sessions.duration_s)))
    assert given.supplied().row("words", first.number) == {"word": "a"}
    assert len(made) == 1
    session = with_supplies(FEED.format("random")).supplied().row("words", first.number)
    assert session["word"] in "ab"
