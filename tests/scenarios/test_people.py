"""The nation of a scenario's own file of communes: who comes from where, and what is wrong with such a file."""

import pickle
from collections import Counter

import pytest

from cutover.base.errors import BadInput
from fixtures.places import SYNTHETIC, published_places
from fixtures.population import Population
from scenarios.description import describe
from scenarios.run_header import header_of
from scenarios.scenario import as_json, read_scenario
from scenarios.sessions import Sessions

VALUE = "value = 101_600_000"
POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
MANY = "points = [[0, 600], [6, 600]]"
HANOI = 126  # communes of Hà Nội, the first province


@pytest.fixture
def own(tmp_path, scenario_file):
    """Return a function that reads the small scenario in a nation of 1,000 people a commune of Hà Nội, 1 elsewhere."""

    def read(*changes, population='communes = "mine.csv"', hanoi=1000):
        units = published_places()[1]
        rows = [f"{unit.code},{hanoi if place < HANOI else 1},," for place, unit in enumerate(units)]
        (tmp_path / "mine.csv").write_text("\n".join(["code,population,staff,hours", *rows]) + "\n", encoding="utf-8")
        return read_scenario(scenario_file((VALUE, population), *changes))

    return read


TOTAL = HANOI * 1000 + 3321 - HANOI


def mistakes(read, **options):
    with pytest.raises(BadInput) as caught:
        read(**options)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_sessions_are_of_the_file_s_people(own):
    sessions = Sessions(own((POINTS, MANY)))
    found = list(sessions.window(0.0, 6.0))
    share = Counter(session.province for session in found)["01"] / len(found)
    assert share == pytest.approx(HANOI * 1000 / TOTAL, abs=4 * (0.025 / len(found)) ** 0.5)
    citizens = Population(7, places=own().places)[[session.citizen for session in found]]
    communes = [citizens.categories.communes[place].code for place in citizens.commune]
    assert communes == [session.commune for session in found]
    assert max(session.citizen for session in found) < TOTAL


@pytest.mark.parametrize("more", ['provinces = ["01"]', 'moves = [{ at_s = 0, provinces = ["01"] }]'])
def test_places_and_procedures_of_flows_are_the_file_s_too(own, more):
    flow = f'{MANY}\nprocedures = "life_events"\n{more}'
    found = list(Sessions(own((POINTS, flow))).window(0.0, 6.0))
    assert {session.province for session in found} == {"01"}
    surge = '{ name = "s", at_s = 0, hold_s = 6, times = { value = 2, assumed = "t" }, provinces = ["01"] }'
    expected = Sessions(own((POINTS, f"{MANY}\nsurges = [{surge}]"))).expected
    assert expected == pytest.approx(3600 * (1 + HANOI * 1000 / TOTAL))


def test_who_comes_is_looked_for_among_the_file_s_people(own):
    scenario = own((POINTS, f"{MANY}\nwho = {{ from_age = 30, to_age = 60 }}"))
    found = list(Sessions(scenario).window(0.0, 6.0))
    citizens = Population(7, places=scenario.places)[[session.citizen for session in found]]
    age = 2025 - 1970 - citizens.birth_date.astype("datetime64[Y]").astype(int)
    assert ((age >= 29) & (age <= 61)).mean() > 0.95  # communes of one person have nobody else
    assert max(session.citizen for session in found) < TOTAL


def test_the_total_is_the_file_s_and_may_be_said(own):
    assert own().file.population.value == TOTAL
    assert own(population=f'communes = "mine.csv"\nvalue = {TOTAL}').file.population.value == TOTAL
    assert own(population=VALUE).places.allocation == SYNTHETIC


def test_the_hash_covers_the_file(own):
    first, same, other = own(), own(), own(hanoi=1001)
    assert first.hash == same.hash != other.hash


def test_every_output_says_where_the_people_come_from(own, scenario_file):
    scenario = own()
    told = scenario.places.allocation
    assert told.startswith("mine.csv (sha256 ")
    assert f"  people of communes: {told}\n" in describe(scenario)
    assert f"  population = {TOTAL:,}: assumed, a test\n" in describe(scenario)
    assert as_json(scenario)["communes"] == told
    assert SYNTHETIC in describe(read_scenario(scenario_file()))
    assert as_json(read_scenario(scenario_file()))["communes"] == SYNTHETIC
    for known in (scenario, read_scenario(scenario_file())):
        rest = {
            "started": known.starts,
            "duration_s": 6.0,
            "measurement": known.measurement,
            "planned": {"sessions": 1},
        }
        assert header_of(known, "simulated", 6.0, (), **rest).communes == known.places.allocation


