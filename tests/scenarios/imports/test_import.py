"""An import as a whole: files that a check accepts, reports of what was left out, and refusals in words."""

import gzip
import math
import tomllib
import tracemalloc
from datetime import date

import pytest

from cutover.base.errors import BadInput
from models.schedule import Profile
from scenarios.imports import courses, starts
from scenarios.imports.blocks import blocks
from scenarios.imports.importer import import_log
from scenarios.imports.layout import toml_text
from scenarios.imports.lines import LONGEST_BYTES
from scenarios.imports.patterns import default_patterns, read_patterns
from scenarios.imports.report import report
from scenarios.imports.visits import MOST_STEPS
from scenarios.imports.writing import scenario_name, write
from scenarios.journey import read_journey
from scenarios.scenario import find_scenario, read_scenario

from .conftest import AGENT, rows, text_line

DEFAULT = read_patterns(default_patterns())
NS = 1_000_000_000


def played(duration_s=600.0, rate=0.5, seed=1):
    journey, _ = read_journey("brisk_look_up", find_scenario("ordinary-day").parent)
    return rows((journey,), (1.0,), Profile(((0.0, rate), (duration_s, rate))), seed)


def line(at_s, target="/", session=1, method="GET", status=200, agent=AGENT):
    return text_line((round(at_s * NS), session, method, target, status), agent)


