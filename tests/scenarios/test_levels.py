"""A scenario under another load: the same people for the same ends, at the rates that the words say."""

from collections import Counter

import pytest

from cutover.base.errors import BadInput
from scenarios.demand import mean_profile
from scenarios.levels import levels_of, rule_of, under
from scenarios.run_header import interval_s
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.order import Order
from scenarios.volume import Volume, check_caps

STAIRS = "staircase 10/s to 40/s in 4 steps of 50s"
STRESS = "stress from 2/s to 8/s by 2/s every 5s until error_rate > 5%"
POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"


def drawn(scenario, **more):
    sessions = Sessions(scenario, **more)
    return list(sessions.window(0.0, sessions.duration_s))


def test_words_on_the_command_line_and_in_the_file_are_the_same_sessions(scenario_file):
    given = under(read_scenario(scenario_file()), STAIRS)
    own = read_scenario(scenario_file((POINTS, f'profile = "{STAIRS}"'), ("duration_s = 6", "duration_s = 200")))
    assert drawn(given) == drawn(own)
    assert levels_of(given) == levels_of(own)
    assert own.given is None
    assert own.load == given.load == given.given


def test_sessions_come_at_the_rate_of_their_level(scenario_file):
    found = drawn(under(read_scenario(scenario_file()), STAIRS))
    by_level = Counter(session.instant_ns // (50 * 10**9) for session in found)
    for level, per_s in enumerate((10, 20, 30, 40)):
        assert abs(by_level[level] - 50 * per_s) < 4 * (50 * per_s) ** 0.5


@pytest.mark.parametrize("name", ["go-live", "december-day", "switch-over"])
def test_each_flow_keeps_its_share_and_all_add_up_to_the_load(name):
    day = read_scenario(find_scenario(name))
    whole = mean_profile(day).total
    own = Counter(session.flow for session in drawn(under(day, "constant 400/s for 60s")))
    assert sum(own.values()) == pytest.approx(24_000, rel=0.03)
    first = next(name for _, name, _ in day.file.flow_entries)
    main = sum(float(mean_profile_of(day, part)) for part in parts_of(day, first)) / whole
    assert own[first] / sum(own.values()) == pytest.approx(main, abs=0.02)


def parts_of(scenario, flow):
    from scenarios.demand import parts

    return [part for part in parts(scenario) if part.flow == flow]


def mean_profile_of(_, part):
    from models.demand.rates import total

    return total(part.arriving)


def test_hours_surges_and_moves_are_left_out_as_are_the_swarms_own_scale_and_warp():
    gift = under(read_scenario(find_scenario("gift-day")), "constant 20/s for 60s")
    assert mean_profile(gift).points[0] == (0.0, 20.0)
    assert {rate for _, rate in mean_profile(gift).points} == {20.0}
    assert Volume.of(gift, None, None) == Volume(1.0, 1.0)
    assert (gift.measurement.from_s, gift.measurement.to_s) == (0.0, 60.0)


def test_another_load_is_another_scenario_by_its_hash(scenario_file):
    own = read_scenario(scenario_file())
    hashes = {own.hash, under(own, STAIRS).hash, under(own, STRESS).hash}
    assert len(hashes) == 3
    assert under(own, f" {STAIRS.replace(' ', '  ')}").hash == under(own, STAIRS).hash


def test_an_order_carries_the_load_to_workers(scenario_file):
    given = under(read_scenario(scenario_file()), STRESS)
    order = Order.of_message(Order.of(given, Volume(1.0, 1.0), "http://127.0.0.1:9", "run").to_message())
    assert order.read().hash == given.hash
    assert drawn(order.read()) == drawn(given)


def test_levels_are_told_as_they_are_played(scenario_file):
    given = under(read_scenario(scenario_file()), STRESS)
    assert [(one.from_s, one.to_s, one.per_s) for one in levels_of(given)] == [
        (0.0, 5.0, 2.0), (5.0, 10.0, 4.0), (10.0, 15.0, 6.0), (15.0, 20.0, 8.0),
    ]  # fmt: skip
    assert [(one.to_s, one.per_s) for one in levels_of(given, scale=0.5, warp=2.0)][:2] == [(2.5, 2.0), (5.0, 4.0)]
    assert [budget.text for budget in rule_of(given)] == ["all error_rate <= 5%"]
    with pytest.raises(BadInput, match=r"--warp = 10.0: leaves levels of 0.5 s, shorter than"):
        levels_of(given, warp=10.0)
    assert levels_of(read_scenario(scenario_file())) == ()


def test_levels_of_a_flow_beside_others_count_all_sessions(scenario_file):
    other = '[[flows]]\nname = "other"\npoints = [[0, 3], [10, 3]]\n\n[journeys]'
    path = scenario_file(
        (POINTS, 'profile = "staircase 1/s to 2/s in 2 steps of 5s"'), ("[journeys]", other), ("= 6\nas", "= 10\nas")
    )
    assert [level.per_s for level in levels_of(read_scenario(path))] == [4.0, 5.0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("constant 20/s", "options: --profile = 'constant 20/s': column 14: must be `for` here, the words end; write"),
        (STRESS.replace("5%", "5s"), "has a rule that is none: `s` is not a unit of `error_rate`"),
        (STRESS.replace("error_rate > 5%", "fly response p99 > 1s"), "has a rule that is none: `fly` is not a subject"),
        ("constant 1/s for 9000h", "lasts 32,400,000 s, and at most 31,622,400 are a year"),
    ],
)
def test_what_is_no_load_of_the_scenario_is_refused(scenario_file, words, message):
    with pytest.raises(BadInput) as caught:
        under(read_scenario(scenario_file()), words)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ('profile = "constant 2/s for"', "arrivals.profile = 'constant 2/s for': column 17: must be a time of 1 s"),
        ('profile = "constant 2/s for 9s"', "arrivals.profile = 9.0: must not be after the scenario's end"),
        (
            f'profile = "constant 2/s for 5s"\n{POINTS}',
            "arrivals.profile = 'constant 2/s for 5s': is a load of its own",
        ),
        ('profile = "constant 2/s for 5s"\nper = "day"', "arrivals.per: has no meaning beside `profile`; remove it"),
        (
            'profile = "stress from 1/s to 2/s by 1/s every 2s until fly response p99 > 2s"',
            "every 2s until fly response p99 > 2s': has a rule that is none: `fly` is not a subject of `response`",
        ),
    ],
)
def test_loads_in_a_file_are_checked_at_their_line(scenario_file, changes, message):
    with pytest.raises(BadInput) as caught:
        read_scenario(scenario_file((POINTS, changes)))
    assert message in str(caught.value)
    assert ":15: " in str(caught.value) or ":16: arrivals.per" in str(caught.value)


