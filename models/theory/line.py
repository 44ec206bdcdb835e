"""A saturated line: single servers one behind the other, buffers between them, blocking after service.

The first station always has work. Who ends a service while the next station and its buffer are full stays and blocks
its server. Source: Hunt (1956), "Sequential arrays of waiting lines", Operations Research 4(6).
"""

from itertools import count

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from models.theory.ranges import positive, whole

_MOST_STATES = 50_000
"""States that are solved at most, some seconds' work."""


def line_throughput_rps(services_s: tuple[float, ...], buffers: tuple[int, ...]) -> float:
    """Return the throughput of a saturated line of exponential servers, in steady state, from its Markov chain.

    `services_s` are the K mean services, `buffers` the K − 1 buffers between stations, servers' places not counted. For
    two like stations it is (b + 2)/(b + 3)/S. Raises ValueError when a service is not above 0, a buffer is negative,
    their numbers do not fit, or there are more than 50,000 states.
    """
    whole(1, stations=len(services_s))
    if len(buffers) != len(services_s) - 1:
        raise ValueError(f"`buffers` must be one fewer than the services: {len(buffers)} for {len(services_s)}")
    for service_s in services_s:
        positive(service_s=service_s)
    for buffer in buffers:
        whole(0, buffer=buffer)
    if not buffers:
        return 1.0 / services_s[0]
    return _solved(services_s, buffers)


def _moves(state: tuple[int, ...], buffers: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """Return (station that ends a service, next state) of each station at work.

    The state has the customers that stations 2, 3, … have yet to finish, he who blocks the station before included. A
    station is blocked when the next one has all it can: its buffer, its server unless blocked itself, and one more.
    """
    blocked, moves = False, []
    for station in range(len(state), -1, -1):
        if not blocked and (station == 0 or state[station - 1] > 0):
            after = list(state)
            if station > 0:
                after[station - 1] -= 1
            if station < len(state):
                after[station] += 1
            moves.append((station, tuple(after)))
        if station > 0:
            blocked = state[station - 1] == buffers[station - 1] + 2 - blocked
    return moves


def _solved(services_s: tuple[float, ...], buffers: tuple[int, ...]) -> float:
    """Explore the states from an empty line, and solve p·Q = 0, Σ p = 1."""
    start = (0,) * len(buffers)
    numbers, order, rows = {start: 0}, [start], []
    for number in count():
        if number == len(order):
            break
        for station, after in _moves(order[number], buffers):
            if after not in numbers:
                if len(order) == _MOST_STATES:
                    raise ValueError(f"`buffers` make more than {_MOST_STATES} states: {buffers}")
                numbers[after] = len(order)
                order.append(after)
            rows.append((number, numbers[after], 1.0 / services_s[station]))
    source, target, rate = (np.array(column) for column in zip(*rows, strict=True))
    leaving = np.bincount(source, rate, len(order))
    inner = target != len(order) - 1  # the last balance equation gives way to Σ p = 1
    diagonal = np.arange(len(order) - 1)
    everywhere = np.arange(len(order))
    values = np.concatenate((rate[inner], -leaving[:-1], np.ones(len(order))))
    at = (
        np.concatenate((target[inner], diagonal, np.full(len(order), len(order) - 1))),
        np.concatenate((source[inner], diagonal, everywhere)),
    )
    matrix = coo_array((values, at), shape=(len(order), len(order))).tocsc()
    shares = spsolve(matrix, np.eye(1, len(order), len(order) - 1)[0])
    busy = np.array([state[-1] > 0 for state in order])
    return float(shares[busy].sum()) / services_s[-1]