def test_what_is_written_is_a_scenario_with_its_journeys(tmp_path, log_file):
    path = log_file([text_line(row) for row in played()])
    out = tmp_path / "my-day.toml"
    found = import_log(path, "combined", DEFAULT, scenario_name(out))
    files = write(found, out)
    assert files == (out, tmp_path / "journeys" / "my_day_look_up.toml")
    scenario = read_scenario(out)
    assert scenario.name == "my-day"
    assert scenario.starts.isoformat() == "2025-07-01T08:00:00+07:00"
    assert scenario.file.as_of == date(2025, 7, 1)
    assert scenario.steps == ("home", "search", "procedure")
    assert not [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")]
    for file in files:
        file.rename(file.with_suffix(".first"))
    again = write(import_log(path, "combined", DEFAULT, "my-day"), out)
    assert [file.read_bytes() for file in again] == [file.with_suffix(".first").read_bytes() for file in files]


def test_hours_are_vietnam_s_whatever_zone_the_log_is_in(log_file):
    here = [text_line(row) for row in played()]
    in_utc = [text.replace("2025:08", "2025:01").replace("+0700", "+0000") for text in here]
    first, second = (import_log(log_file(lines), "combined", DEFAULT, "x") for lines in (here, in_utc))
    assert first.arrivals == second.arrivals


def test_memory_does_not_grow_with_the_log(log_file):
    peaks = []
    for hours in (2, 6):
        path = log_file([text_line(row) for row in played(hours * 3600.0, 0.1)], f"{hours}.log")
        tracemalloc.start()
        import_log(path, "combined", DEFAULT, "x")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # What grows is the count of starts by second (at most 100,000 keys), here 2,000 of about 100 bytes.
    assert peaks[1] < peaks[0] + 500_000


def test_what_is_not_used_is_counted_with_its_first_lines(log_file):
    good = [text_line(row) for row in played()]
    other = [
        line(0, "/style.css"),
        line(1, "/", agent="Googlebot/2.1"),
        line(2, "/admin", session=2),
        line(2, "/admin", session=3),
        "not a line",
        "x" * (3 * LONGEST_BYTES),
        "",
    ]
    found = import_log(log_file(other + good), "combined", DEFAULT, "x")
    reasons = {why: (reason.count, reason.examples[0][0]) for why, reason in found.unused.reasons.items()}
    assert reasons == {
        "ignored by the patterns: a page's resource, a probe or a robot": (2, 1),
        "the patterns know no such request": (2, 3),
        "unreadable: the line is not in this format": (2, 5),
    }
    assert found.lines == len(good) + 6
    text = report(found)
    assert "2 × the patterns know no such request\n    line 3: 10." in text
    assert "line 6: xxx" in text
    assert found.to_dict()["not_used"]["the patterns know no such request"]["examples"][1]["line"] == 4


def test_programs_and_visits_of_no_kind_are_left_out(log_file):
    patterns = DEFAULT.model_copy(update={"journeys": DEFAULT.journeys[1:2]})
    lines = [line(i, "/search", session=1) for i in range(MOST_STEPS + 1)]
    lines += [line(2000, "/", session=2)]
    lines += [line(2000 + i, "/procedures/1/form", session=3 + i) for i in range(30)]
    found = import_log(log_file(lines), "combined", patterns, "x")
    assert found.sessions == 30
    assert {why: reason.count for why, reason in found.unused.reasons.items()} == {
        "a visit of more than 1,000 steps: taken for a program's": 1,
        "a visit that no kind of [[journeys]] takes": 1,
    }


def test_visits_that_begin_elsewhere_are_journeys_of_their_own_unless_rare(log_file, monkeypatch):
    monkeypatch.setattr(courses, "LEAST_ENTRIES", 3)
    lines = [line(i, "/", session=i) for i in range(10)]
    lines += [line(10 + i, "/search", session=20 + i) for i in range(3)]
    lines += [line(20 + i, "/procedures/1", session=30 + i) for i in range(2)]
    found = import_log(log_file(lines), "combined", DEFAULT, "x")
    assert {journey.name: journey.visits for journey in found.journeys} == {
        "x_look_up": 12,
        "x_look_up_from_search": 3,
    }
    assert found.rare == 2
    assert "2 sessions begin at a step at which fewer than 20 of their kind do" in report(found)


def test_the_report_says_how_sure_it_is(log_file):
    times = [(100 * i, "/", i) for i in range(200)]
    times += [(100 * i + (1700 if i % 50 == 0 else 9 + i % 3), "/search", i) for i in range(200)]
    found = import_log(log_file([line(*time) for time in sorted(times)]), "combined", DEFAULT, "x")
    text = report(found)
    assert "sessions had a request in the log's last 30 minutes: some may be cut off" in text
    assert "Stamps are whole seconds" in text
    assert "Before search of x_look_up the fitted mean is " in text
    assert "search: 200 times, lognormal " in text


def test_starts_coarsen_and_keep_their_number(monkeypatch):
    monkeypatch.setattr(starts, "_MOST_KEYS", 50)
    counted = starts.Starts()
    for at_s in range(0, 3 * 86_400, 600):
        counted.cover(at_s * NS)
        counted.add(at_s * NS)
    found = counted.arrivals("x.log")
    assert found.table["sessions"]["value"] == pytest.approx(144, rel=1e-6)
    assert found.table["hourly_shares"] == pytest.approx([1 / 24] * 24, abs=1e-6)
    assert "weekdays" not in found.table


@pytest.mark.parametrize(("from_h", "to_h"), [(0, 14 * 24), (8, 8 * 24 + 10)])
def test_a_week_comes_back_by_weekdays_wherever_the_log_begins(from_h, to_h):
    counted = starts.Starts()
    monday_s = 1_751_821_200  # 7 July 2025, 0:00 +07:00
    counted.cover((monday_s + from_h * 3600) * NS)
    counted.cover((monday_s + to_h * 3600 - 1) * NS)
    for hour in range(from_h, to_h):
        for _ in range((3 if hour // 24 % 7 < 5 else 1) * (4 if hour % 24 == 9 else 1)):
            counted.add((monday_s + hour * 3600) * NS)
    found = counted.arrivals("x.log")
    assert found.starts.isoformat() == "2025-07-07T00:00:00+07:00"
    assert found.duration_s == 7 * 86_400
    assert found.table["sessions"]["value"] == pytest.approx(27 * 17 / 7, rel=1e-6)
    assert found.table["hourly_shares"] == pytest.approx(
        [4 / 27 if hour == 9 else 1 / 27 for hour in range(24)], rel=1e-6
    )
    assert found.table["weekdays"] == pytest.approx([7 * 3 / 17] * 5 + [7 / 17] * 2, rel=1e-6)
    assert math.fsum(found.table["weekdays"]) == pytest.approx(7.0, abs=1e-12)


def test_blocks_find_changes_and_nothing_else():
    assert blocks([7]) == [(0, 1)]
    assert blocks([0] * 50 + [40] * 50) == [(0, 50), (50, 100)]
    assert blocks([100, 97, 104, 99, 101, 103] * 50) == [(0, 300)]


def test_layout_fills_numbers_and_lists_texts():
    long = {
        "schema": 1,
        "words": ["a" * 70, 'b "quoted" ' * 8],
        "points": [[i, 0.5] for i in range(20)],
        "t": [{"x": 1}],
    }
    text = toml_text(("Said.",), long)
    assert text.splitlines()[:3] == ["# Said.", "schema = 1", "words = ["]
    assert max(map(len, text.splitlines())) <= 116
    assert tomllib.loads(text) == long


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ("json", "is not JSON; correct it, or name the log's format with --format"),
        ("common", None),
        ("combined", None),
    ],
)
def test_a_log_of_another_format_is_refused_with_lines(log_file, form, rule):
    path = log_file([text_line(row) for row in played()])
    if rule is None:
        assert import_log(path, form, DEFAULT, "x").sessions > 0
        return
    with pytest.raises(BadInput) as caught:
        import_log(path, form, DEFAULT, "x")
    mistakes = [str(mistake) for mistake in caught.value.mistakes]
    assert len(mistakes) == 21
    assert mistakes[0].startswith(f"{path}:1: line = '10.")
    assert rule in mistakes[0]
    assert "1,000 of the first 1,000 lines are not of the json format; name the log's format" in mistakes[-1]


def test_a_log_that_is_partly_unreadable_is_refused(log_file):
    good = [text_line(row) for row in played(100)]
    few = len(good) // 20
    assert import_log(log_file(["?"] * few + good), "combined", DEFAULT, "x").sessions
    with pytest.raises(BadInput, match=r"of the first \d+ lines are not of the combined format"):
        import_log(log_file(["?"] * (few + 2) + good), "combined", DEFAULT, "x")


def test_files_that_hold_no_sessions_are_refused(log_file, tmp_path):
    cases = {
        tmp_path / "none.log": "file: cannot be read (No such file or directory); check the path",
        tmp_path: "file: cannot be read (Is a directory); check the path",
        log_file([], "empty.log"): "file: has no line; give an access log",
        log_file([line(0, "/admin")], "other.log"): "file: holds no session: none of its 1 lines begins a step",
    }
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress("".join(f"{text_line(row)}\n" for row in played()).encode())[:-200])
    cases[cut] = "file: is a gzip file that cannot be unpacked after line"
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(b"\x1f\x8b" + b"damage" * 20)
    cases[damaged] = "file: is a gzip file that cannot be unpacked after line 0"
    plain = tmp_path / "plain.gz"
    plain.write_text(line(0, "/"), encoding="utf-8")
    cases[plain] = "file: is not gzip, though its name ends in .gz; copy it again, or take .gz off the name"
    for path, words in cases.items():
        with pytest.raises(BadInput) as caught:
            import_log(path, "combined", DEFAULT, "x")
        assert str(caught.value).startswith(f"{path}: {words}")


