"""From a scenario's flows to streams: rates, places, procedures, moves, surges and days that differ."""

from collections import Counter
from datetime import date

import numpy as np
import pytest
from scipy import stats

from cutover.base.errors import BadInput
from fixtures.life_events import expected_dossiers
from fixtures.places import communes, provinces, synthetic_places
from fixtures.population import Population
from fixtures.procedures import catalogue
from models.demand.gamma import gamma_quantile
from models.draws import stream, uniform
from models.schedule import Profile
from scenarios.demand import mean_profile, parts
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions

HEAD = """\
schema = 1
name = "day"
title = "A day"
starts = {starts}
duration_s = {duration_s}
as_of = {as_of}
seed = {seed}
[population]
value = 101_600_000
assumed = "a test"
[journeys]
brisk_visit = 0.5
brisk_look_up = 0.5
[forecast]
plan = "stand-in"
"""
PEOPLE = {province.code: province.population / 101_600_000 for province in provinces()}


@pytest.fixture
def day(tmp_path):
    """Return a function that reads a scenario whose flows are given as text."""

    def read(flows, starts="2025-06-30T00:00:00+07:00", duration_s=86_400, as_of="2025-06-30", seed=7):
        path = tmp_path / "day.toml"
        head = HEAD.format(starts=starts, duration_s=duration_s, as_of=as_of, seed=seed)
        path.write_text(head + flows, encoding="utf-8")
        return read_scenario(path)

    return read


def expected(scenario, from_s, to_s):
    return {part.name: float(np.diff(Profile(part.rate).expected([from_s, to_s]))[0]) for part in parts(scenario)}


def test_arrivals_alone_are_one_flow_with_the_draws_they_always_had():
    found = Sessions(read_scenario(find_scenario("rehearsal")))
    first = next(found.window(0.0, 10.0))
    assert (first.flow, first.number, first.procedure, first.assisted) == ("main", 0, "2.000815", False)
    assert (first.instant_ns, first.citizen) == (163_954_177, 11_513_367)
    assert first.commune.startswith("0")
    assert {commune.code: commune.province_code for commune in communes()}[first.commune] == first.province


def test_flows_add_up_and_keep_their_numbers_apart(day):
    scenario = day("[arrivals]\npoints = [[0, 5], [100, 5]]\n[[flows]]\nname = 'b'\npoints = [[0, 3], [100, 3]]\n")
    sessions = Sessions(scenario)
    assert sessions.expected == 800
    assert mean_profile(scenario).total == 800
    found = list(sessions.window(0.0, 100.0))
    counts = Counter(session.flow for session in found)
    assert stats.poisson.interval(0.999, 500)[0] <= counts["main"] <= stats.poisson.interval(0.999, 500)[1]
    assert [s.instant_ns for s in found] == sorted(s.instant_ns for s in found)
    assert {s.number >> 37 for s in found if s.flow == "b"} == {1}
    split = [s for at in range(100) for s in sessions.window(at, at + 1.0)]
    assert split == found


def test_a_national_surge_multiplies_and_a_provincial_one_adds_its_peoples_share(day):
    scenario = day("""[arrivals]
points = [[0, 10], [1000, 10]]
surges = [
    { name = "all", at_s = 0, ramp_s = 100, hold_s = 100, decay_s = 100, times = { value = 3, assumed = "t" } },
    { name = "hanoi", at_s = 500, hold_s = 100, times = { value = 5, assumed = "t" }, provinces = ["01"] },
]
""")
    assert expected(scenario, 100, 200)["main"] == pytest.approx(3000, rel=1e-12)
    assert expected(scenario, 0, 100)["main"] == pytest.approx(2000, rel=1e-12)
    assert expected(scenario, 500, 600)["main"] == pytest.approx(1000, rel=1e-12)
    assert expected(scenario, 0, 1000)["main/hanoi"] == pytest.approx(4000 * PEOPLE["01"], rel=1e-9)
    found = list(Sessions(scenario, scale=5.0).window(500.0, 600.0))
    assert {s.province for s in found if s.flow == "main/hanoi"} == {"01"}
    at_hanoi = sum(s.province == "01" for s in found)
    assert stats.poisson.interval(0.999, 5000 * PEOPLE["01"] * 5)[0] <= at_hanoi
    assert at_hanoi <= stats.poisson.interval(0.999, 5000 * PEOPLE["01"] * 5)[1]


def test_a_surge_by_procedure_adds_its_share_of_that_procedure(day):
    scenario = day("""[arrivals]
points = [[0, 10], [1000, 10]]
procedures = { "1.001193" = 0.7, "1.000894" = 0.3 }
[[arrivals.surges]]
name = "weddings"
at_s = 0
hold_s = 1000
times = { value = 3, assumed = "t" }
procedures = ["1.000894"]
""")
    assert expected(scenario, 0, 1000) == pytest.approx({"main": 10_000, "main/weddings": 6_000})
    counts = Counter((s.flow, s.procedure) for s in Sessions(scenario).window(0.0, 1000.0))
    assert set(counts) == {("main", "1.001193"), ("main", "1.000894"), ("main/weddings", "1.000894")}
    births, mains = counts["main", "1.001193"], counts["main", "1.001193"] + counts["main", "1.000894"]
    assert stats.binomtest(births, mains, 0.7).pvalue > 0.001


