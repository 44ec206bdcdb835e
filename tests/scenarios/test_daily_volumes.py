"""What a scenario expects on a day, beside what had been published by then."""

from datetime import date

import pytest

from models.journeys import expected_visits
from scenarios.daily_volumes import daily_volumes
from scenarios.description import describe
from scenarios.scenario import find_scenario, read_scenario

FLAT = """[arrivals]
sessions = { value = 8640, assumed = "t" }
hourly_shares = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.25, 0.25, 0.25,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
weekdays = [2, 1, 1, 1, 1, 0.5, 0.5]"""


@pytest.fixture
def rows(scenario_file):
    """Return a function that gives the rows of a scenario of some days, by what they stand beside."""

    def read(starts, duration_s, as_of="2025-06-30", more=""):
        path = scenario_file(
            ("[arrivals]\npoints = [[0, 6], [4, 6], [4, 0], [6, 0]]", FLAT + more),
            ("starts = 2025-07-01T08:00:00+07:00", f"starts = {starts}"),
            ("duration_s = 6", f"duration_s = {duration_s}"),
            ("as_of = 2025-06-30", f"as_of = {as_of}"),
        )
        return {row.of: row for row in daily_volumes(read_scenario(path))}

    return read


def test_the_first_whole_day_of_vietnam_counts(rows):
    found = rows("2025-06-29T11:00:00Z", 3 * 86_400)  # Sunday 18:00 in Vietnam
    assert {row.day for row in found.values()} == {date(2025, 6, 30)}
    assert found["visits"].expected == pytest.approx(2 * 8640, rel=1e-9)
    assert rows("2025-07-01T00:00:00+07:00", 86_400)["visits"].expected == pytest.approx(8640, rel=1e-9)
    assert rows("2025-07-01T00:00:01+07:00", 86_400) == {}
    assert rows("2025-07-01T00:00:00+07:00", 86_399) == {}


def test_steps_are_those_of_the_days_sessions_by_their_journeys(rows):
    found = rows("2025-07-01T00:00:00+07:00", 86_400)
    (visit,) = (j for j in read_scenario(find_scenario("rehearsal")).journeys if j.name == "brisk_visit")
    for of, step in (
        ("sign_ins", "sign_in"),
        ("dossiers_received", "submit"),
        ("status_synchronised", "submit"),
        ("feedback", "feedback"),
    ):
        assert found[of].expected == pytest.approx(8640 * 0.5 * expected_visits(visit)[step], rel=1e-9)
        assert found[of].counted == f"steps {step}"
    looking = "\njourneys = { brisk_look_up = 1.0 }"
    assert rows("2025-07-01T00:00:00+07:00", 86_400, more=looking)["sign_ins"].expected == 0


def test_only_what_had_been_published_stands_beside(rows):
    eve = rows("2025-07-01T00:00:00+07:00", 86_400, "2025-06-29")
    assert {of: row.published and row.published.value for of, row in eve.items()} == {
        "visits": None,
        "sign_ins": 4_500_000,
        "dossiers_received": None,
        "status_synchronised": None,
        "feedback": None,
    }
    assert str(eve["visits"]).endswith("8,640 expected; n/a: no figure of visits had been published by 2025-06-29")
    later = rows("2025-07-01T00:00:00+07:00", 86_400, "2025-07-04")
    assert "published 38,000 a working day: dossiers received on 2 July" in str(later["dossiers_received"])
    assert "not dossiers received through it" in str(later["status_synchronised"])
    assert later["dossiers_received"].to_dict()["published"]["published"] == "2025-07-04"
    assert eve["visits"].to_dict() == {
        "volume": "visits",
        "name": "visits",
        "counted": "sessions",
        "day": "2025-07-01",
        "expected": eve["visits"].expected,
        "published": None,
    }


def test_a_scenario_in_words_has_the_rows_or_says_why_not():
    ordinary = read_scenario(find_scenario("ordinary-day"))
    told = describe(ordinary).partition("Volumes: model against published\n")[2].partition("\n\n")[0].split("\n")
    assert told[0] == "  expected of the sessions that begin on Monday 30 June 2025, the scenario's first whole day"
    assert told[1:] == [f"  {row}" for row in daily_volumes(ordinary)]
    minute = describe(read_scenario(find_scenario("ci-smoke")))
    assert "published\n  n/a: the scenario has no whole day, from midnight to midnight\n" in minute
