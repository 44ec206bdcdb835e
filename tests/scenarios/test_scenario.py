import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover.base.errors import BadInput
from scenarios.scenario import find_scenario, read_scenario, shipped
from scenarios.sessions import Sessions


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_sound(name):
    scenario = read_scenario(find_scenario(name))
    assert scenario.name == name
    assert Sessions(scenario).expected > 0


def test_all_mistakes_come_at_once_with_line_key_value_rule_and_remedy(scenario_file):
    path = scenario_file(
        ('name = "small"', 'name = "Small Day"'),
        ("duration_s = 6", "duration_s = -6"),
        ("[forecast]", "[forcast]"),
        ("brisk_look_up = 0.5", "brisk_look_up = 0.4"),
    )
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    text = str(caught.value)
    assert f"{path}:2: name = 'Small Day': string should match pattern" in text
    assert f"{path}:5: duration_s = -6: input should be greater than 0; correct the value" in text
    assert f"{path}:21: forcast: is not a known key; did you mean `forecast`?" in text
    assert f"{path}:17: journeys: shares must add up to 1, not 0.9; correct one of them" in text
    assert len(caught.value.mistakes) == 5  # and `forecast` is required


def test_unknown_journeys_budget_mistakes_and_late_spans_come_together(scenario_file):
    path = scenario_file(
        ("brisk_look_up", "brisk_lookup"),
        ("all response p95 < 2s", "sumbit response p95 < 2s"),
        ("[forecast]", "[measurement]\nfrom_s = 1\nto_s = 60\n\n[forecast]"),
    )
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    assert len(caught.value.mistakes) == 2
    assert "measurement.to_s = 60.0: must not be after the scenario's end, duration_s = 6" in str(caught.value)
    assert f"{path}:19: journeys.brisk_lookup: is no journey beside the scenario or shipped; did you mean" in str(
        caught.value
    )


def test_a_file_with_an_unknown_key_is_told_of_its_journeys_too(scenario_file):
    path = scenario_file(("seed = 7", "sead = 7"), ("brisk_look_up", "brisk_lookup"))
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    assert [mistake.key for mistake in caught.value.mistakes] == ["sead", "journeys.brisk_lookup"]


REHEARSAL = "[rehearsal]\ncalibration = { from_s = 0, to_s = 6 }\n[swarm]\nwarp = 2\n\n[forecast]"


def test_a_rehearsal_plays_at_its_own_pace_and_calibrates_before_it_forecasts(scenario_file):
    with pytest.raises(BadInput) as caught:
        read_scenario(scenario_file(("[forecast]", REHEARSAL)))
    assert "rehearsal.calibration.to_s = 6.0: must be before the measurement's end, 6 s" in str(caught.value)
    assert "swarm.warp = 2.0: must be 1 in a rehearsal" in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-5", "1000"])
def test_a_population_that_is_none_is_refused(scenario_file, value):
    with pytest.raises(BadInput, match="population"):
        read_scenario(scenario_file(("value = 101_600_000", f"value = {value}")))


def test_a_duration_without_end_is_refused(scenario_file):
    with pytest.raises(BadInput, match="duration_s"):
        read_scenario(scenario_file(("duration_s = 6", "duration_s = inf")))


def test_a_budget_names_an_unknown_step(scenario_file):
    path = scenario_file(("all response p95 < 2s", "sumbit response p95 < 2s"))
    with pytest.raises(BadInput, match=r"small\.toml:8: budgets\[0\].*column 1.*did you mean `submit`\?"):
        read_scenario(path)


def test_a_figure_published_after_as_of_is_hindsight(scenario_file):
    path = scenario_file(('assumed = "a test"', 'source = "a later census"\npublished = 2025-07-02'))
    with pytest.raises(BadInput, match=r"population\.published = '2025-07-02': was published after as_of = 2025-06-30"):
        read_scenario(path)


def test_a_figure_has_one_origin(scenario_file):
    for origin in ('source = "who, but when?"', 'assumed = "x"\nsource = "y"\npublished = 2025-06-01'):
        with pytest.raises(BadInput, match="must have either `source` and `published`, or `assumed`"):
            read_scenario(scenario_file(('assumed = "a test"', origin)))


@pytest.mark.parametrize(
    ("points", "rule"),
    [
        ("[[0, 1]]", "points"),
        ("[[0, 1], [4, 1], [2, 1]]", "points"),
        ("[[1, 1], [4, 1]]", "points"),
        ("[[0, 0], [4, 0]]", "points"),
        ("[[0, 1], [9, 1]]", "must not be after the scenario's end"),
        ("[[0, -1], [4, 1]]", "greater than or equal to 0"),
    ],
)
def test_points_that_make_no_schedule_are_refused(scenario_file, points, rule):
    path = scenario_file(("[[0, 6], [4, 6], [4, 0], [6, 0]]", points))
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    assert rule in str(caught.value)
    assert re.search(rf"{path}:1[45]: arrivals", str(caught.value))


def test_hourly_shares_must_be_a_day():
    text = find_scenario("go-live").read_text(encoding="utf-8")
    assert sum(tomllib.loads(text)["arrivals"]["hourly_shares"]) == pytest.approx(1.0, abs=1e-12)


def test_not_toml_not_there_not_this_schema(tmp_path):
    path = tmp_path / "x.toml"
    with pytest.raises(BadInput, match="cannot be read"):
        read_scenario(path)
    path.write_text("schema = 1\nname = ", encoding="utf-8")
    with pytest.raises(BadInput, match=r"x\.toml:2: syntax: is not TOML"):
        read_scenario(path)
    path.write_text("schema = 2\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"x\.toml:1: schema = 2: must be 1"):
        read_scenario(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="is not UTF-8"):
        read_scenario(path)


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(
        BadInput, match=r"is no shipped scenario and no file; give a path, or one of: .*go-live, ordinary-day"
    ):
        find_scenario("go-life")


VALUES = st.sampled_from(
    ["-1", "0", "1e308", "nan", "inf", '""', '"x"', "[]", "{}", "true", "2025-01-01", "[[0]]", "[1, 2]"]
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(line=st.integers(0, 60), value=VALUES, drop=st.booleans())
def test_a_damaged_scenario_is_read_or_refused_in_words_and_nothing_else(tmp_path_factory, line, value, drop):
    lines = find_scenario("rehearsal").read_text(encoding="utf-8").splitlines()
    at = line % len(lines)
    key, equals, _ = lines[at].partition("=")
    lines[at] = "" if drop else f"{key}= {value}" if equals else value
    path = tmp_path_factory.mktemp("fuzz") / "rehearsal.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    mistakes = []
    try:
        read_scenario(path)
    except BadInput as error:
        mistakes = [str(mistake) for mistake in error.mistakes] or ["a refusal without a mistake"]
    assert all(mistake.startswith(str(path.parent)) for mistake in mistakes)
