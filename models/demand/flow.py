"""A flow: a schedule, and for each of its sessions the citizen, the place, the procedure and the journey.

A session's number is (flow << 37) | number in the schedule; it is below 2^44, as the engines need it. Nothing is
stored: every column is a function of seed, replication and number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.demand.bursts import LONGEST, Bursts
from models.demand.choice import Choice, pick
from models.draws import stream, uniform
from models.kernel import kernel
from models.schedule import BLOCK, Schedule

NUMBER_BITS = 37
FLOWS = 1 << (44 - NUMBER_BITS)
"""How many flows have a number."""

GREATEST = (1 << (NUMBER_BITS - 20)) * BLOCK
"""How many sessions (or bursts) a flow may expect: 134 million."""


@dataclass(frozen=True)
class Columns:
    """Sessions as columns of equal length, in order of instant.

    `commune` and `procedure` are indices into the lists that the flow was made with, `procedure` −1 where the flow
    names none; `journey` is an index into the scenario's journeys, `flow` the flow's number.
    """

    number: NDArray[np.int64]
    instant_ns: NDArray[np.int64]
    citizen: NDArray[np.int64]
    commune: NDArray[np.int32]
    procedure: NDArray[np.int32]
    journey: NDArray[np.int32]
    flow: NDArray[np.int32]

    def part(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> "Columns":
        """Return the sessions at these places, or those marked, in their order."""
        return Columns(**{name: getattr(self, name)[places] for name in Columns.__annotations__})


@dataclass(frozen=True)
class Residents:
    """Who lives where: `first` citizen of each commune, with one entry more for the nation's total.

    Citizens' numbers run by commune; every commune has at least one. `guide` is the commune of the first citizen of
    each of as many equal slices of the nation as it has communes.
    """

    first: NDArray[np.int64]
    guide: NDArray[np.int64]

    @classmethod
    def of(cls, people: ArrayLike) -> "Residents":
        """Lay out communes of so many people one after the other."""
        first = np.concatenate([[0], np.cumsum(np.asarray(people, np.int64))])
        communes = first.size - 1
        begins = np.arange(communes) * first[-1] // communes
        return cls(first, np.searchsorted(first, begins, side="right") - 1)

    @property
    def total(self) -> int:
        """Return the people of the nation."""
        return int(self.first[-1])


@dataclass(frozen=True)
class Mix:
    """What a flow's sessions are: journeys; communes (None: every citizen equally); procedures given the commune.

    `journeys` are indices, and `shares` the cumulative share of each. `procedures` holds cumulative shares in a row
    for each commune, or in one row for all; it is None where no procedure is named.
    """

    shares: NDArray[np.float64]
    journeys: NDArray[np.int32]
    commune: Choice | None = None
    procedures: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Flow:
    """One of the streams whose sum is a scenario's demand."""

    index: int
    name: str
    assisted: bool
    schedule: Schedule | Bursts
    mix: Mix
    residents: Residents

    @property
    def expected(self) -> float:
        """Return the mean number of sessions."""
        return self.schedule.expected

    def columns(self, from_s: float, to_s: float) -> Columns:
        """Return the sessions with from_s <= instant < to_s."""
        own, instants = self.schedule.window(from_s, to_s)
        number = own + (self.index << NUMBER_BITS)
        citizen = np.empty(own.size, np.int64)
        commune, procedure, journey = (np.empty(own.size, np.int32) for _ in range(3))
        mix = self.mix
        group = LONGEST if isinstance(self.schedule, Bursts) else 1
        if mix.commune is None:
            _anybody(self._key("citizen"), number, self.residents.first, self.residents.guide, citizen, commune)
        else:
            _communes(self._key("commune"), number, group, mix.commune.cumulative, mix.commune.guide, commune)
            _inhabitants(self._key("citizen"), number, self.residents.first, commune, citizen)
        _journeys(self._key("journey"), number, mix.shares, mix.journeys, journey)
        if mix.procedures is None:
            procedure[:] = -1
        else:
            _procedures(self._key("procedure"), number, commune, mix.procedures, procedure)
        flow = np.full(own.size, self.index, np.int32)
        return Columns(number, instants, citizen, commune, procedure, journey, flow)

    def _key(self, what: str) -> int:
        schedule = self.schedule.starts if isinstance(self.schedule, Bursts) else self.schedule
        return stream(schedule.seed, schedule.replication, f"session/{what}")


def merged(parts: list[Columns]) -> Columns:
    """Put the sessions of several flows in order of instant, then number."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Columns.__annotations__}
    order = np.argsort(columns["instant_ns"], kind="stable")
    return Columns(**{name: column[order] for name, column in columns.items()})


Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]
Floats = NDArray[np.float64]


@kernel
def _anybody(key: int, number: Integers, first: Integers, guide: Integers, citizen: Integers, commune: Shorts) -> None:
    """Draw a citizen of the nation, all equally likely, and find the commune."""
    total = first[-1]
    for i in range(number.size):
        one = int(uniform(key, number[i], 0) * total)
        place = int(guide[int(one * guide.size // total)])
        while first[place + 1] <= one:
            place += 1
        citizen[i] = one
        commune[i] = place


@kernel
def _communes(key: int, number: Integers, group: int, cumulative: Floats, guide: Integers, commune: Shorts) -> None:
    """Draw the commune of each session; the sessions of a burst share the draw."""
    for i in range(number.size):
        commune[i] = pick(cumulative, guide, uniform(key, number[i] - number[i] % group, 0))


@kernel
def _inhabitants(key: int, number: Integers, first: Integers, commune: Shorts, citizen: Integers) -> None:
    """Draw a citizen of each session's commune."""
    for i in range(number.size):
        begin, end = first[commune[i]], first[commune[i] + 1]
        citizen[i] = begin + np.int64(uniform(key, number[i], 0) * (end - begin))


@kernel
def _journeys(key: int, number: Integers, cumulative: Floats, journeys: Shorts, journey: Shorts) -> None:
    for i in range(number.size):
        u, at = uniform(key, number[i], 0), 0
        while at < cumulative.size - 1 and cumulative[at] <= u:
            at += 1
        journey[i] = journeys[at]


@kernel
def _procedures(key: int, number: Integers, commune: Shorts, cumulative: Floats, procedure: Shorts) -> None:
    """Draw a procedure by the shares of the session's commune, or by the only row of shares."""
    for i in range(number.size):
        u = uniform(key, number[i], 0)
        row = cumulative[commune[i] if cumulative.shape[0] > 1 else 0]
        low, high = 0, row.size - 1
        while low < high:
            middle = (low + high) // 2
            if row[middle] <= u:
                low = middle + 1
            else:
                high = middle
        procedure[i] = low
