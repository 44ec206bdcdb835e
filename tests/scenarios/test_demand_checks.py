"""Every mistake in a flow, at its line, all at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover.base.errors import BadInput
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
SESSIONS = 'sessions = { value = 100, assumed = "t" }\nprofile = "flat"'
SURGE = '{ name = "a", at_s = 0, hold_s = 3, times = { value = 2, assumed = "t" }'


def mistakes(path):
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    return [str(mistake).removeprefix(f"{path}:") for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (
            SESSIONS + '\nvolume = { of = "visits", times = 1, assumed = "t" }',
            "arrivals.volume: is a second amount beside `sessions`; keep one of the two",
        ),
        (
            SESSIONS.replace("100", "0"),
            "arrivals.sessions.value = 0.0: must be above 0 and at most 134217728; correct it",
        ),
        (
            'volume = { of = "visits", times = 1, assumed = "t" }\nprofile = "flat"\nper = "day"',
            "arrivals.per = 'day': belongs to `sessions`: a volume has its own; remove it",
        ),
        (
            'volume = { of = "dossiers_received", times = 1, assumed = "t" }\nprofile = "flat"',
            "arrivals.volume.of = 'dossiers_received': was not published by as_of = 2025-06-30, but on 2025-07-04; "
            "use `life_events` or an assumed figure, or move as_of",
        ),
        (POINTS + '\nper = "day"', "arrivals.per: has no meaning beside `points`; remove it"),
        (
            "points = [[0, 6], [9, 6]]",
            "arrivals.points = 9.0: must not be after the scenario's end, duration_s = 6; "
            "shorten it, or lengthen the scenario",
        ),
        (
            SESSIONS + "\nweekdays = [1, 1, 1, 1, 1, 1, 1]",
            "arrivals.profile = 'flat': is a second shape beside `hourly_shares` or `weekdays`; keep one",
        ),
        (
            f'sessions = {{ value = 1, assumed = "t" }}\nhourly_shares = {[1.0] + [0.0] * 23}\nweekdays = [1, 2]',
            "arrivals.weekdays: must be 7 weights from Monday that add up to 7, not 2 that add up to 3; correct them",
        ),
        (POINTS + "\nfrom_s = 3\nto_s = 3", "arrivals.to_s = 3.0: must be after from_s = 3; give the flow a length"),
        (
            POINTS + '\nday_cv = { value = 2, assumed = "t" }',
            "arrivals.day_cv.value = 2.0: must be from 0.01 to 1.0; correct it",
        ),
        (
            POINTS + '\nexact = true\nday_cv = { value = 0.1, assumed = "t" }',
            "arrivals.day_cv: cannot stand beside exact = true: its total is left to chance; choose one",
        ),
        (
            POINTS + '\nexact = true\nbursts = { size = 2, gap_s = 1, assumed = "t" }',
            "arrivals.bursts: cannot stand beside exact = true: its total is left to chance; choose one",
        ),
        (
            POINTS + '\nprovinces = ["1"]',
            "arrivals.provinces = '1': is no province; use the code of a province, such as 01",
        ),
        (
            POINTS + "\nwho = { from_age = 20, to_age = 14 }",
            "arrivals.who: to_age must not be below from_age = 20; correct one of them",
        ),
        (POINTS + "\nprovinces = []", "arrivals.provinces: names no province; name some, or leave the key out for all"),
        (
            POINTS + '\nprocedures = { "1.00119" = 1.0 }',
            "arrivals.procedures = '1.00119': is no procedure; did you mean 1.001193?",
        ),
        (
            POINTS + '\nprocedures = { "1.001193" = 0.9 }',
            'arrivals.procedures: must be "catalogue", "life_events" or shares of procedures that add up to 1; '
            'write for example procedures = { "1.001193" = 0.7, "1.000894" = 0.3 }',
        ),
        (
            POINTS + '\nmoves = [{ at_s = 0, provinces = ["01"] }, { at_s = 1, provinces = ["01"] }]',
            "arrivals.moves[1].provinces = '01': has moved before; name each province once",
        ),
        (
            POINTS + '\nprovinces = ["01"]\nmoves = [{ at_s = 0, provinces = ["04"] }]',
            "arrivals.moves[0].provinces = '04': is none of the flow's provinces; add it there, or remove it here",
        ),
        (
            POINTS + "\nmoves = [{ at_s = 0 }, { at_s = 1 }]",
            "arrivals.moves[1]: is a second move without provinces; only one may take all the others",
        ),
        (
            POINTS + f"\nsurges = [{SURGE.replace('value = 2', 'value = 0.5')} }}]",
            "arrivals.surges[0].times.value = 0.5: must be from 1 to 1000; correct the factor",
        ),
        (
            POINTS + f"\nsurges = [{SURGE.replace('hold_s = 3', 'hold_s = 0')} }}]",
            "arrivals.surges[0] = 'a': takes no time; give it a ramp_s, hold_s or decay_s",
        ),
        (
            POINTS + f"\nsurges = [{SURGE.replace('at_s = 0', 'at_s = 6')} }}]",
            "arrivals.surges[0].at_s = 6.0: keeps the surge outside the scenario; move it inside",
        ),
        (
            POINTS + f'\nsurges = [{SURGE}, procedures = ["1.001193"] }}]',
            "arrivals.surges[0].procedures: confine the surge to procedures, which the flow does not say; "
            'give the flow procedures = "catalogue" or the like',
        ),
        (
            POINTS + f"\nsurges = [{SURGE} }}, {SURGE.replace('at_s = 0', 'at_s = 3')} }}]",
            "arrivals.surges[1].name = 'a': is also the name of surges[0]; rename one",
        ),
        (
            SESSIONS.replace("flat", "flatt"),
            "profile: name = 'flatt': is no shipped profile and no CSV; "
            "give a path that ends in .csv, or one of: counter, flat, portal",
        ),
    ],
)
def test_each_mistake_in_words(scenario_file, flow, message):
    found = mistakes(scenario_file((POINTS, flow)))
    assert [text.split(": ", 1)[1] if text[0].isdigit() else text for text in found] == [message]


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("", "", True),
        ("", ', provinces = ["01"]', False),
        (', provinces = ["01", "04"]', ', provinces = ["04"]', True),
        (', provinces = ["01"]', ', provinces = ["04"]', False),
        (', procedures = ["1.001193"]', ', provinces = ["04"]', False),
        (', procedures = ["1.001193"]', ', procedures = ["1.001193"]', True),
    ],
)
def test_surges_may_not_overlap_where_they_reach_the_same_people(scenario_file, first, second, overlap):
    later = SURGE.replace('"a"', '"b"').replace("at_s = 0", "at_s = 2")
    both = f"{SURGE}{first} }}, {later}{second} }}"
    path = scenario_file((POINTS, f'{POINTS}\nprocedures = "catalogue"\nsurges = [{both}]'))
    if overlap:
        assert mistakes(path)[0].endswith(
            "arrivals.surges[1].at_s = 2.0: overlaps in time with a, which reaches the same people; "
            "move one, or make one surge of both"
        )
    else:
        assert Sessions(read_scenario(path)).expected > 24


def test_mistakes_of_several_flows_come_together_with_their_lines(scenario_file):
    flows = (
        '[[flows]]\nname = "b"\npoints = [[0, 1], [9, 1]]\n\n[[flows]]\nname = "main"\nprovinces = ["xx"]\n' + POINTS
    )
    path = scenario_file(("[journeys]\nbrisk_visit = 0.5\nbrisk_look_up = 0.5\n", flows + "\n"))
    assert [text.split(": ")[:2] for text in mistakes(path)] == [
        ["14", "arrivals.journeys"],
        ["17", "flows[0].journeys"],
        ["22", "flows[1].name = 'main'"],
        ["21", "flows[1].journeys"],
        ["19", "flows[0].points = 9.0"],
        ["23", "flows[1].provinces = 'xx'"],
    ]


def test_a_scenario_without_any_flow_is_refused(scenario_file):
    found = mistakes(scenario_file((f"[arrivals]\n{POINTS}\n", "")))
    assert found == [
        f"{found[0].split('arrivals')[0]}arrivals: is required where there are no [[flows]]; say when sessions begin"
    ]


def test_too_few_people_and_too_long_a_scenario(scenario_file):
    path = scenario_file(("value = 101_600_000", "value = 3000"), ("duration_s = 6", "duration_s = 1e9"))
    assert [text.split(": ", 1)[1] for text in mistakes(path)] == [
        "duration_s = 1000000000.0: must be at most 31622400, a year; shorten the scenario",
        "population.value = 3000.0: must be from 3321, one for each commune, to 1000000000; correct the population",
    ]


def test_too_many_streams(scenario_file):
    moves = ", ".join(f"{{ at_s = {i}, provinces = [] }}" for i in range(130))
    found = mistakes(scenario_file((POINTS, f"{POINTS}\nmoves = [{moves}]")))
    assert any(
        "flows = 1: make more than 128 streams with their moves and surges; merge some" in text for text in found
    )


def test_a_figure_of_a_surge_is_hindsight_too(scenario_file):
    later = SURGE.replace('assumed = "t"', 'source = "x", published = 2025-08-29')
    found = mistakes(scenario_file((POINTS, f"{POINTS}\nsurges = [{later} }}]")))
    assert [text.split(": ", 1)[1] for text in found] == [
        "arrivals.surges[0].times.published = '2025-08-29': was published after as_of = 2025-06-30; "
        "use a figure known on that day, or move as_of"
    ]


FLOW = f"""{POINTS}
procedures = "catalogue"
provinces = ["01", "04"]
from_s = 1
to_s = 5
day_cv = {{ value = 0.1, assumed = "t" }}
bursts = {{ size = 2, gap_s = 1, assumed = "t" }}
moves = [{{ at_s = 0, provinces = ["01"] }}, {{ at_s = 2 }}]
surges = [{SURGE}, provinces = ["01"] }}]"""
REHEARSED = "points = [[0, 8], [28, 8], [33, 22], [63, 22], [63, 0], [70, 0]]"
VALUES = st.sampled_from(
    ["-1", "0", "1e308", "nan", "inf", '""', '"x"', "[]", "{}", "true", "[[0]]", "[1, 2]", '["01"]', '[{ at_s = nan }]',
     '{ value = 1e308, assumed = "t" }', '{ size = 16, gap_s = 3600, assumed = "t" }']
)  # fmt: skip


@settings(derandomize=True, max_examples=150, deadline=None)
@given(line=st.integers(1, 8), value=VALUES)
def test_a_damaged_flow_is_played_or_refused_in_words_and_nothing_else(tmp_path_factory, line, value):
    lines = FLOW.splitlines()
    lines[line] = f"{lines[line].partition('=')[0]}= {value}"
    path = tmp_path_factory.mktemp("fuzz") / "small.toml"
    path.write_text(find_scenario("rehearsal").read_text().replace(REHEARSED, "\n".join(lines)), encoding="utf-8")
    refusals, found = [], 0
    try:
        found = Sessions(read_scenario(path)).columns(0.0, 6.0).number.size
    except BadInput as error:
        refusals = [str(mistake) for mistake in error.mistakes] or ["a refusal without a mistake"]
    assert all(text.startswith(str(path.parent)) for text in refusals)
    assert found < 1000
