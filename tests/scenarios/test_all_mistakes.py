"""A file that its schema refuses is searched on: one run names all its mistakes, none twice, none that is not there."""

import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import read_scenario

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
SHARES = "hourly_shares = [0.5, 0.4" + ", 0.0" * 22 + "]"

TEN = f"""sessions = {{ value = 100, assumed = "t" }}
{SHARES}
weekdays = [1, 1]
provinces = ["99"]

[[arrivals.surges]]
name = "a"
at_s = 0
hold_s = 3
times = {{ value = 0.5, assumed = "t" }}

[[arrivals.surges]]
name = "b"
at_s = 2
hold_s = 3
times = {{ value = 2, assumed = "t" }}

[[flows]]
name = "twice"
volume = {{ of = "dossiers_received", times = 1, assumed = "t" }}
profile = "flat"

[[flows]]
name = "twice"
sessions = {{ value = 100, assumed = "t" }}
profile = "my-week.csv"
"""


def mistakes(path):
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    return [str(mistake).removeprefix(f"{path.parent}/") for mistake in caught.value.mistakes]


def starts(path):
    return [text.partition(": ")[2].partition(":")[0] for text in mistakes(path)]


def test_ten_mistakes_of_both_kinds_come_at_once(scenario_file):
    path = scenario_file(
        (POINTS, TEN), ("brisk_visit = 0.5", "brisk_visit = 0.4"), ("value = 101_600_000", "value = 3000")
    )
    assert mistakes(path) == [
        "small.toml:16: arrivals.hourly_shares: must be 24 numbers that add up to 1, not 24 that add up to 0.9; "
        "correct them",
        "small.toml:43: journeys: shares must add up to 1, not 0.9; correct one of them",
        "small.toml:38: flows[1].name = 'twice': is the name of a flow before it; rename one",
        "small.toml:17: arrivals.weekdays: must be 7 weights from Monday that add up to 7, not 2 that add up to 2; "
        "correct them",
        "small.toml:18: arrivals.provinces = '99': is no province; use the code of a province, such as 01",
        "small.toml:24: arrivals.surges[0].times.value = 0.5: must be from 1 to 1000; correct the factor",
        "small.toml:28: arrivals.surges[1].at_s = 2.0: overlaps in time with a, which reaches the same people; "
        "move one, or make one surge of both",
        "small.toml:34: flows[0].volume.of = 'dossiers_received': was not published by as_of = 2025-06-30, but on "
        "2025-07-04; use `life_events` or an assumed figure, or move as_of",
        "my-week.csv: file: cannot be read (No such file or directory); check the path",
        "small.toml:11: population.value = 3000.0: must be from 3321, one for each commune, to 1000000000; "
        "correct the population",
    ]


SURGES = """
surges = [
  { name = "a", at_s = 0, hold_s = 3, times = { value = 2, assumed = "t" } },
  { name = "b", at_s = 2, hold_s = 3, times = { value = 2, assumed = "t" }, LIMIT },
]"""

LATE = """
surges = [
  3,
  { name = "a", at_s = 9, times = 2 },
  { name = "c", at_s = 9, hold_s = 1, times = { value = 2, assumed = "t" } },
]"""


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        pytest.param([("duration_s = 6", "duration_s = -6")], ["duration_s = -6"], id="no end is made up"),
        pytest.param([("as_of = 2025-06-30", "as_of = 3")], ["as_of = 3"], id="no hindsight is made up"),
        pytest.param([("[journeys]", "[journey]")], ["journey"], id="a mix under a wrong name is not missed again"),
        pytest.param([("[arrivals]", "[arrival]")], ["arrival"], id="nor are arrivals"),
        pytest.param([(POINTS, POINTS + " # "), ("points", "point")], ["arrivals.point"], id="nor is an amount"),
        pytest.param(
            [(POINTS, POINTS + SURGES.replace("LIMIT", 'province = ["01"]'))],
            ["arrivals.surges[1].province"],
            id="a surge whose provinces are unknown is not compared",
        ),
        pytest.param(
            [(POINTS, f'{POINTS}\nprocedure = "catalogue"' + SURGES.replace("LIMIT", 'procedures = ["1.001193"]'))],
            ["arrivals.procedure = 'catalogue'"],
            id="procedures under a wrong name are not missed",
        ),
        pytest.param(
            [(POINTS, f"{POINTS}\nprocedures = 3" + SURGES.replace("LIMIT", 'procedures = ["1.001193"]'))],
            ["arrivals.procedures = 3"],
            id="nor procedures that cannot be read",
        ),
        pytest.param(
            [(POINTS, 'volume = { of = "visit", times = 1, assumed = "t" }\nprofile = "flat"')],
            ["arrivals.volume.of = 'visit'"],
            id="a volume of nothing is told once",
        ),
        pytest.param(
            [("brisk_look_up = 0.5", 'brisk_look_up = "half"')], ["journeys.brisk_look_up = 'half'"], id="share"
        ),
    ],
)
def test_nothing_that_is_not_there_is_told(scenario_file, changes, keys):
    assert starts(scenario_file(*changes)) == keys


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        pytest.param(
            [("duration_s = 6", 'duration_s = "long"'), (POINTS, POINTS + '\nper = "day"')],
            ["duration_s = 'long'", "arrivals.per"],
            id="no duration",
        ),
        pytest.param(
            [("[forecast]", "[[flows]]\nname = 3\nprovinces = ['xx']\n" + POINTS + "\n[forecast]")],
            ["flows[0].name = 3", "flows[0].provinces = 'xx'"],
            id="a flow without a name",
        ),
        pytest.param(
            [("seed = 7", "sead = 7"), ("all response p95 < 2s", "sumbit response p95 < 2s")],
            ["sead = 7", "budgets[0] = 'sumbit response p95 < 2s'"],
            id="budgets beside an unknown key",
        ),
        pytest.param(
            [("brisk_visit = 0.5", "brisk_visti = 0.4")], ["journeys", "journeys.brisk_visti"], id="shares and a name"
        ),
        pytest.param(
            [("title =", "titel ="), (POINTS, POINTS + LATE)],
            [
                "title",
                "arrivals.surges[0] = 3",
                "arrivals.surges[1].times = 2",
                "titel = 'A few seconds'",
                "arrivals.surges[2].at_s = 9.0",
            ],
            id="entries keep their places",
        ),
        pytest.param(
            [(POINTS, POINTS + SURGES.replace(', assumed = "t" }, LIMIT', " }"))],
            ["arrivals.surges[1].times", "arrivals.surges[1].at_s = 2.0"],
            id="a figure without an origin",
        ),
    ],
)
def test_what_else_is_wrong_is_told_beside_it(scenario_file, changes, keys):
    assert starts(scenario_file(*changes)) == keys


def test_another_schema_version_is_all_that_is_told(scenario_file):
    assert starts(scenario_file(("schema = 1", "schema = 2"), ("brisk_visit", "brisk_visti"))) == ["schema = 2"]
