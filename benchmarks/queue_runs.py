"""Simulated runs of a portal whose machine is not always the same: a queue, and what befalls runs of the same code.

Arrivals are Poisson, services lognormal with a mean for each step, and those who come first are served first by one of
c servers (Kiefer & Wolfowitz 1955: a service starts when the citizen is there and the first server is free). A run has
a speed of its own, which drifts, and moments in which the machine stands still since somebody else has the processor.
"""

import math
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from models.statistics.course import Course

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SERVICES = (0.5, 0.8, 1.0, 1.2, 1.5)
"""Mean services of the steps, relative to the mean over all; assumed, about as far apart as the stand-in's."""

SERVICE_CV = 0.5
"""Coefficient of variation of a step's services, where nothing was measured; assumed."""

WARM_UP_S = 5.0


@dataclass(frozen=True)
class Effects:
    """How runs of the same code differ.

    `speed` is the standard deviation of the logarithm of a run's speed; `own` is the share of its variance that runs
    side by side do not have in common (the process's, not the hour's). `drift` is the standard deviation of what the
    logarithm gains in a minute (a random walk). The machine stands still `stalls_per_min` times a minute, for as long
    as one of `stalls_s`.
    """

    speed: float = 0.0
    own: float = 1.0
    drift: float = 0.0
    stalls_per_min: float = 0.0
    stalls_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class Load:
    """What a run is asked: arrivals a second, how busy its servers are, how many there are, and for how long.

    `service_cv` is the coefficient of variation of a step's services, which are drawn anew in every run.
    """

    rate: float = 200.0
    utilisation: float = 0.7
    lasts_s: float = 300.0
    servers: int = 1
    service_cv: float = SERVICE_CV


@dataclass(frozen=True, eq=False)
class Demand:
    """Who comes when, and for which step: the same in runs of one scenario and seed."""

    arrivals_s: Floats
    steps: NDArray[np.uint8]

    @classmethod
    def drawn(cls, load: Load, random: np.random.Generator) -> "Demand":
        """Draw the demand of a run, its warm-up included."""
        lasts_s = load.lasts_s + WARM_UP_S
        count = random.poisson(load.rate * lasts_s)
        return cls(
            np.sort(random.uniform(0.0, lasts_s, count)), random.integers(0, len(SERVICES), count).astype(np.uint8)
        )


@dataclass(frozen=True, eq=False)
class Weather:
    """What befalls a machine: the logarithm of how much slower it is, by second, and when it stands still, how long."""

    slower: Floats
    stalls_at_s: Floats
    stalls_s: Floats

    @classmethod
    def drawn(cls, effects: Effects, lasts_s: float, random: np.random.Generator) -> "Weather":
        """Draw the weather of a run of so many seconds after its warm-up, the run's own speed not included."""
        lasts_s += WARM_UP_S
        walk = np.cumsum(random.normal(0.0, effects.drift, math.ceil(lasts_s / 60) + 1))
        slower = np.interp(np.arange(math.ceil(lasts_s) + 1) / 60, np.arange(len(walk)), walk)
        count = random.poisson(effects.stalls_per_min * lasts_s / 60) if effects.stalls_s else 0
        stalls_s = random.choice(np.array(effects.stalls_s or (0.0,)), count)
        return cls(slower - slower.mean(), np.sort(random.uniform(0.0, lasts_s, count)), stalls_s)

    def with_speed(self, slower: float) -> "Weather":
        """Return the same weather on a machine that is slower throughout."""
        return replace(self, slower=self.slower + slower)


@dataclass(frozen=True, eq=False)
class Played:
    """A simulated run: responses in ascending order, the second that each was meant to start in, and its step."""

    responses: Floats
    seconds: Ints
    steps: NDArray[np.uint8]
    lasts_s: float

    def course(self, step: int | None) -> Course:
        """Return the course of a step, or of all."""
        kept = slice(None) if step is None else self.steps == step
        values = self.responses[kept]
        return Course(values, self.seconds[kept], np.ones(len(values), np.int64), math.ceil(self.lasts_s))


def play(load: Load, demand: Demand, weather: Weather, random: np.random.Generator) -> Played:
    """Play a run of a demand in a weather; its services are drawn anew."""
    count = len(demand.arrivals_s)
    sigma = math.sqrt(math.log1p(load.service_cv**2))
    services_s = np.exp(sigma * random.standard_normal(count) - sigma**2 / 2 + weather.slower[_second(demand)])
    services_s *= load.utilisation * load.servers / load.rate / np.mean(SERVICES) * np.array(SERVICES)[demand.steps]
    found = _responses(demand.arrivals_s, services_s, load.servers, weather.stalls_at_s, weather.stalls_s)
    kept = np.searchsorted(demand.arrivals_s, WARM_UP_S)
    order = kept + np.argsort(found[kept:])
    seconds = _second(demand) - int(WARM_UP_S)
    return Played(found[order], seconds[order], demand.steps[order], load.lasts_s)


def _second(demand: Demand) -> Ints:
    return demand.arrivals_s.astype(np.int64)


@numba.njit(cache=True)
def _responses(arrivals_s: Floats, services_s: Floats, servers: int, stalls_at_s: Floats, stalls_s: Floats) -> Floats:
    """Return how long each waits and is served; all servers stand still during a stall."""
    free_s = np.zeros(servers)
    found = np.empty_like(arrivals_s)
    stall = 0
    for number in range(len(arrivals_s)):
        first = np.argmin(free_s)
        start_s = max(arrivals_s[number], free_s[first])
        while stall < len(stalls_at_s) and stalls_at_s[stall] <= start_s:
            for server in range(servers):
                free_s[server] = max(free_s[server], stalls_at_s[stall]) + stalls_s[stall]
            stall += 1
            start_s = max(arrivals_s[number], free_s[first])
        free_s[first] = start_s + services_s[number]
        found[number] = free_s[first] - arrivals_s[number]
    return found
