"""Who comes for a life event is one to whom it happened, or their kin."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from fixtures.ages import LAST_BIRTH_YEAR
from fixtures.citizens import NOBODY
from fixtures.group_kernel import BOTH
from fixtures.life_events import life_events, shipped_events
from fixtures.places import NATIONAL_TOTAL, synthetic_places
from fixtures.population import Population
from models.draws import stream, uniforms
from scenarios.arrivals import Who
from scenarios.eligible import Eligible
from scenarios.filers import Filers
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions

FLOW = ("points = [[0, 6], [4, 6], [4, 0], [6, 0]]", 'points = [[0, 10000], [6, 10000]]\nprocedures = "life_events"')
NAMES = [event.name for event in shipped_events()]
PEOPLE = Population(7, NATIONAL_TOTAL)
ANYBODY = Filers.of(PEOPLE, None, 0)


@pytest.fixture
def sessions(scenario_file):
    """Return a function that makes 60,000 sessions for life events, of a flow with further lines."""

    def make(more="", *changes):
        old, new = FLOW
        return Sessions(read_scenario(scenario_file((old, f"{new}\n{more}\n"), *changes)))

    return make


def of(found, event):
    """Return the citizens who came for an event, with their ages at the end of 2024."""
    people = PEOPLE[found.citizen[ANYBODY.happened(found) == NAMES.index(event)]]
    assert len(people) > 30
    return people, LAST_BIRTH_YEAR - 1970 - people.birth_date.astype("datetime64[Y]").astype(int)


def test_who_comes_is_of_the_events_group(sessions):
    found = sessions().columns(0.0, 6.0)
    for each in shipped_events():
        people, ages = of(found, each.name)
        if each.files == "self":
            assert each.group.from_age <= ages.min() <= ages.max() <= each.group.to_age, each.name
            assert set(people.sex.tolist()) == ({0, 1} if each.group.sex is None else {1}), each.name
            married = {False, True} if each.group.married is None else {each.group.married}
            assert set((people.kin.spouse != NOBODY).tolist()) <= married, each.name
    assert np.array_equal(PEOPLE[found.citizen].commune, found.commune)


def test_turning_14_births_and_weddings_by_hand(sessions):
    found = sessions().columns(0.0, 6.0)
    assert set(of(found, "turning 14")[0].birth_date.astype("datetime64[Y]").astype(str).tolist()) == {"2011"}
    mothers, ages = of(found, "birth")
    assert mothers.sex.all()
    assert (ages.min(), ages.max()) == (20, 39)
    couples, ages = of(found, "marriage")
    assert (couples.kin.spouse == NOBODY).all()
    assert (ages.min(), ages.max()) == (20, 34)


def test_a_planted_wrong_group_is_seen(sessions):
    drawn = sessions().columns(0.0, 6.0)
    one_older = ANYBODY.groups._replace(from_age=ANYBODY.groups.from_age + 1, to_age=ANYBODY.groups.to_age + 1)
    people, _ = of(replace(ANYBODY, groups=one_older).among(drawn), "turning 14")
    assert set(people.birth_date.astype("datetime64[Y]").astype(str).tolist()) == {"2010"}


def test_a_death_is_filed_by_the_spouse_or_another_adult_and_never_by_the_dead(sessions):
    found = sessions().columns(0.0, 6.0)
    deaths = ANYBODY.happened(found) == NAMES.index("death")
    filers, ages = of(found, "death")
    u = uniforms(stream(7, 0, "session/person"), found.number[deaths], 0)
    dead = PEOPLE.among(found.commune[deaths], BOTH, 60, 94, u)
    spouse = PEOPLE.kin(dead).spouse
    assert (filers.number != dead).all()
    assert np.array_equal(filers.number[spouse != NOBODY], spouse[spouse != NOBODY])
    assert ages.min() >= 18
    others = ages[spouse == NOBODY]
    assert others.size > 100
    assert others.min() < 30  # any adult, not only another elder


def test_a_childs_kin_are_the_father_else_the_mother(sessions):
    drawn, kin = sessions().columns(0.0, 6.0), ANYBODY.groups.kin.copy()
    kin[NAMES.index("turning 14")] = True
    found = replace(ANYBODY, groups=ANYBODY.groups._replace(kin=kin)).among(drawn)
    children, _ = of(drawn, "turning 14")
    fathers, ages = of(found, "turning 14")
    assert np.array_equal(fathers.number, children.kin.father)
    assert ages.min() >= 13 + 22


def test_where_a_commune_has_nobody_of_the_group_anybody_of_it_comes(sessions):
    found, people = sessions("", ("101_600_000", "20_000")).columns(0.0, 6.0), Population(7, 20_000)  # six to a commune
    citizens = people[found.citizen]
    assert np.array_equal(citizens.commune, found.commune)
    happened = Filers.of(people, None, 0).happened(found)
    lone = people.among(found.commune, BOTH, 13, 13, 0.5) == NOBODY
    turning = happened == NAMES.index("turning 14")
    assert (turning & lone).sum() > 100
    assert (citizens.birth_date[turning & ~lone].astype("datetime64[Y]") == np.datetime64("2011")).all()


@pytest.mark.parametrize("more", ["", 'who = { from_age = 18, access = ["shared", "counter"] }'])
def test_any_split_into_windows_gives_the_same_citizens(sessions, more):
    made = sessions(more)
    whole = made.columns(0.0, 1.0)
    edges = np.concatenate([[0.0], np.sort(np.random.default_rng(1).random(30)), [1.0]])
    split = [made.columns(begin, end).citizen for begin, end in pairwise(edges)]
    assert np.concatenate(split).tolist() == whole.citizen.tolist()
    assert whole.number.size > 9_000


def test_who_came_does_not_change_what_for_or_where(sessions):
    found = sessions().columns(0.0, 6.0)
    plain = sessions().flows[0].columns(0.0, 6.0)
    for same in ("number", "instant_ns", "commune", "procedure", "journey"):
        assert np.array_equal(getattr(found, same), getattr(plain, same)), same
    assert (found.citizen != plain.citizen).mean() > 0.99


def events_fit(found, weights):
    counts = np.bincount(ANYBODY.happened(found), minlength=len(NAMES))
    return stats.chisquare(counts, found.number.size * weights / weights.sum()).pvalue > 0.001


def test_events_come_in_the_shares_of_their_dossiers_and_a_tenth_more_births_would_be_seen(sessions):
    found = sessions().columns(0.0, 6.0)
    weights = np.array([event.part * event.yearly * sum(event.dossiers.values()) for event in life_events()])
    assert events_fit(found, weights)
    assert not events_fit(found, weights * np.where(np.array(NAMES) == "birth", 1.1, 1.0))
    wards = np.array([commune.kind == "ward" for commune in synthetic_places().communes])[found.commune]
    births = ANYBODY.happened(found) == NAMES.index("birth")
    land = ANYBODY.happened(found) == NAMES.index("land")
    assert births[~wards].mean() > births[wards].mean()
    assert land[~wards].mean() > 1.2 * land[wards].mean()


def test_a_flow_that_says_who_comes_takes_those_of_the_group_who_fit(sessions):
    found = sessions('who = { from_age = 18, to_age = 59, access = ["own"] }').columns(0.0, 6.0)
    birth, ages = of(found, "birth")
    assert birth.sex.all()
    assert (ages.min(), ages.max()) == (20, 39)
    assert (birth.access == 0).all()
    everybody = PEOPLE[found.citizen]
    years = (np.datetime64("2025-07-01") - everybody.birth_date).astype(int) / 365.2425
    fits = (years >= 18) & (years < 60) & (everybody.access == 0)
    assert fits.mean() > 0.999


def test_where_nobody_of_the_group_can_fit_any_citizen_who_fits_comes(sessions):
    found = sessions("who = { from_age = 18 }").columns(0.0, 6.0)
    people, ages = of(found, "turning 14")
    assert ages.min() >= 17  # at the end of 2024
    assert ages.max() > 60
    assert np.array_equal(people.commune, found.commune[ANYBODY.happened(found) == NAMES.index("turning 14")])


def test_ages_that_may_fit_are_those_of_the_years_before(scenario_file):
    scenario = read_scenario(scenario_file())
    chooser = Eligible.of(Who(from_age=18, to_age=18), PEOPLE, Sessions(scenario).nation.residents, scenario.starts, 0)
    assert chooser.ages_at_the_end_of(2024) == (17, 18)
