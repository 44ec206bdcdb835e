"""Loads in words: an exact grammar, one clear error, levels as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.load import MOST_LEVELS, LoadError, is_load, read_load
from scenarios.settings import SwarmSettings

CAPS = SwarmSettings()
WORDS = (
    "constant staircase stress calibration from to in steps levels of by every until for a budget breaks "
    "100/s 0/s 60s 5m 5 0 -1 1e9 x"
)
SOUND = (
    "constant 20/s for 60s",
    "staircase 10/s to 100/s in 5 steps of 60s",
    "stress from 10/s by 10/s every 30s until response p99 > 2s",
    "calibration 20/s to 200/s in 6 levels of 40s",
)


@pytest.mark.parametrize(
    ("text", "per_s", "hold_s", "until"),
    [
        ("constant 20/s for 60s", (20.0,), 60.0, None),
        ("  constant  0.5/s for 1.5h ", (0.5,), 5400.0, None),
        ("staircase 10/s to 100/s in 5 steps of 60s", (10.0, 32.5, 55.0, 77.5, 100.0), 60.0, None),
        ("staircase 0.3/s to 0.1/s in 3 steps of 2m", (0.3, 0.2, 0.1), 120.0, None),
        ("stress from 10/s to 35/s by 10/s every 9s until error_rate > 5%", (10, 20, 30), 9.0, "all error_rate <= 5%"),
        ("stress from 2/s to 4/s by 1/s every 9s until pay response p99>=2s", (2, 3, 4), 9.0, "pay response p99 < 2s"),
        ("stress from 0.1/s to 0.3/s by 0.1/s every 1s until a budget breaks", (0.1, 0.2, 0.3), 1.0, "a budget breaks"),
    ],
)  # fmt: skip
def test_words_are_levels(text, per_s, hold_s, until):
    load = read_load(text)
    assert (load.per_s, load.hold_s, load.until) == (per_s, hold_s, until)
    assert load.duration_s == hold_s * len(per_s)
    assert load.points[0] == (0.0, per_s[0])
    assert load.points[-1] == (load.duration_s, per_s[-1])
    assert is_load(text)


def test_a_stress_without_an_end_goes_as_far_as_each_cap_allows():
    text = "stress from 10/s by 10/s every 30s until error_rate > 5%"
    assert read_load(text, CAPS).per_s[-1] == 110.0  # 19,800 sessions of 20,000
    assert read_load(text, CAPS.model_copy(update={"max_sessions": 19_799})).per_s[-1] == 100.0
    assert read_load(text, CAPS.model_copy(update={"max_s": 90.0})).per_s == (10.0, 20.0, 30.0)
    assert read_load(text, CAPS.model_copy(update={"max_sessions_per_s": 25.0})).per_s == (10.0, 20.0)
    assert read_load(text, CAPS.model_copy(update={"max_s": 1.0})).per_s == (10.0,)  # the caps refuse it, not the words


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "column 1: must be `constant` or `staircase` or `stress` or `calibration` here, the words end"),
        ("constant 20 for 60s", "column 10: must be a rate above 0 and at most 100,000/s, such as 20/s, here, found"),
        ("constant 0/s for 60s", "column 10: must be a rate above 0"),
        ("constant 100001/s for 60s", "column 10: must be a rate above 0 and at most 100,000/s"),
        ("constant 20/s for 60", "column 19: must be a time of 1 s or more, such as 60s or 5m, here, found `60`"),
        ("constant 20/s for 0.5s", "column 19: must be a time of 1 s or more"),
        ("constant 20/s for 60s or so", "column 23: must be the end here, found `or`"),
        ("constant ２0/s for 60s", "column 10: must be a rate"),
        ("staircase 10/s to 100/s in 1 steps of 60s", "column 28: must be a whole number from 2 to 1,000 here"),
        ("staircase 10/s to 100/s in 5 steps", "column 35: must be `of` here, the words end"),
        ("calibration 20/s to 20/s in 5 levels of 9s", "has 5 levels of one load, 20/s"),
        ("calibration 2/s to 20/s in 500 levels of 9s", "has 500 levels and their probes, more than 1,000"),
        ("calibration 2/s to 20/s in 5 steps of 9s", "column 30: must be `levels` here, found `steps`"),
        ("stress from 10/s at 10/s", "column 18: must be `to` or `by` here, found `at`"),
        ("stress from 10/s to 5/s by 1/s every 1s until error_rate > 5%", "ends at 5/s, below its first level"),
        ("stress from 1/s to 5000/s by 1/s every 1s until error_rate > 5%", "has 5,000 levels, more than 1,000"),
        ("stress from 1/s by 1/s every 1s until", "must end with what ends it, the words end"),
        ("stress from 1/s by 1/s every 1s until error_rate < 5%", "must end with what ends it, found `error_rate <"),
        ("stress from 1/s by 1/s every 1s until it breaks", "must end with what ends it, found `it breaks`"),
    ],
)  # fmt: skip
def test_the_first_word_that_does_not_fit_is_told(text, rule):
    with pytest.raises(LoadError) as caught:
        read_load(text, CAPS)
    assert caught.value.rule.startswith(rule)
    assert (
        caught.value.remedy.startswith("write for example")
        or "level" in caught.value.rule
        or "until" in caught.value.remedy
        or "calibration" in text
    )


def changed(text, place, word):
    words = text.split()
    words[place % len(words)] = word
    return " ".join(words)


texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join),
    st.builds(changed, st.sampled_from(SOUND), st.integers(0, 9), st.sampled_from(WORDS.split())),
)


@given(texts)
def test_any_text_is_a_load_or_one_error_in_words(text):
    load = told = None
    try:
        load = read_load(text, CAPS)
    except LoadError as error:
        told = error
    if load is None:
        assert told.rule
        assert told.remedy
        return
    assert 1 <= len(load.per_s) <= MOST_LEVELS
    assert all(0 < each <= 100_000 for each in load.per_s)
    assert load.hold_s >= 1.0
    assert read_load(load.text, CAPS) == load  # said again, the same


def test_a_calibrations_levels_are_chebyshevs_points_in_a_drawn_order_each_between_probes():
    load = read_load("calibration 200/s to 20/s in 6 levels of 40s")
    assert [load.is_probe(number) for number in range(13)] == [True, False] * 6 + [True]
    assert set(load.per_s[::2]) == {20.0}
    levels = load.per_s[1::2]
    assert sorted(levels) == [23.067, 46.36, 86.706, 133.294, 173.64, 196.933]  # 110 -+ 90·cos((2k − 1)π/12)
    assert levels != tuple(sorted(levels))
    assert read_load("calibration 200/s to 20/s in 6 levels of 41s").per_s != load.per_s  # other words, another order
    assert load.edges_s[:4] == (0.0, 10.0, 50.0, 60.0)
    assert (load.duration_s, load.recorded_s, load.shortest_s) == (310.0, 2.0, 10.0)
    assert read_load("calibration 2/s to 9/s in 2 levels of 3s").shortest_s == 1.0


rates = st.decimals(min_value="0.001", max_value="100000", places=3)
holds = st.decimals(min_value="1", max_value="3600", places=1)


@given(rates, rates, st.integers(2, 60), holds)
def test_a_staircase_reaches_both_ends_in_equal_steps(first, last, count, hold):
    load = read_load(f"staircase {first}/s to {last}/s in {count} steps of {hold}s")
    assert (load.per_s[0], load.per_s[-1], len(load.per_s)) == (float(first), float(last), count)
    assert load.per_s == pytest.approx([float(first + (last - first) * i / (count - 1)) for i in range(count)])
    assert load.edges_s == pytest.approx([float(hold * i) for i in range(count + 1)])


@pytest.mark.parametrize(
    ("until", "texts"),
    [
        ("error_rate > 5%", ["all error_rate <= 5%"]),
        ("home service p99.9 >= 300ms", ["home service p99.9 < 300ms"]),
        ("a budget breaks", ["all response p95 < 2s", "all error_rate < 1%"]),
    ],
)
def test_a_rule_is_the_budgets_that_hold_until_then(until, texts):
    load = read_load(f"stress from 1/s to 2/s by 1/s every 5s until {until}")
    own = ("all response p95 < 2s", "dossiers lost == 0", "all error_rate < 1%", "all goodput > 1/s")
    assert [budget.text for budget in load.rule(own, ("home",))] == texts


@pytest.mark.parametrize(
    ("until", "rule"),
    [
        ("error_rate > 5s", "has a rule that is none: `s` is not a unit of `error_rate`"),
        ("hme response p99 > 2s", "has a rule that is none: `hme` is not a subject of `response`"),
        ("a budget breaks", "ends when a budget breaks, and the scenario has none that a level can be judged by"),
    ],
)
def test_a_rule_that_nothing_can_be_judged_by_is_refused(until, rule):
    load = read_load(f"stress from 1/s to 2/s by 1/s every 5s until {until}")
    with pytest.raises(LoadError) as caught:
        load.rule(("dossiers lost == 0",), ("home",))
    assert caught.value.rule.startswith(rule)