def test_a_second_load_with_a_rule_is_refused(scenario_file):
    ruled = 'profile = "stress from 1/s to 2/s by 1/s every 2s until error_rate > 5%"'
    other = f'[[flows]]\nname = "other"\n{ruled}\n\n[journeys]'
    with pytest.raises(BadInput, match="is a second load that ends by a rule; let one flow end the run"):
        read_scenario(scenario_file((POINTS, ruled), ("[journeys]", other)))


def test_warp_compresses_the_profile_and_leaves_rates_unless_scale_says_so(scenario_file):
    given = under(read_scenario(scenario_file()), STAIRS)
    plain, quick = Volume.of(given, None, None), Volume.of(given, None, 4.0)
    assert (plain, quick) == (Volume(1.0, 1.0), Volume(0.25, 4.0))
    assert Volume.of(given, 1.0, 4.0) == Volume(1.0, 4.0)  # all sessions in a quarter of the time
    slow, fast = (Sessions(given, scale=each.scale, warp=each.warp) for each in (plain, quick))
    assert (slow.duration_s, fast.duration_s) == (200.0, 50.0)
    assert fast.expected == slow.expected / 4
    for from_s, to_s in ((0.0, 12.5), (37.5, 50.0)):  # the first and the last level
        found = sum(1 for _ in fast.window(from_s, to_s))
        rate = sum(1 for _ in slow.window(4 * from_s, 4 * to_s)) / 50.0
        assert found / 12.5 == pytest.approx(rate, rel=0.25)


def test_warp_on_top_of_a_scenarios_own_keeps_the_rates_as_that_plays_them():
    own = read_scenario(find_scenario("stress-to-failure"))
    as_shipped, quicker = Volume.of(own, None, None), Volume.of(own, None, 60.0)
    assert (as_shipped.scale, as_shipped.warp) == (0.002, 30.0)
    assert quicker.scale * quicker.warp == pytest.approx(as_shipped.scale * as_shipped.warp)
    assert Volume.of(own, 0.01, None) == Volume(0.01, 30.0)


def test_caps_hold_for_a_load_too(scenario_file):
    given = under(read_scenario(scenario_file()), "constant 500/s for 60s")
    with pytest.raises(BadInput, match=r"swarm.max_sessions = 20000: the swarm would start 30,000 sessions"):
        check_caps(given, Sessions(given))


@pytest.mark.parametrize(
    ("duration_s", "steps", "level_s", "found"),
    [
        (900.0, 10, None, 10.0),
        (900.0, 10, 30.0, 10.0),
        (900.0, 10, 15.0, 1.0),
        (90.0, 10, 30.0, 1.0),
        (90.0, 9, 2.5, 1),
    ],
)
def test_intervals_of_histograms_fit_into_levels(duration_s, steps, level_s, found):
    assert interval_s(duration_s, steps, level_s) == found
