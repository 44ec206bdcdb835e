"""M/G/1, sharing, priorities, retrials, fork-join: limits, laws and Markov chains solved numerically."""

import math

import numpy as np
import pytest

from models.theory.delay import Mmc
from models.theory.fork_join import fork_join_response_s
from models.theory.priority import PriorityMg1, mmc_priority_wait_s
from models.theory.retrial import orbit_mean
from models.theory.sharing import sharing_response_of_s, sharing_response_s
from models.theory.single import mg1_in_system, mg1_wait_s


def stationary(rates):
    """Return the steady state of a small chain {(from, to): rate} as {state: probability}."""
    states = sorted({state for move in rates for state in move})
    index = {state: i for i, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for (source, target), rate in rates.items():
        generator[index[source], index[target]] += rate
    np.fill_diagonal(generator, generator.diagonal() - generator.sum(axis=1))
    generator[:, 0] = 1.0
    return dict(zip(states, np.linalg.solve(generator.T, np.eye(len(states))[0]), strict=True))


def test_mg1_is_mm1_and_counts_who_is_there():
    assert mg1_wait_s(0.8, 1, 1) == pytest.approx(Mmc(0.8, 1, 1).wait_s)
    assert mg1_in_system(0.8, 1, 4) == pytest.approx(8.8)
    assert mg1_wait_s(1, 1, 1) == math.inf


def test_sharing_slows_all_alike():
    assert sharing_response_s(2, 1, 3) == pytest.approx(Mmc(2, 1, 3).response_s)
    assert sharing_response_of_s(4, 0.5, 1) == pytest.approx(8)
    assert sharing_response_of_s(1, 1.5, 1) == math.inf


def test_priorities_conserve_the_work_waiting():
    station = PriorityMg1((0.1, 0.2, 0.3), (0.5, 1.0, 1.5), (0, 1, 4))
    loads = (0.05, 0.2, 0.45)
    residual_s = sum(load * s * (1 + scv) / 2 for load, s, scv in zip(loads, (0.5, 1.0, 1.5), (0, 1, 4), strict=True))
    waiting = sum(load * wait_s for load, wait_s in zip(loads, station.non_preemptive_wait_s(), strict=True))
    assert waiting == pytest.approx(0.7 * residual_s / 0.3)  # Kleinrock's conservation law: ρ·W_0/(1 − ρ)


def test_one_class_is_mg1():
    station = PriorityMg1((0.8,), (1,), (4,))
    assert station.non_preemptive_wait_s() == (pytest.approx(10.0),)
    assert station.preemptive_resume_response_s() == (pytest.approx(11.0),)


def test_a_class_that_never_rests_spares_those_above():
    station = PriorityMg1((0.5, 0.7, 0.1), (1, 1, 1), (1, 0, 1))
    high, low, lowest = station.non_preemptive_wait_s()
    assert high == pytest.approx((0.5 * 1 + 0.5 * 0.5) / 0.5)  # always busy, half the time with the second class
    assert (low, lowest) == (math.inf, math.inf)
    assert station.preemptive_resume_response_s() == (pytest.approx(2.0), math.inf, math.inf)


def test_priorities_at_several_servers():
    assert mmc_priority_wait_s((2,), 1, 3) == (pytest.approx(Mmc(2, 1, 3).wait_s),)
    assert mmc_priority_wait_s((0.2, 0.6), 1, 1) == (pytest.approx(1.0), pytest.approx(5.0))
    shares = stationary(priority_chain())
    backlogs = [sum(p * state[k] for state, p in shares.items()) for k in (1, 2)]
    waits_s = [backlog / rate for backlog, rate in zip(backlogs, (0.5, 0.7), strict=True)]
    assert mmc_priority_wait_s((0.5, 0.7), 1, 2) == pytest.approx(waits_s, rel=1e-6)
    assert mmc_priority_wait_s((1.5, 0.7), 1, 2)[1] == math.inf


def priority_chain():
    """Two servers of rate 1, classes at 0.5 and 0.7 with up to 12 and 45 waiting: states (busy, high, low)."""
    rates = {}
    for busy in (0, 1):
        rates[(busy, 0, 0), (busy + 1, 0, 0)] = 1.2
        rates[(busy + 1, 0, 0), (busy, 0, 0)] = busy + 1.0
    for high in range(13):
        for low in range(46):
            state = (2, high, low)
            if high < 12:
                rates[state, (2, high + 1, low)] = 0.5
            if low < 45:
                rates[state, (2, high, low + 1)] = 0.7
            if high or low:
                rates[state, (2, high - 1, low) if high else (2, high, low - 1)] = 2.0
    return rates


def test_retrials_by_their_chain():
    rates, arrival_rps, retry_rps = {}, 0.5, 0.2
    for orbit in range(120):
        rates[(0, orbit), (1, orbit)] = arrival_rps
        rates[(1, orbit), (0, orbit)] = 1.0
        if orbit < 119:
            rates[(1, orbit), (1, orbit + 1)] = arrival_rps
            rates[(0, orbit + 1), (1, orbit)] = retry_rps * (orbit + 1)
    mean = sum(p * orbit for (_, orbit), p in stationary(rates).items())
    assert orbit_mean(arrival_rps, 1, retry_rps) == pytest.approx(mean, rel=1e-9)


def test_retrials_in_another_unit_of_time():
    assert orbit_mean(0.5 / 3, 3, 0.2 / 3) == pytest.approx(orbit_mean(0.5, 1, 0.2))


def test_quick_retrials_wait_like_a_queue():
    assert orbit_mean(0.8, 1, 1e12, scv=4) == pytest.approx(0.8 * mg1_wait_s(0.8, 1, 4))
    assert orbit_mean(1, 1, 1) == math.inf


def test_fork_join_by_its_chain():
    rates, room = {}, 28
    for a in range(room):
        for b in range(room):
            if max(a, b) < room - 1:
                rates[(a, b), (a + 1, b + 1)] = 0.3
            if a:
                rates[(a, b), (a - 1, b)] = 1.0
            if b:
                rates[(a, b), (a, b - 1)] = 1.0
    joining = sum(p * max(state) for state, p in stationary(rates).items())  # parts queue in the same order
    assert fork_join_response_s(0.3, 1) == pytest.approx(joining / 0.3, rel=1e-6)
    assert fork_join_response_s(1, 1) == math.inf


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: mg1_wait_s(1, 1, -0.1), "`scv` must be a finite number of 0 or more: -0.1"),
        (lambda: sharing_response_s(1, 0), "`service_s` must be"),
        (lambda: sharing_response_of_s(-1, 1, 1), "`demand_s` must be"),
        (lambda: PriorityMg1((1, 1), (1,), (1,)), "`arrivals_rps` has 2, `services_s` has 1"),
        (lambda: PriorityMg1((), (), ()), "one value for each class"),
        (lambda: PriorityMg1((1,), (-1,), (1,)), "`service_s` must be"),
        (lambda: mmc_priority_wait_s((), 1, 1), "`classes` must be a whole number of at least 1: 0"),
        (lambda: orbit_mean(1, 1, 0), "`retry_rps` must be"),
        (lambda: fork_join_response_s(-1, 1), "`arrival_rps` must be"),
    ],
)
def test_parameters_out_of_range(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
