"""Profiles of a week: shipped ones, and a CSV of one's own with all its mistakes."""

import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.weeks import daily, read_week, shipped_profiles, working_day

HEADER = "hour,monday,tuesday,wednesday,thursday,friday,saturday,sunday\n"
SHARE = 1 / 24
CELL = str(SHARE)


def rows(cell=CELL, hours=range(24)):
    return "".join(f"{hour},{','.join([cell] * 7)}\n" for hour in hours)


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_are_weeks(name, tmp_path):
    week, digest = read_week(name, tmp_path)
    assert [len(day) for day in week] == [24] * 7
    assert sum(map(sum, week)) == pytest.approx(7, abs=1e-6)
    assert len(digest) == 32


def test_counters_open_in_office_hours_and_peak_before_nine_on_monday(tmp_path):
    week, _ = read_week("counter", tmp_path)
    assert max((cell, day, hour) for day in range(7) for hour, cell in enumerate(week[day]))[1:] == (0, 8)
    assert not any(week[6])
    assert {hour for day in week for hour, cell in enumerate(day) if cell} == {7, 8, 9, 10, 11, 13, 14, 15, 16}


def test_a_days_shape_with_weights():
    week = daily((SHARE,) * 24, (2, 1, 1, 1, 1, 1, 0))
    assert [sum(day) for day in week] == pytest.approx([2, 1, 1, 1, 1, 1, 0])
    assert working_day(week) == pytest.approx(1.2)


def test_a_csv_beside_the_scenario_is_played_and_is_part_of_its_hash(scenario_file, tmp_path):
    flow = 'sessions = { value = 86400, assumed = "t" }\nprofile = "my-week.csv"'
    path = scenario_file(("points = [[0, 6], [4, 6], [4, 0], [6, 0]]", flow))
    (tmp_path / "my-week.csv").write_text(HEADER + rows(), encoding="utf-8")
    before = read_scenario(path)
    assert Sessions(before).expected == pytest.approx(6)
    lines = (HEADER + rows()).splitlines()
    lines[9] = lines[9].replace(f"8,{SHARE!r},{SHARE!r}", f"8,{2 * SHARE!r},0")  # Tuesday 1 July, 8:00: nobody
    (tmp_path / "my-week.csv").write_text("\n".join(lines), encoding="utf-8")
    after = read_scenario(path)
    assert after.hash != before.hash
    assert Sessions(after).expected < 4


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            HEADER.replace("monday", "mon") + rows(),
            [
                "w.csv:1: monday: is a missing column; the header is hour,monday,tuesday,wednesday,thursday,friday,"
                "saturday,sunday",
                "w.csv:1: mon: is not a known column; the header is hour,monday,tuesday,wednesday,thursday,friday,"
                "saturday,sunday",
            ],
        ),
        (
            HEADER + rows(hours=range(22)),
            ["w.csv: hour: misses 22, 23; add a row for each hour from 0 to 23"],
        ),
        (
            HEADER + rows("0"),
            ["w.csv: (whole file): has cells that add up to 0, not to 7; fill in the cells"],
        ),
        (
            HEADER + rows().replace("\n3,", "\n2,").replace("\n5,0", "\n5,-0").replace("\n7,", "\n24,"),
            [
                "w.csv:5: hour = '2': repeats line 4; give each row its own",
                "w.csv:7: monday = '-0.041666666666666664': input should be greater than or equal to 0; "
                "correct the cell",
                "w.csv:9: hour = '24': input should be less than or equal to 23; correct the cell",
            ],
        ),
    ],
)
def test_all_mistakes_of_a_csv(tmp_path, text, messages):
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_week("w.csv", tmp_path)
    assert [str(mistake).removeprefix(f"{tmp_path}/") for mistake in caught.value.mistakes] == messages
