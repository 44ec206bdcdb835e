"""The shipped days are what their comments and figures say."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from cutover.base.errors import BadInput
from models.analytic import station_loads
from models.assembly import assemble
from models.journeys import expected_visits
from models.plan import find_plan, read_plan
from models.schedule import Profile
from scenarios.daily_volumes import daily_volumes
from scenarios.demand import mean_profile, parts
from scenarios.scenario import find_scenario, read_scenario

HOURS_S = np.arange(25) * 3600.0


def expected(name, as_of=None):
    """Return what a scenario expects of each volume, on its first whole day."""
    return {row.of: row.expected for row in daily_volumes(read_scenario(find_scenario(name), as_of))}


@pytest.mark.parametrize("name", ["ordinary-day", "december-day"])
def test_ordinary_days_lie_within_the_published_volumes(name):
    found = expected(name)
    assert 3_600_000 <= found["visits"] <= 4_600_000
    assert 3_000_000 <= found["sign_ins"] <= 6_000_000
    assert found["feedback"] == pytest.approx(134, rel=1e-9)


def test_the_first_day_has_its_feedback_and_no_fewer_sign_ins_than_an_ordinary_one():
    first, ordinary = expected("go-live"), expected("ordinary-day")
    assert first["feedback"] == pytest.approx(134, rel=1e-9)
    assert first["visits"] == pytest.approx(6_900_134, rel=1e-9)
    assert ordinary["sign_ins"] <= first["sign_ins"] <= 1.1 * ordinary["sign_ins"]


def test_the_ordinary_day_has_as_many_visits_as_published_by_all_its_flows():
    scenario = read_scenario(find_scenario("ordinary-day"))
    by_flow = {part.flow: Profile(part.arriving).total for part in parts(scenario)}
    assert by_flow["online"] + by_flow["counters"] == pytest.approx(274_000, rel=0.002)  # as its comment says
    assert sum(by_flow.values()) == pytest.approx(4_600_000, rel=0.005)


@pytest.mark.parametrize(
    ("as_of", "a_working_day"), [(None, 173_000), (date(2025, 8, 31), 122_000), (date(2025, 7, 4), 38_000)]
)
def test_a_day_after_the_opening_moves_with_what_had_been_published(as_of, a_working_day):
    submitted = expected("december-day", as_of)["dossiers_received"]
    monday = 0.8 * 1.20 / 1.12 + 0.2 * 1.55 / 1.33  # of a working day of the profiles `portal` and `counter`
    assert submitted == pytest.approx(a_working_day * monday, rel=0.005)


def test_a_day_after_the_opening_cannot_be_played_on_its_eve():
    with pytest.raises(BadInput, match=r"'dossiers_received': was not published by as_of = 2025-06-30, but on 2025-07"):
        read_scenario(find_scenario("december-day"), date(2025, 6, 30))


@pytest.mark.parametrize("name", ["switch-over", "pilot", "publication-day"])
def test_scenarios_of_27_june_use_nothing_later(name):
    assert read_scenario(find_scenario(name)).file.as_of == date(2025, 6, 26)
    later = read_scenario(find_scenario(name), date(2025, 6, 27))
    assert mean_profile(later).total == mean_profile(read_scenario(find_scenario(name))).total


def test_the_deadline_rises_up_to_midnight_as_deadlines_of_peers_did():
    profile = mean_profile(read_scenario(find_scenario("deadline-day")))
    by_hour = np.diff(profile.expected(HOURS_S)) / 3600.0
    last_second = float(np.diff(profile.expected([86_399.0, 86_400.0]))[0])
    assert int(by_hour.argmax()) == 9
    assert last_second / by_hour.max() == pytest.approx(3.0, abs=0.1)  # the source: 1.8 to 4.0
    late = np.diff(profile.expected(np.arange(85_200.0, 86_401.0, 60.0)))
    assert (np.diff(late) > 0).all()
    assert last_second >= np.diff(profile.expected(np.arange(86_401.0))).max() * (1 - 1e-9)


def test_the_plan_of_whole_days_is_sized_for_the_ordinary_day():
    scenario = read_scenario(find_scenario("ordinary-day"))
    visits = {journey.name: expected_visits(journey) for journey in scenario.journeys}
    steps = Counter()
    for part in parts(scenario):
        for journey, share in part.journeys(scenario).items():
            sessions = share * Profile(part.arriving).total
            steps.update({step: sessions * times for step, times in visits[journey].items()})
    rps = {step: 1_460 * times / steps.total() for step, times in steps.items()}  # as the plan's header says
    loads = station_loads(assemble(read_plan(find_plan("national-flow")), []), rps)
    assert all(0.5 <= load.utilisation <= 0.7 for load in loads), loads
