"""Nominal 95 % intervals of 200 short simulations by the `event` engine cover the exact value in 90 to 98 % of them."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from scipy import integrate

from models.draws import purpose
from models.statistics.interval import Interval
from models.statistics.means import batch_means, replication_mean
from models.statistics.warm_up import mser_5
from models.theory.delay import Mmc
from models.theory.time_varying import TimeVarying
from tests.theory.cases import exponential, opened, single, varying

RUNS = 200
ARRIVAL_RPS, SERVICE_S, SERVERS = 2.0, 1.0, 3  # case 1
OPENING_S = 60.0
STATION = single(SERVERS, exponential(SERVICE_S))
OPENING = varying(STATION, ((0.0, ARRIVAL_RPS), (OPENING_S, ARRIVAL_RPS)))  # arrives in small blocks: quick to begin
STEADY = opened(STATION, ARRIVAL_RPS)
REPLICATIONS = 20
LONG_S = 15_000.0


def keeps_its_level(intervals: Iterable[Interval], truth: float) -> bool:
    held = [one.low <= truth <= one.high for one in intervals if one.why is None]
    assert len(held) >= 0.99 * RUNS, "too many estimates have no interval"
    return 0.90 <= np.mean(held) <= 0.98


@cache
def opening_numbers() -> list[list[float]]:
    """Return the mean number in system while the station, empty at first, is open: 200 times 20 replications."""
    seed, numbers = purpose("coverage, opening"), []
    for replication in range(RUNS * REPLICATIONS):
        [station] = OPENING.play(seed, replication, OPENING_S, "event").history.stations
        numbers.append(station.backlog() + station.utilisation() * SERVERS)
    return [numbers[first : first + REPLICATIONS] for first in range(0, len(numbers), REPLICATIONS)]


@cache
def steady_responses() -> list[Interval]:
    """Return estimates of the mean response from one run each, whose warm-up is cut off."""
    seed, found = purpose("coverage, steady"), []
    for replication in range(RUNS):
        played = STEADY.play(seed, replication, LONG_S, "event")
        done = played.records.intended_ns < played.to_ns
        responses_s = (played.records.end_ns - played.records.intended_ns)[done] / 1e9
        found.append(batch_means(responses_s[mser_5(responses_s).cut :]))
    return found


def test_means_over_replications_of_an_opening() -> None:
    instants_s = np.linspace(0.0, OPENING_S, 601)
    numbers = TimeVarying(lambda _: ARRIVAL_RPS, SERVICE_S, SERVERS).transient(instants_s).in_system
    truth = float(integrate.simpson(numbers, instants_s)) / OPENING_S
    assert truth < 0.97 * Mmc(ARRIVAL_RPS, SERVICE_S, SERVERS).in_system
    assert keeps_its_level(map(replication_mean, opening_numbers()), truth)
    assert not keeps_its_level(map(replication_mean, opening_numbers()), 1.1 * truth)
    assert not keeps_its_level((replication_mean(numbers, 0.8) for numbers in opening_numbers()), truth)


def test_batch_means_after_the_warm_up() -> None:
    response_s = Mmc(ARRIVAL_RPS, SERVICE_S, SERVERS).wait_s + SERVICE_S
    assert keeps_its_level(steady_responses(), response_s)
    assert not keeps_its_level(steady_responses(), 1.1 * response_s)
