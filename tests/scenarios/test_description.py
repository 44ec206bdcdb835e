"""A scenario in words and over time: what it plays, and where each figure comes from."""

import numpy as np
import pytest

from models.demand.gamma import gamma_quantile
from models.schedule import Profile
from scenarios.demand import parts
from scenarios.description import comments, describe, origins
from scenarios.scenario import find_scenario, read_scenario, shipped
from scenarios.sessions import Sessions
from scenarios.timeline import Timeline


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_told_with_all_its_figures(name):
    scenario = read_scenario(find_scenario(name))
    text = describe(scenario)
    assert text.startswith(f"{name}: {scenario.file.title}\n")
    for origin in origins(scenario):
        assert f"  {origin}\n" in text
        assert (origin.figure.assumed or origin.figure.source) in text
    for journey in scenario.journeys:
        assert f"  {journey.name}: " in text
    for budget in scenario.file.budgets:
        assert f"  {budget}\n" in text


def test_a_scenario_in_words(scenario_file):
    path = scenario_file(
        ("schema = 1", "# Small.\n# Quick.\nschema = 1"),
        ("[journeys]", "[journeys]\n# Half and half. Assumed."),
        ('assumed = "a test"', 'source = "a census"\npublished = 2025-06-01'),
    )
    text = describe(read_scenario(path))
    assert "starts Tuesday 1 July 2025, 08:00 (+0700) and lasts 6 s; budgets judge the whole of it" in text
    assert "24 sessions expected, the most at 0 s with 6/s" in text
    assert "brisk_look_up: 50 % of sessions; on average 3.32 steps and 1.27 s of thinking; begins with home" in text
    assert "  people of communes: synthetic allocation\n" in text
    assert "  population = 101,600,000: a census; published 2025-06-01\n" in text
    assert "  Small. Quick.\n  journeys: Half and half. Assumed.\n" in text
    assert "flow" not in text.partition("Journeys")[0]


def test_comments_belong_to_the_line_below_or_to_the_table_above():
    text = (
        "# File.\nschema = 1\n# Of x.\nx = 1 # not this\n[a]\n# Of a.\ny = 2\n# Of y.\nz = 3\n# Of b.\n[[b]]\n# End.\n"
    )
    assert comments(text) == ["File.", "x: Of x.", "a: Of a.", "a.z: Of y.", "b: Of b.", "b: End."]


@pytest.mark.parametrize("name", shipped())
def test_a_timeline_adds_up_to_what_is_played(name):
    """Where days differ, what is played has their chance factors, which are 1 in the mean."""
    scenario = read_scenario(find_scenario(name))
    timeline = Timeline.of(scenario, 50)
    played = sum(
        flow.expected if part.entry.day_cv is None else Profile(part.arriving).total
        for flow, part in zip(Sessions(scenario).flows, parts(scenario), strict=True)
    )
    assert timeline.total == pytest.approx(played, rel=1e-9)
    assert timeline.per_s @ np.diff(timeline.edges_s) == pytest.approx(played, rel=1e-9)
    journeys = np.sum(list(timeline.by_journey.values()), axis=0)
    assert journeys == pytest.approx(timeline.per_s, rel=1e-9)
    assert sum(timeline.shares(timeline.by_journey).values()) == pytest.approx(1.0, rel=1e-9)


def test_a_timeline_follows_the_sessions_themselves():
    scenario = read_scenario(find_scenario("rehearsal"))
    timeline = Timeline.of(scenario, 7)
    sessions = list(Sessions(scenario).window(0.0, 70.0))
    counted, _ = np.histogram([session.instant_ns / 1e9 for session in sessions], timeline.edges_s)
    expected = timeline.per_s * np.diff(timeline.edges_s)
    for found, mean in zip(counted, expected, strict=True):
        assert abs(found - mean) <= 4.1 * np.sqrt(mean)  # 99.9 % of a Poisson count, in all 7 intervals together
    assert timeline.title == "rehearsal: 959 sessions expected, the most at 33 s with 22/s"


def test_the_greatest_rate_is_that_of_the_rate_itself_not_of_an_interval():
    stress = Timeline.of(read_scenario(find_scenario("stress-to-failure")))
    assert (stress.most_per_s, stress.busiest) == (1440.0, "3600 s")
    deadline = Timeline.of(read_scenario(find_scenario("deadline-day")))
    assert deadline.busiest == "24:00"
    assert deadline.most_per_s > deadline.per_s.max() * 1.05
    assert Timeline.of(read_scenario(find_scenario("pilot"))).busiest == "30 June 09:30"


def test_a_time_of_day_is_vietnams(scenario_file):
    path = scenario_file(
        ("starts = 2025-07-01T08:00:00+07:00", "starts = 2025-07-01T01:00:00Z"),
        ("duration_s = 6", "duration_s = 7200"),
        ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 1], [3600, 2], [7200, 1]]"),
    )
    timeline = Timeline.of(read_scenario(path))
    assert (timeline.busiest, timeline.at_zero_s) == ("09:00", 8 * 3600.0)


def test_a_timeline_has_a_band_where_days_differ(scenario_file):
    plain = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
    assert Timeline.of(read_scenario(scenario_file())).band is None
    varied = (
        f'{plain}\nday_cv = {{ value = 0.2, assumed = "t" }}\n\n[[flows]]\nname = "steady"\npoints = [[0, 2], [6, 2]]'
    )
    timeline = Timeline.of(read_scenario(scenario_file((plain, varied))), 6)
    low, high = timeline.band
    assert low == pytest.approx([2 + 6 * gamma_quantile(0.2, 0.025)] * 4 + [2, 2], rel=1e-9)
    assert high == pytest.approx([2 + 6 * gamma_quantile(0.2, 0.975)] * 4 + [2, 2], rel=1e-9)
    assert (low <= timeline.per_s).all()
    assert (timeline.per_s <= high).all()