def test_each_provinces_traffic_comes_from_its_move_on(day):
    scenario = day("""[[flows]]
name = "moved"
points = [[0, 100], [1000, 100]]
moves = [{ at_s = 200, provinces = ["01", "79"] }, { at_s = 600 }]
""")
    two = PEOPLE["01"] + PEOPLE["79"]
    assert expected(scenario, 0, 200) == pytest.approx({"moved/move-1": 0, "moved/move-2": 0})
    assert expected(scenario, 200, 600) == pytest.approx({"moved/move-1": 40_000 * two, "moved/move-2": 0})
    assert sum(expected(scenario, 600, 1000).values()) == pytest.approx(40_000)
    sessions = Sessions(scenario)
    assert sessions.columns(0.0, 200.0).number.size == 0
    assert {s.province for s in sessions.window(200.0, 600.0)} == {"01", "79"}
    assert {s.province for s in sessions.window(600.0, 1000.0)} == set(PEOPLE)


def test_a_week_of_a_profile_follows_the_calendar_in_vietnam(day):
    flow = '[arrivals]\nsessions = { value = 700, assumed = "t" }\nper = "working_day"\nprofile = "counter"\n'
    scenario = day(flow, starts="2025-06-27T11:00:00Z", duration_s=4 * 86_400)  # Friday 18:00 in Vietnam
    days = [sum(expected(scenario, 21_600 + at * 86_400, 108_000 + at * 86_400).values()) for at in range(3)]
    week = [1.55, 1.35, 1.30, 1.25, 1.20, 0.35, 0.0]
    a_day = 700 / (sum(week[:5]) / 5)
    assert days == pytest.approx([0.35 * a_day, 0, 1.55 * a_day], rel=1e-9, abs=1e-9)
    assert expected(scenario, 0, 21_600) == pytest.approx({"main": 0}, abs=1e-9)  # counters are closed


def test_a_silent_time_and_a_confined_flow(day):
    scenario = day('[arrivals]\npoints = [[0, 100], [100, 100]]\nfrom_s = 20\nto_s = 40\nprovinces = ["04"]\n')
    assert expected(scenario, 0, 100) == pytest.approx({"main": 2000})
    found = list(Sessions(scenario).window(0.0, 100.0))
    assert {s.province for s in found} == {"04"}
    assert min(s.instant_ns for s in found) >= 20 * 10**9
    assert max(s.instant_ns for s in found) < 40 * 10**9


def test_life_events_give_each_commune_its_dossiers_and_the_volume_its_sum(day):
    flow = '[arrivals]\nvolume = { of = "life_events", times = 1.0, assumed = "t" }\nprofile = "flat"\n'
    scenario = day(flow + 'procedures = "life_events"\n')
    dossiers = expected_dossiers(synthetic_places())
    assert Sessions(scenario).expected == pytest.approx(dossiers.sum(), rel=1e-9)
    found = Sessions(scenario).columns(0.0, 86_400.0)
    assert stats.chisquare(*_fitted(found.procedure, dossiers.sum(axis=0))).pvalue > 0.001
    assert stats.chisquare(*_fitted(found.commune, dossiers.sum(axis=1))).pvalue > 0.001
    people = np.array([commune.population for commune in communes()], float)
    assert stats.chisquare(*_fitted(found.commune, people)).pvalue < 0.001  # wards need more than their people


def _fitted(drawn, weights):
    return np.bincount(drawn, minlength=weights.size), drawn.size * weights / weights.sum()


def test_a_volume_is_the_newest_known_on_the_day(day):
    flow = '[arrivals]\nvolume = { of = "dossiers_received", times = 2.0, assumed = "t" }\nprofile = "portal"\n'
    early, late = day(flow, as_of="2025-07-04"), day(flow, as_of="2026-01-01")
    working = (1.20 + 1.15 + 1.10 + 1.10 + 1.05) / 5
    assert Sessions(early).expected == pytest.approx(2 * 38_000 / working * 1.20, rel=1e-5)  # a Monday
    assert Sessions(late).expected == pytest.approx(2 * 173_000 / working * 1.20, rel=1e-5)
    assert Sessions(read_scenario(late.path, as_of=date(2025, 7, 4))).expected == Sessions(early).expected