def test_a_worker_gets_the_same_nation(own):
    scenario = own()
    there = pickle.loads(pickle.dumps(scenario))
    assert list(Sessions(there).window(0.0, 6.0)) == list(Sessions(scenario).window(0.0, 6.0))


def test_a_value_beside_the_file_must_be_its_total(own, tmp_path):
    assert mistakes(own, population='communes = "mine.csv"\nvalue = 5') == [
        f"{tmp_path}/small.toml:12: population.value = 5.0: is not what the communes of mine.csv add up to, {TOTAL}; "
        "leave it out, or correct one of the two"
    ]


def test_people_need_a_value_or_a_file_and_an_origin(own, tmp_path):
    assert mistakes(own, population="") == [
        f"{tmp_path}/small.toml:10: population: must have `value`, or `communes`, a file that says how many live in "
        "each; add one of them"
    ]
    with pytest.raises(BadInput, match="must have either `source` and `published`, or `assumed`"):
        own(('assumed = "a test"', ""))


def test_a_file_published_after_as_of_is_hindsight(own):
    with pytest.raises(BadInput, match=r"population\.published = '2025-07-02': was published after as_of = 2025-06-30"):
        own(('assumed = "a test"', 'source = "a later census"\npublished = 2025-07-02'))


def test_more_people_than_numbers_are_refused(own, tmp_path):
    (told,) = mistakes(own, hanoi=10_000_000)
    assert told == (
        f"{tmp_path}/mine.csv: population = 1260003195: adds up to more than 1000000000, ten times the nation; "
        "correct the column"
    )


def test_mistakes_of_the_file_come_with_the_others(tmp_path, scenario_file):
    (tmp_path / "other.csv").write_text("code,people\n", encoding="utf-8")
    path = scenario_file((VALUE, 'communes = "other.csv"'), ("brisk_look_up", "brisk_lookup"))
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    header = "the header is code,population,staff,hours"
    assert [str(mistake).removeprefix(f"{tmp_path}/") for mistake in caught.value.mistakes] == [
        "small.toml:19: journeys.brisk_lookup: is no journey beside the scenario or shipped; did you mean "
        "`brisk_look_up`?",
        f"other.csv:1: population: is a missing column; {header}",
        f"other.csv:1: staff: is a missing column; {header}",
        f"other.csv:1: hours: is a missing column; {header}",
        f"other.csv:1: people: is not a known column; {header}",
    ]


@pytest.mark.parametrize(
    ("communes", "rule"),
    [
        ('"none.csv"', "none.csv: file: cannot be read (No such file or directory); check the path"),
        ('"."', "file: cannot be read (Is a directory); check the path"),
        ('"a\\u0000b"', "file: cannot be read (embedded null byte); check the path"),
        (f'"{"x" * 300}"', "file: cannot be read (File name too long); check the path"),
        ('""', "population.communes = '': string should have at least 1 character"),
        ("5", "population.communes = 5: input should be a valid string"),
        ("[]", "population.communes: input should be a valid string"),
        ('"small.toml"', "small.toml:1: code: is a missing column"),
    ],
)
def test_a_path_that_leads_to_no_file_of_communes_is_refused_in_words(own, communes, rule):
    found = mistakes(own, population=f"communes = {communes}")
    assert rule in found[0]


@pytest.mark.parametrize("value", ["", "0", "-3", "1.5", "nan", "9" * 5000, "x\x00", '"', "07:30", "1,2,3,4,5"])
def test_a_damaged_file_is_refused_in_words(own, tmp_path, scenario_file, value):
    own()
    path = tmp_path / "mine.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[7] = f"{lines[7][:5]},{value},,"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_scenario(scenario_file((VALUE, 'communes = "mine.csv"')))
    assert all(str(mistake).startswith(str(tmp_path)) for mistake in caught.value.mistakes)
    assert caught.value.mistakes