def test_the_file_to_write_must_be_new_and_have_a_scenario_s_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput) as caught:
        scenario_name(tmp_path / "file" / "nowhere" / "My Day.txt")
    assert len(caught.value.mistakes) == 2
    assert "must be a file name of small letters, digits and hyphens that ends in .toml" in str(caught.value)
    assert "is in a folder that is a file; choose another folder" in str(caught.value)
    (tmp_path / "x.toml").write_text("mine")
    with pytest.raises(BadInput, match="exists already; remove it, or choose another name"):
        scenario_name(tmp_path / "x.toml")


def test_nothing_is_written_where_a_journey_is_in_the_way_or_the_disk_fails(tmp_path, log_file, monkeypatch):
    found = import_log(log_file([text_line(row) for row in played()], "a.log"), "combined", DEFAULT, "x")
    theirs = tmp_path / "journeys" / "x_look_up.toml"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    with pytest.raises(BadInput, match=r"x_look_up\.toml: file: exists already; remove it, or choose another --out"):
        write(found, tmp_path / "x.toml")
    assert theirs.read_text() == "theirs"
    theirs.unlink()
    monkeypatch.setattr("scenarios.imports.writing.read_scenario", lambda _path: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write(found, tmp_path / "x.toml")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.log", "journeys"]
