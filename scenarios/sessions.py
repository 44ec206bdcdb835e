"""The session stream of a scenario: who starts which journey when, the same for swarm and forecast."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from models.draws import stream, uniforms
from models.schedule import Schedule
from scenarios.scenario import Scenario


@dataclass(frozen=True)
class Session:
    """One planned first visit: its number, instant, citizen's number and the index of its journey."""

    number: int
    instant_ns: int
    citizen: int
    journey: int


class Sessions:
    """The sessions of one replication of a scenario, reached directly by window; nothing is stored."""

    def __init__(self, scenario: Scenario, *, replication: int = 0, scale: float = 1.0, warp: float = 1.0) -> None:
        seed = scenario.file.seed
        self.schedule = Schedule(scenario.file.arrivals.profile(), seed, replication, scale, warp)
        self._citizens = int(scenario.file.population.value)
        self._bounds = np.array(tuple(accumulate(scenario.shares))[:-1])
        self._citizen_key = stream(seed, replication, "session/citizen")
        self._journey_key = stream(seed, replication, "session/journey")

    @property
    def duration_s(self) -> float:
        """The length of the played schedule in seconds."""
        return self.schedule.duration_s

    def window(self, from_s: float, to_s: float) -> Iterator[Session]:
        """Yield the sessions planned in `[from_s, to_s)` of played time, in order of their instants."""
        numbers, instants = self.schedule.window(from_s, to_s)
        citizens = np.floor(self._uniforms(self._citizen_key, numbers) * self._citizens).astype(np.int64)
        journeys = np.searchsorted(self._bounds, self._uniforms(self._journey_key, numbers), side="right")
        columns = (numbers.tolist(), instants.tolist(), citizens.tolist(), journeys.tolist())
        for number, instant, citizen, journey in zip(*columns, strict=True):
            yield Session(number, instant, citizen, journey)

    @staticmethod
    def _uniforms(key: int, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return uniforms(key, numbers, np.zeros_like(numbers))