def test_days_differ_beyond_chance_when_planted_and_only_then(day):
    flow = '[arrivals]\nsessions = { value = 2000, assumed = "t" }\nprofile = "flat"\n'
    plain, varied = day(flow, duration_s=200 * 86_400), None
    assert _dispersion(plain) < stats.chi2.ppf(0.999, 199) / 199
    varied = day(flow + 'day_cv = { value = 0.1, assumed = "t" }\n', duration_s=200 * 86_400)
    found = _dispersion(varied)  # 1 + cv²·mean = 21
    assert stats.chi2.ppf(0.0005, 199) / 199 * 21 < found < stats.chi2.ppf(0.9995, 199) / 199 * 21


def _dispersion(scenario):
    counts = np.bincount(Sessions(scenario).columns(0.0, 200 * 86_400.0).instant_ns // (86_400 * 10**9), minlength=200)
    return counts.var(ddof=1) / 2000


def test_a_days_factor_is_of_the_date_and_shared_by_the_parts_of_a_flow(day):
    flow = """[arrivals]
points = [[0, 10], [7200, 10]]
day_cv = { value = 0.3, assumed = "t" }
surges = [{ name = "s", at_s = 0, hold_s = 7200, times = { value = 2, assumed = "t" }, provinces = ["01"] }]
"""
    scenario = day(flow, starts="2025-06-30T23:00:00+07:00", duration_s=7200)
    draw = stream(7, 0, "flow/main/day")
    before, after = (gamma_quantile(0.3, uniform(draw, date(2025, m, d).toordinal(), 0)) for m, d in ((6, 30), (7, 1)))
    for part in Sessions(scenario).flows:
        share = 1.0 if part.name == "main" else PEOPLE["01"]
        halves = np.diff(part.schedule.profile.expected([0.0, 3600.0, 7200.0]))
        assert halves == pytest.approx([36_000 * before * share, 36_000 * after * share], rel=1e-9)
    assert Sessions(scenario, replication=1).expected != Sessions(scenario).expected


def test_an_exact_flow_has_its_total(day):
    scenario = day("[arrivals]\npoints = [[0, 10], [500.3, 10]]\nexact = true\n", duration_s=600)
    assert Sessions(scenario).columns(0.0, 600.0).number.size == 5003


def test_only_those_come_who_fit_and_a_session_keeps_its_place(day):
    points = '[arrivals]\npoints = [[0, 10], [200, 10]]\nprocedures = "catalogue"\n'
    anybody = Sessions(day(points)).columns(0.0, 200.0)
    sessions = Sessions(day(points + 'who = { from_age = 18, to_age = 60, access = ["own"] }\n'))
    chosen = sessions.columns(0.0, 200.0)
    for same in ("number", "instant_ns", "commune", "procedure", "journey"):
        assert (getattr(chosen, same) == getattr(anybody, same)).all()
    people = Population(7, 101_600_000)
    misfits = 0
    for number, commune in zip(chosen.citizen[:300].tolist(), chosen.commune[:300].tolist(), strict=True):
        citizen = people.citizen(number)
        age = (date(2025, 6, 30) - citizen.birth_date).days / 365.2425
        misfits += not (18 <= age < 61 and citizen.access == "own")
        assert citizen.commune == sessions.nation.communes[commune]
    assert misfits <= 2  # 16 tries at about one in two
    kept = (chosen.citizen == anybody.citizen).mean()
    assert 0.3 < kept < 0.7  # who fits at first stays
    halves = [sessions.columns(at, at + 100.0).citizen for at in (0.0, 100.0)]
    assert np.concatenate(halves).tolist() == chosen.citizen.tolist()


def test_counters_key_in_bursts_of_one_commune(day):
    scenario = day("""[[flows]]
name = "counters"
points = [[0, 5], [3600, 5]]
assisted = true
procedures = "life_events"
bursts = { size = 6, gap_s = 20, assumed = "t" }
journeys = { brisk_visit = 1.0 }
""")
    found = list(Sessions(scenario).window(0.0, 3600.0))
    communes_of = {}
    for session in found:
        communes_of.setdefault(session.number // 64, set()).add(session.commune)
    assert all(len(places) == 1 for places in communes_of.values())
    assert all(session.assisted and session.journey == 0 for session in found)
    assert {session.procedure for session in found} <= {procedure.code for procedure in catalogue()}
    assert len(found) / len(communes_of) == pytest.approx(6, rel=0.1)


def test_a_scenario_in_which_nobody_comes_is_refused(day):
    closed = '[arrivals]\nsessions = { value = 9, assumed = "t" }\nprofile = "counter"\n'
    with pytest.raises(BadInput, match="flows: expect no session within the scenario; let one of them come"):
        Sessions(day(closed, duration_s=3600))


def test_a_flow_cannot_have_more_sessions_than_numbers(day):
    scenario = day("[arrivals]\npoints = [[0, 1000], [86400, 1000]]\n")
    with pytest.raises(BadInput, match="must not be above 134,217,728, the numbers there are; lower the scale"):
        Sessions(scenario, scale=2.0)
