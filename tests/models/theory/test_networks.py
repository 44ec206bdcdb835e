"""Closed networks and lines: against Markov chains solved numerically, against each other, between their bounds."""

from itertools import product

import numpy as np
import pytest

from models.theory.bounds import asymptotic, balanced_job
from models.theory.closed import convolution, mva
from models.theory.line import line_throughput_rps
from models.theory.trace import departures


def solved(states, rates):
    """Return the steady state of the chain whose moves out of a state are (next state, rate)."""
    index = {state: i for i, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for state in states:
        for after, rate in rates(state):
            generator[index[state], index[after]] += rate
            generator[index[state], index[state]] -= rate
    generator[:, 0] = 1.0
    return np.linalg.solve(generator.T, np.eye(len(states))[0])


def closed_chain(population, demands_s, servers, think_s):
    """Return X and Q_i of thinkers who visit two stations in turn, from their chain."""
    states = [(a, b) for a, b in product(range(population + 1), repeat=2) if a + b <= population]

    def rates(state):
        a, b = state
        if a + b < population:
            yield (a + 1, b), (population - a - b) / think_s
        if a:
            yield (a - 1, b + 1), min(a, servers[0]) / demands_s[0]
        if b:
            yield (a, b - 1), min(b, servers[1]) / demands_s[1]

    shares = solved(states, rates)
    queues = [sum(p * state[i] for state, p in zip(states, shares, strict=True)) for i in (0, 1)]
    return (population - sum(queues)) / think_s, queues


def test_mva_against_the_chain():
    throughput_rps, queues = closed_chain(7, (0.8, 1.1), (1, 1), 4.0)
    closed = mva(7, (0.8, 1.1), 4.0)
    assert closed.throughput_rps == pytest.approx(throughput_rps, rel=1e-12)
    assert closed.in_system == pytest.approx(queues, rel=1e-12)
    assert closed.response_s == pytest.approx(7 / throughput_rps - 4.0, rel=1e-12)


def test_convolution_against_the_chain():
    throughput_rps, queues = closed_chain(8, (1.5, 1.1), (3, 2), 2.0)
    closed = convolution(8, (1.5, 1.1), (3, 2), 2.0)
    assert closed.throughput_rps == pytest.approx(throughput_rps, rel=1e-12)
    assert closed.in_system == pytest.approx(queues, rel=1e-12)


@pytest.mark.parametrize(("population", "think_s"), [(1, 0.0), (3, 0.0), (40, 30.0), (1000, 2000.0), (1000, 0.0)])
def test_convolution_of_single_servers_is_mva(population, think_s):
    demands_s = (0.5, 2.0, 1.9)
    one, other = mva(population, demands_s, think_s), convolution(population, demands_s, (1, 1, 1), think_s)
    assert one.throughput_rps == pytest.approx(other.throughput_rps, rel=1e-9)
    assert one.responses_s == pytest.approx(other.responses_s, rel=1e-9)


def test_convolution_of_very_many_servers_only_delays():
    closed = convolution(900, (30.0, 1.0), (2000, 1000), 10.0)
    assert closed.throughput_rps == pytest.approx(900 / 41, rel=1e-9)
    assert closed.responses_s == pytest.approx((30.0, 1.0), rel=1e-9)


@pytest.mark.parametrize("population", [1, 2, 5, 10, 25, 100])
@pytest.mark.parametrize("think_s", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("bounds", [asymptotic, balanced_job])
def test_bounds_hold_the_exact_value_between_them(population, think_s, bounds):
    closed, bound = mva(population, (1.0, 2.0, 0.4), think_s), bounds(population, (1.0, 2.0, 0.4), think_s)
    slack = 1 + 1e-12
    assert bound.least_throughput_rps <= closed.throughput_rps * slack
    assert closed.throughput_rps <= bound.most_throughput_rps * slack
    assert bound.least_response_s <= closed.response_s * slack
    assert closed.response_s <= bound.most_response_s * slack


def test_balanced_bounds_are_tighter_and_meet_in_a_balanced_network():
    wide, narrow = asymptotic(10, (1.0, 2.0, 0.4), 5.0), balanced_job(10, (1.0, 2.0, 0.4), 5.0)
    assert wide.least_throughput_rps < narrow.least_throughput_rps
    assert narrow.most_throughput_rps <= wide.most_throughput_rps
    even, exact = balanced_job(10, (1.0, 1.0)), mva(10, (1.0, 1.0))
    assert even.least_throughput_rps == pytest.approx(exact.throughput_rps)
    assert even.most_throughput_rps == pytest.approx(exact.throughput_rps)


def test_two_like_stations_in_line_in_closed_form():
    assert [line_throughput_rps((0.5, 0.5), (b,)) for b in range(6)] == pytest.approx(
        [2 * (b + 2) / (b + 3) for b in range(6)], rel=1e-12
    )


def test_a_line_reads_the_same_from_behind():
    # Muth (1979), "The reversibility property of production lines", Management Science 25(2).
    forth, back = line_throughput_rps((1.0, 0.7, 1.3), (0, 2)), line_throughput_rps((1.3, 0.7, 1.0), (2, 0))
    assert forth == pytest.approx(back, rel=1e-12)
    assert line_throughput_rps((1.0, 0.7, 1.3), (0, 1)) < forth


def test_one_station_always_works_and_great_buffers_leave_the_slowest():
    assert line_throughput_rps((0.5,), ()) == 2.0
    assert line_throughput_rps((0.5, 1.0), (60,)) == pytest.approx(1.0, rel=1e-9)


def test_four_stations_without_buffers():
    # Hunt (1956) prints 0.5148.
    assert f"{line_throughput_rps((1, 1, 1, 1), (0, 0, 0)):.4f}" == "0.5148"


def test_a_trace_of_one_server():
    assert departures((0.0, 0.5, 9.0), (2.0, 1.0, 1.0), 1) == (2.0, 3.0, 10.0)
    assert departures((-3.0, -2.0), (0.5, 0.5), 1) == (-2.5, -1.5)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: mva(0, (1,)), "`population` must be a whole number of at least 1: 0"),
        (lambda: mva(1, ()), "`stations` must be a whole number of at least 1: 0"),
        (lambda: mva(1, (0,)), "`demand_s` must be a finite number above 0: 0"),
        (lambda: mva(1, (1,), -1), "`think_s` must be a finite number of 0 or more: -1"),
        (lambda: convolution(1, (1,), (1, 1)), "`demands_s` has 1, `servers` has 2"),
        (lambda: convolution(1, (1,), (0,)), "`servers` must be"),
        (lambda: asymptotic(0, (1,)), "`population` must be"),
        (lambda: balanced_job(0, (1,)), "`population` must be"),
        (lambda: line_throughput_rps((), ()), "`stations` must be"),
        (lambda: line_throughput_rps((1, 1), ()), "`buffers` must be one fewer than the services: 0 for 2"),
        (lambda: line_throughput_rps((1, 1), (-1,)), "`buffer` must be a whole number of at least 0: -1"),
        (lambda: line_throughput_rps((1, 1), (10**6,)), "more than 50000 states"),
        (lambda: departures((1, 0), (1, 1), 1), "`arrivals_s` must be in order of time"),
        (lambda: departures((1,), (1, 1), 1), "`arrivals_s` has 1, `services_s` has 2"),
        (lambda: departures((), (), 1), "one value for each"),
    ],
)
def test_parameters_out_of_range(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
