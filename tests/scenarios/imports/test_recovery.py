"""What was planted in a log comes back: sessions, branches, think times, arrivals, each within a derived bound."""

import math
from collections import Counter
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np
import pytest
from scipy import stats

from models.journeys import expected_visits
from models.schedule import Profile
from scenarios.imports.importer import import_log
from scenarios.imports.patterns import Kind, default_patterns, read_patterns
from scenarios.imports.writing import write
from scenarios.journey import read_journey
from scenarios.scenario import find_scenario, read_scenario

from .conftest import EXCHANGES, json_line, rows, text_line

PROFILE = Profile(((0.0, 2.0), (1500.0, 2.0), (1500.0, 0.4), (2600.0, 0.4)))
DEFAULT = read_patterns(default_patterns())
ONE_KIND = DEFAULT.model_copy(update={"journeys": (Kind(name="visit"),)})
LEVEL = 0.999
PLANTED_WRONG = 1.1


def shipped(*names):
    beside = find_scenario("ordinary-day").parent
    return tuple(read_journey(name, beside)[0] for name in names)


@pytest.fixture(scope="module")
def submissions():
    """A shipped journey with think times of the family that the importer fits: lognormal, from 0 on."""
    (shipped_one,) = shipped("submit_online")
    steps = [replace(step, think=step.think.model_copy(update={"shift_s": 0.0})) for step in shipped_one.steps[1:]]
    journey = replace(shipped_one, steps=(shipped_one.steps[0], *steps))
    return journey, rows((journey,), (1.0,), PROFILE, 11)


@pytest.fixture(scope="module", params=["combined", "json"])
def imported(request, submissions, tmp_path_factory):
    line = text_line if request.param == "combined" else json_line
    path = tmp_path_factory.mktemp("log") / "access.log"
    path.write_text("".join(f"{line(row)}\n" for row in submissions[1]), encoding="utf-8")
    return import_log(path, request.param, ONE_KIND, "mine")


def test_every_session_comes_back(imported, submissions):
    assert imported.sessions == len({row[1] for row in submissions[1]}) > 3000
    assert imported.used == imported.lines == len(submissions[1])
    assert not imported.unused.reasons
    assert [journey.name for journey in imported.journeys] == ["mine_visit"]


def test_branches_come_back_and_a_wrong_one_would_be_seen(imported, submissions):
    planted = {step.name: dict(step.following) for step in submissions[0].steps}
    branches = [
        (step, to, share) for step in imported.journeys[0].steps for to, share in step.following.items() if share < 1
    ]
    level = 1 - (1 - LEVEL) / len(branches)
    seen_wrong = 0
    for step, to, share in branches:
        true = planted[step.name][None if to == "exit" else to]
        low, high = stats.binom.interval(level, step.samples, true)
        assert low <= round(share * step.samples) <= high, (step.name, to)
        wrong = min(true * PLANTED_WRONG, 1.0) if true > 0.5 else true * 2
        low, high = stats.binom.interval(level, step.samples, wrong)
        seen_wrong += not low <= round(share * step.samples) <= high
    assert seen_wrong == len(branches)


def test_think_times_come_back_and_a_wrong_mean_would_be_seen(imported, submissions):
    planted = {step.name: step.think for step in submissions[0].steps}
    thinking = {step.name: step.thinking for step in imported.journeys[0].steps if step.thinking}
    assert thinking.keys() == planted.keys() - {"home"}
    z = stats.norm.isf((1 - LEVEL) / 2 / (2 * len(thinking)))
    for name, found in thinking.items():
        law, sigma2 = planted[name], math.log1p(planted[name].scv)
        # The maximum likelihood estimate of a lognormal's mean, and of its cv, from n pauses known exactly; the grid
        # of the stamps can only add to these.
        mean_error = math.sqrt((sigma2 + sigma2**2 / 2) / found.samples)
        cv_error = math.sqrt(2 * sigma2**2 / found.samples) * math.exp(sigma2) / (2 * math.expm1(sigma2))
        assert mean_error * 0.9 <= found.mean_error <= mean_error * 1.2
        assert cv_error * 0.9 <= found.cv_error <= cv_error * 1.2
        assert abs(math.log(found.law.mean_s / law.mean_s)) <= z * found.mean_error
        assert abs(math.log(found.law.cv / math.sqrt(law.scv))) <= z * found.cv_error
        assert math.log(2.0) > 2 * z * found.mean_error  # a mean twice as long would be seen at every step


