"""M_t/M/c and M_t/M/c+M: arrivals at a rate that changes, by the differential equations of the number in system.

Source: the forward equations of Kolmogorov, as in Green, Kolesar and Whitt (2007), "Coping with time-varying demand
when setting staffing requirements for a service system", Production and Operations Management 16(1).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from models.theory.ranges import positive, whole

_NEGLIGIBLE = 1e-9
"""Without a limit of room, states are added until the probability of the last one stays below this."""

_SETTLED = 1e-9
"""A periodic regime is reached when a period changes the probabilities by no more than this in sum."""

_MOST_PERIODS = 500
_MOST_STATES = 50_000
"""States that are followed at most; some minutes' work."""


@dataclass(frozen=True)
class Trajectory:
    """The expected state of a station at instants `times_s`, arrays of one shape.

    `wait_probability` is P(N >= c), what an arrival at that instant meets; `in_system` L(t), `backlog` Lq(t).
    """

    times_s: NDArray[np.float64]
    wait_probability: NDArray[np.float64]
    in_system: NDArray[np.float64]
    backlog: NDArray[np.float64]


@dataclass(frozen=True)
class TimeVarying:
    """A station with Poisson arrivals at the rate `arrival_rps(t_s)`, exponential services and, maybe, patience.

    `service_s` is the mean service S, `servers` c, `patience_s` the mean patience of those who wait (infinite: nobody
    leaves), `room` K all places, or None for no limit. With p_n the probability of n in system,

        p_n' = λ(t)·p_{n−1} + d_{n+1}·p_{n+1} − (λ(t) + d_n)·p_n,  d_n = min(n, c)/S + (n − c)⁺/patience

    Exact up to the solver's relative error of 1e-9 and, without a limit of room, a last state below 1e-9.
    Raises ValueError when S or the patience is not above 0, c is below 1 or K below c.
    """

    arrival_rps: Callable[[float], float]
    service_s: float
    servers: int
    patience_s: float = math.inf
    room: int | None = None

    def __post_init__(self) -> None:
        positive(service_s=self.service_s)
        whole(1, servers=self.servers)
        if not self.patience_s > 0.0:
            raise ValueError(f"`patience_s` must be above 0: {self.patience_s}")
        if self.room is not None:
            whole(self.servers, room=self.room)

    def transient(self, times_s: ArrayLike, start: int = 0) -> Trajectory:
        """Return the trajectory at `times_s`, from exactly `start` customers at the first of them.

        The solver takes no step longer than the least gap between the times, so give times as close as λ(t) has
        detail. Raises ValueError when there are fewer than two times, they do not rise, `start` has no room or is
        negative, λ(t) is negative or not finite, or more than 50,000 states matter.
        """
        times = np.asarray(times_s, np.float64)
        if times.size < 2 or not np.all(np.diff(times) > 0.0):
            raise ValueError("`times_s` must be two or more rising instants")
        whole(0, start=start)
        if self.room is not None and start > self.room:
            raise ValueError(f"`start` must not exceed the room for {self.room}: {start}")
        return self._with_enough_states(lambda states: (times, self._follow(times, _only(start, states))), start)

    def periodic(self, period_s: float, points: int = 240) -> Trajectory:
        """Return the trajectory over one period at `points` equally spaced instants from 0, once all periods are alike.

        λ(t) must have that period. A mean over the period is the mean of the values. Raises ValueError as `transient`
        does, when the period is not above 0 or there are fewer than two points, when arrivals are more on average than
        can be served (and nothing limits the backlog), and when 500 periods do not settle it.
        """
        positive(period_s=period_s)
        whole(2, points=points)
        times = np.linspace(0.0, period_s, points + 1)
        mean_rps = float(np.mean([self.arrival_rps(t) for t in times[:-1]]))
        unlimited = self.room is None and math.isinf(self.patience_s)
        if unlimited and mean_rps * self.service_s >= self.servers:
            served_rps = self.servers / self.service_s
            raise ValueError(
                f"the backlog grows for ever: {mean_rps:g}/s arrive and {served_rps:g}/s are served at most"
            )
        return self._with_enough_states(lambda states: (times[:-1], self._settle(times, states)[:-1]), 0)

    def _with_enough_states(
        self, solve: Callable[[int], tuple[NDArray[np.float64], NDArray[np.float64]]], start: int
    ) -> Trajectory:
        """Solve with room for K, or with room doubled until the last state does not matter."""
        if self.room is not None:
            return self._trajectory(*solve(self.room + 1))
        states = 2 * (max(self.servers, start) + 50)
        while states <= _MOST_STATES:
            times, probabilities = solve(states)
            if probabilities[:, -1].max() < _NEGLIGIBLE:
                return self._trajectory(times, probabilities)
            states *= 2
        raise ValueError(f"more than {_MOST_STATES} states matter; take the fluid backlog")

    def _settle(self, times: NDArray[np.float64], states: int) -> NDArray[np.float64]:
        """Follow period after period until one ends as it began."""
        start = _only(0, states)
        for _ in range(_MOST_PERIODS):
            followed = self._follow(times, start)
            if np.abs(followed[-1] - start).sum() < _SETTLED:
                return followed
            start = followed[-1]
        raise ValueError(f"{_MOST_PERIODS} periods do not settle the backlog; the load is too close to the servers")

    def _follow(self, times: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probabilities at all times, shape (times, states), from those at the first."""
        n = np.arange(1, start.size)
        deaths = np.minimum(n, self.servers) / self.service_s + np.maximum(n - self.servers, 0) / self.patience_s

        def change(t: float, p: NDArray[np.float64]) -> NDArray[np.float64]:
            up = self._rate(t) * p[:-1] - deaths * p[1:]
            return np.concatenate((-up[:1], up[:-1] - up[1:], up[-1:]))

        solved = solve_ivp(
            change, (times[0], times[-1]), start, "LSODA", times,
            rtol=1e-9, atol=1e-13, max_step=float(np.diff(times).min()), lband=1, uband=1,
        )  # fmt: skip
        if not solved.success:
            raise ValueError(f"the solver gave up: {solved.message}")
        return np.asarray(solved.y.T, np.float64)

    def _rate(self, t_s: float) -> float:
        rate = self.arrival_rps(t_s)
        if not (rate >= 0.0 and math.isfinite(rate)):
            raise ValueError(f"`arrival_rps` must be a finite number of 0 or more: {rate} at {t_s:g} s")
        return rate

    def _trajectory(self, times: NDArray[np.float64], probabilities: NDArray[np.float64]) -> Trajectory:
        n = np.arange(probabilities.shape[1])
        return Trajectory(
            times,
            probabilities[:, self.servers :].sum(axis=1),
            probabilities @ n,
            probabilities @ np.maximum(n - self.servers, 0),
        )


def _only(n: int, states: int) -> NDArray[np.float64]:
    """Return the distribution that is surely n, shape (states,)."""
    return np.asarray(np.eye(1, states, n)[0], np.float64)
