"""A case of queueing theory as a network, played by any engine, and what is measured of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.draws import stream, uniforms
from models.engines.batch import Batch, Records
from models.engines.choice import choose, simulate
from models.history import History, StationHistory
from models.journeys import Journey, Walk
from models.laws import Exponential
from models.network import Network, Outcome, Visit

S = 10**9
PARTS = 10
"""A run is this many intervals; the first is warm-up, the last cool-down."""

Arrivals = Callable[[int, int, int], Iterable[Batch]]
"""The sessions of a seed and a replication before an instant in ns."""


@dataclass(frozen=True)
class Played:
    """One replication: each step's end, sorted by session and step, and the stations' histories.

    Means are over the run without its first and last interval, of steps by the instant at which they were meant.
    """

    network: Network
    seed: int
    replication: int
    until_ns: int
    records: Records
    history: History

    @property
    def from_ns(self) -> int:
        return self.until_ns // PARTS

    @property
    def to_ns(self) -> int:
        return self.until_ns - self.from_ns

    @cached_property
    def chosen(self) -> Records:
        """The steps that were meant after the warm-up and before the cool-down."""
        meant_ns = self.records.intended_ns
        inside = (meant_ns >= self.from_ns) & (meant_ns < self.to_ns)
        return Records(*(column[inside] for column in self.records))

    @cached_property
    def responses_s(self) -> NDArray[np.float64]:
        """Response times of the steps that were served."""
        assert not (self.chosen.outcome == Outcome.UNFINISHED).any(), "the cool-down is too short"
        served = self.chosen.outcome == Outcome.OK
        return (self.chosen.end_ns - self.chosen.intended_ns)[served] / S

    @cached_property
    def waits_s(self) -> NDArray[np.float64]:
        """Waits at the only station, whose services are exponential: responses less the services drawn.

        To within some nanoseconds, since NumPy's logarithm is not that of the engines.
        """
        [(visit,)] = self.network.programs.values()
        assert isinstance(visit, Visit)
        assert isinstance(visit.law, Exponential)
        key = stream(self.seed, self.replication, f"{visit.purpose}/time")
        services_s = -visit.law.mean_s * np.log(uniforms(key, self.chosen.session, 0))
        return self.responses_s - services_s

    def waiting_share(self) -> float:
        """Return the share of steps that wait."""
        return float((self.waits_s > 1e-6).mean())

    def responses_of_s(self, step: str) -> NDArray[np.float64]:
        """Response times of one step."""
        return self.responses_s[self.chosen.step == list(self.network.programs).index(step)]

    def share(self, outcome: Outcome) -> float:
        """Return the share of steps that ended so."""
        return float((self.chosen.outcome == outcome).mean())

    def backlog(self, station: int = 0) -> float:
        """Return the mean number waiting."""
        return self._station(station).backlog(self.from_ns, self.to_ns)

    def busy(self, station: int = 0) -> float:
        """Return the mean number of busy servers."""
        return self._station(station).utilisation(self.from_ns, self.to_ns) * self._station(station).servers

    def at_station(self, station: int = 0) -> float:
        """Return the mean number waiting and in service."""
        return self.backlog(station) + self.busy(station)

    def throughput_rps(self, station: int = 0) -> float:
        """Return the services that ended, per second."""
        ended = sum(i.departures for i in self._station(station).intervals if self.from_ns <= i.start_ns < self.to_ns)
        return ended / (self.to_ns - self.from_ns) * S

    def in_system(self) -> float:
        """Return the mean number of steps in progress."""
        begin_ns = np.maximum(self.records.intended_ns, self.from_ns)
        end_ns = np.minimum(self.records.end_ns, self.to_ns)
        return float(np.maximum(end_ns - begin_ns, 0).sum()) / (self.to_ns - self.from_ns)

    def in_system_at(self, instants_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of steps in progress at instants."""
        begun_ns, ended_ns = self._sorted_ns
        instants_ns = instants_s * S
        begun = np.searchsorted(begun_ns, instants_ns, side="right")
        return begun - np.searchsorted(ended_ns, instants_ns, side="right")

    @cached_property
    def _sorted_ns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.sort(self.records.intended_ns), np.sort(self.records.end_ns)

    def _station(self, station: int) -> StationHistory:
        return self.history.stations[station]


@dataclass(frozen=True)
class Case:
    """A network, the journeys through it, and who arrives."""

    network: Network
    journeys: tuple[Journey, ...]
    arrivals: Arrivals

    def play(self, seed: int, replication: int, until_s: float, engine: str = "auto") -> Played:
        """Play one replication by an engine; `auto` is the fastest that applies."""
        interval_ns = round(until_s * S / PARTS)
        until_ns = PARTS * interval_ns
        walk, keeper = Walk(self.journeys, seed, replication), Keeper(tuple(self.network.programs))
        arrivals = self.arrivals(seed, replication, until_ns)
        chosen = choose(self.network, self.journeys, engine)
        history = simulate(chosen, self.network, arrivals, walk, until_ns, keeper, interval_ns)
        return Played(self.network, seed, replication, until_ns, keeper.records(), history)


class Keeper:
    """An observer that keeps every step's end."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = {name: place for place, name in enumerate(names)}
        self._rows: list[tuple[int, ...]] = []
        self._parts: list[Records] = []

    def session(self, instant_ns: int) -> None:
        pass

    def offered(self, step: str, intended_ns: int) -> None:
        pass

    def step(
        self,
        step: str,
        outcome: str,
        session: int,
        ordinal: int,
        intended_ns: int,
        sent_ns: int,  # noqa: ARG002 - the engine's protocol
        end_ns: int,
        visit: int = 1,
    ) -> None:
        ended = Outcome[outcome.upper()]
        self._rows.append((self._names[step], ended, session, ordinal, visit, intended_ns, end_ns))

    def steps(self, names: Iterable[str], records: Records) -> None:
        assert list(names) == list(self._names)
        self._parts.append(Records(*(column.copy() for column in records)))

    def records(self) -> Records:
        """Return all that was told, sorted by session and step."""
        told = [*self._parts, Records(*np.array(self._rows, np.int64).reshape(-1, 7).T)]
        columns = [np.concatenate(column).astype(np.int64) for column in zip(*told, strict=True)]
        order = np.lexsort((columns[3], columns[2]))
        return Records(*(column[order] for column in columns))