def test_arrivals_come_back_with_their_jump(imported):
    points = imported.arrivals.table["points"]
    profile = Profile(tuple((t, r) for t, r in points))
    assert profile.total == pytest.approx(imported.sessions, rel=1e-12)
    for from_s, to_s, rate in ((0, 1500, 2.0), (1500, 2600, 0.4)):
        count = float(profile.expected(to_s) - profile.expected(from_s))
        low, high = stats.poisson.interval(LEVEL, rate * (to_s - from_s))
        assert low <= count <= high
        low, high = stats.poisson.interval(LEVEL, 1.25 * rate * (to_s - from_s))
        assert not low <= count <= high
    jump = max(pairwise(points), key=lambda pair: abs(pair[1][1] - pair[0][1]))
    assert jump[0][0] == pytest.approx(1500, abs=10)
    assert len(points) <= 8  # a constant rate stays one piece; the ending of the last visits may be another


def test_a_mix_comes_back_as_the_same_steps_in_number(tmp_path, log_file):
    journeys = shipped("look_up", "submit_online", "track_dossier", "give_feedback")
    bounds = tuple(accumulate((0.4, 0.3, 0.25, 0.05)))
    played = rows(journeys, bounds, PROFILE, 5)
    path = log_file([text_line(row) for row in played], "access.log.gz")
    found = import_log(path, "combined", DEFAULT, "mix")
    assert found.sessions == len({row[1] for row in played})
    write(found, tmp_path / "mix.toml")
    scenario = read_scenario(tmp_path / "mix.toml")
    # A walk with the shares seen passes each step as often as was seen: v = e + Pᵀv holds for the counts themselves.
    visits: Counter[str] = Counter()
    for journey, share in zip(scenario.journeys, scenario.shares, strict=True):
        for step, number in expected_visits(journey).items():
            visits[step] += number * share * found.sessions
    first = {steps[0][:2]: step for step, steps in EXCHANGES.items()}
    counted = Counter(first[row[2:4]] for row in played if row[2:4] in first)
    assert len(counted) == len(first)
    for step, number in counted.items():
        assert visits[step] == pytest.approx(number, rel=1e-5), step


def test_a_day_comes_back_by_hours(log_file):
    shape = [1.0] * 8 + [4.0] * 8 + [2.0] * 8
    points = []
    for hour in range(48):
        rate = 0.03 * shape[hour % 24]
        points += [(hour * 3600.0, rate), ((hour + 1) * 3600.0, rate)]
    (journey,) = shipped("give_feedback")
    played = rows((journey,), (1.0,), Profile(tuple(points)), 3)
    midnight_ns = 8 * 3600 * 1_000_000_000  # logs of these tests begin at 8:00
    midnights = [(row[0] - midnight_ns, *row[1:]) for row in played if row[0] < 48 * 3600 * 1_000_000_000]
    path = log_file([text_line(row) for row in midnights])
    found = import_log(path, "combined", DEFAULT, "day")
    table = found.arrivals.table
    assert found.arrivals.starts.isoformat() == "2025-07-01T00:00:00+07:00"
    assert found.arrivals.duration_s == 86_400
    assert table["sessions"]["value"] == pytest.approx(found.sessions / 2, rel=1e-4)
    assert math.fsum(table["hourly_shares"]) == pytest.approx(1.0, abs=1e-12)
    true = np.array(shape) / sum(shape)
    level = 1 - (1 - LEVEL) / 24
    for hour, share in enumerate(table["hourly_shares"]):
        low, high = stats.binom.interval(level, found.sessions, true[hour])
        assert low <= share * found.sessions <= high, hour
    low, high = stats.binom.interval(level, found.sessions, true[10] * 1.25)
    assert not low <= table["hourly_shares"][10] * found.sessions <= high
