"""A machine: a network and a walk lowered to one array of words that compiled engines interpret.

Everything has an address, the index of its first word; address 0 is none. Columns are named below: `words[visit +
STATION]` is the address of a visit's station. Numbers with a fraction stand as their bits: read them through
`words.view(float64)`.

| at | what |
|---|---|
| `HEADER` words from 0 | settings of the whole, at the addresses named below; the rest of them is for the engine |
| stations | `STATION_WORDS` each, in the network's order from `FIRST_STATION` on; from `STATE` on for the engine |
| operations | `OPERATION_WORDS` each, one after the other as they are played; bodies of blocks stand apart |
| steps | `STEP_WORDS` each, a journey's one after the other; `words[words[JOURNEYS] + j]` is journey j's first |
| families, limits, changes, scalers, jobs | rows of the columns named below |
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.changes import changes_of
from models.draws import stream
from models.journeys import Walk
from models.kernel import inlined
from models.law_kernel import LawTable
from models.law_table import flat
from models.laws import Law
from models.network import Again, Block, Body, Choice, Delay, Hold, Network, NetworkStation, Transfer, Visit

HEADER = 128

(
    NONE,
    FIRST_STATION,
    STATIONS,
    JOURNEYS,
    CHANGES,
    CHANGE_COUNT,
    SCALERS,
    SCALER_COUNT,
    JOB_TABLE,
    JOB_COUNT,
    LIMITS,
    LIMIT_COUNT,
    BANDWIDTH_LAW,
    BANDWIDTH_KEY,
    RELOAD,
    COME_BACK,
    BUCKET_NS,
    BURST,
    ROOM,
    ROOM_LIMIT,
    ENGINE,
) = range(21)
"""Addresses in the header. Laws are rows of the law table, −1 for none; tables follow at their addresses."""

STATION_WORDS = 64
FCFS, SHARING, PRIORITY, POOL = range(4)
(INDEX, DISCIPLINE, SERVERS, SPACE, FAILS, BREAKS_AT, OPEN_NS, CHANGING, STATE) = range(9)
"""Of a station; `SPACE` for how many may wait (`ENDLESS`: any number), `BREAKS_AT` 0 without a breaker.

`CHANGING` tells whether its number of servers may change (a schedule, a fault or an autoscaler).
"""
ENDLESS = 1 << 62

OPERATION_WORDS = 16
VISIT, DELAY, TRANSFER, HOLD, RELEASE_HOLD, CHOICE, JUMP, BLOCK, END = range(9)
(
    KIND,
    NUMBER,
    OUTER,
    PLACE,
    FAMILY,
    LAW,
    KEY,
    LIMIT,
    PRIORITY_OF,
    COUNT,
    TABLE,
    TRIES,
    FACTOR,
    FAILS_KEY,
    NEXT,
    CANCEL,
) = range(16)
"""Of an operation.

`OUTER` is the innermost hold around it in its body; `PLACE` the station, or the first of a family; `LIMIT` the limit
of its wait or its tries; `KEY` that of its time, choice or backoff; `NEXT` where a choice or a jump leads to. `TABLE`
holds `COUNT` pairs (cumulative share, address) of a choice, or `COUNT` addresses of a block's bodies.
"""

STEP_WORDS = 16
(NAME, LIMIT_NS, PROGRAM, THINK_LAW, THINK_KEY, FOLLOWING_KEY, BRANCHES, BRANCH_TABLE, WATCH) = range(9)
"""Of a step; the table holds pairs (cumulative probability, address of the next step or 0), `WATCH` its limit, if
any."""

FAMILY_WORDS = 4
(MEMBERS, SHARES, SHARE_TABLE, SHARE_KEY) = range(4)
"""Of a family; without `SHARES` (their number) the province picks."""

LIMIT_WORDS = 8
(LENGTH_NS, LIMIT_STATE) = range(2)
"""Of a limit: all waits and tries of the same greatest length have one; the rest is for the engine."""

CHANGE_WORDS = 8
(AT_NS, CHANGED, TO_SERVERS, TO_LEFT, TO_PACE, TO_FAILS, TO_DOWN) = range(7)
"""Of a change of a station: rows sorted by (instant, station)."""

SCALER_WORDS = 32
(SCALED, WINDOW_NS, UP, DOWN, BY, LEAST, MOST, COOLDOWN_NS, START_UP_NS, SCALER_STATE) = range(10)
"""Of an autoscaler."""

JOBS = 1 << 44
"""The first session number of bulk jobs; sessions are below."""

JOB_WORDS = 8
(JOB_PROGRAM, PAUSE_LAW, PAUSE_KEY, FROM_NS, TO_NS, ROUNDS, WORKERS, FIRST_NUMBER) = range(8)
"""Of a bulk job; `ROUNDS` −1 without a limit."""

AGAIN_WORDS = 5
(AGAIN_TIMES, AGAIN_PROBABILITY, AGAIN_LAW, AGAIN_CHANCE_KEY, AGAIN_WAIT_KEY) = range(5)
"""Of a reload or a return."""


class Machine(NamedTuple):
    """A network and a walk, lowered; `names` are the steps' names that `words[step + NAME]` are indices of."""

    words: NDArray[np.int64]
    laws: LawTable
    names: tuple[str, ...]


@inlined
def pick(reals: NDArray[np.float64], table: int, count: int, u: float) -> int:
    """Return which of `count` pairs (cumulative share, anything) u falls into; `count` where none."""
    at = 0
    while at < count and u >= reals[table + 2 * at]:
        at += 1
    return at


def lower(network: Network, walk: Walk, until_ns: int) -> Machine:
    """Lower a network, with the think times, branches and draws of a walk, for a run that ends at `until_ns`."""
    return _Lowering(network, walk, until_ns).machine()


class _Lowering:
    """The words while they are being written."""

    def __init__(self, network: Network, walk: Walk, until_ns: int) -> None:
        self._network, self._walk, self._until_ns = network, walk, until_ns
        self._words = [0] * HEADER
        self._laws: list[Law] = []
        self._limits: dict[int, int] = {}
        self._names = tuple(network.programs)

    def machine(self) -> Machine:
        words = self._words
        words[LIMITS] = self._room_for_limits()
        words[STATIONS] = len(self._network.stations)
        words[FIRST_STATION] = self._row(STATION_WORDS * len(self._network.stations))
        for index, station in enumerate(self._network.stations):
            self._fill(self._station(index), self._station_row(index, station))
        self._families = [self._family(index) for index in range(len(self._network.families))]
        programs = {step: self._body(body, 0) for step, body in self._network.programs.items()}
        self._steps(programs)
        self._citizens()
        self._changes()
        self._scalers()
        self._jobs()
        words[LIMIT_COUNT] = len(self._limits)
        return Machine(np.array(words, np.int64), flat(self._laws), self._names)

    def _row(self, size: int) -> int:
        """Add so many words and return the address of the first; rows begin with a cache line's share of 8 words."""
        address = len(self._words)
        self._words += [0] * (-(-size // 8) * 8)
        return address

    def _fill(self, address: int, values: dict[int, int]) -> None:
        for column, value in values.items():
            self._words[address + column] = value

    def _key(self, purpose: str) -> int:
        return stream(self._walk.seed, self._walk.replication, purpose)

    def _law(self, law: Law | None) -> int:
        if law is None:
            return -1
        self._laws.append(law)
        return len(self._laws) - 1

    def _room_for_limits(self) -> int:
        """Lay down one row for each different length of a wait, a try or a watched step."""
        lengths = sorted(set(_lengths(self._network)))
        first = self._row(LIMIT_WORDS * len(lengths))
        for place, length_ns in enumerate(lengths):
            self._limits[length_ns] = first + LIMIT_WORDS * place
            self._words[self._limits[length_ns] + LENGTH_NS] = length_ns
        return first

    def _limit(self, length_ns: int | None) -> int:
        return 0 if length_ns is None else self._limits[length_ns]

    def _station(self, index: int) -> int:
        return self._words[FIRST_STATION] + STATION_WORDS * index

    def _station_row(self, index: int, station: NetworkStation) -> dict[int, int]:
        return {
            INDEX: index,
            DISCIPLINE: ("fcfs", "sharing", "priority", "pool").index(station.discipline),
            SERVERS: station.servers,
            SPACE: ENDLESS if station.queue is None else station.queue,
            FAILS: _bits(1.0 - (1.0 - station.fails)),
            BREAKS_AT: station.breaker.failures if station.breaker else 0,
            OPEN_NS: station.breaker.open_ns if station.breaker else 0,
        }

    def _family(self, index: int) -> int:
        family = self._network.families[index]
        shares = family.shares or ()
        address = self._row(FAMILY_WORDS)
        table = self._pairs([(share, place) for place, share in enumerate(shares)])
        key = self._key(f"family/{family.name}")
        self._fill(address, {MEMBERS: family.members, SHARES: len(shares), SHARE_TABLE: table, SHARE_KEY: key})
        return address

    def _pairs(self, pairs: list[tuple[float, int]]) -> int:
        address = self._row(2 * len(pairs))
        for place, (share, value) in enumerate(pairs):
            self._fill(address + 2 * place, {0: _bits(share), 1: value})
        return address

    def _body(self, body: Body, outer: int) -> int:
        """Write a body that is played by a thread of its own, with its end; return the address of its start.

        Bodies of blocks in it are written behind it, since operations that follow each other stand in a row.
        """
        rows: list[dict[int, int]] = []
        blocks: list[tuple[int, Block]] = []
        self._lay(body, outer, rows, blocks)
        rows.append({KIND: END})
        first = self._row(OPERATION_WORDS * len(rows))
        for place, row in enumerate(rows):
            address = first + OPERATION_WORDS * place
            # Inside a body, addresses are counted in rows until it has a place.
            for column in (OUTER, NEXT):
                if column in row:
                    row[column] = first + OPERATION_WORDS * row[column]
            self._fill(address, row)
            if row[KIND] == CHOICE:
                for pair in range(row[COUNT]):
                    at = row[TABLE] + 2 * pair + 1
                    self._words[at] = first + OPERATION_WORDS * self._words[at]
        for place, block in blocks:
            table = self._words[first + OPERATION_WORDS * place + TABLE]
            for nth, inner in enumerate(block.bodies):
                self._words[table + nth] = self._body(inner, 0)
        return first

    def _lay(self, body: Body, outer: int | None, rows: list[dict[int, int]], blocks: list[tuple[int, Block]]) -> None:
        """Append the rows of a body that is played in place; `outer` is the row of the hold around it."""
        for operation in body:
            row: dict[int, int] = {NUMBER: operation.number}
            if outer:
                row[OUTER] = outer - 1
            if isinstance(operation, Visit | Delay | Transfer):
                rows.append(row | self._timed(operation))
            elif isinstance(operation, Hold):
                rows.append(
                    row | {KIND: HOLD, PLACE: self._station(operation.pool), LIMIT: self._limit(operation.wait_ns)}
                )
                self._lay(operation.body, len(rows), rows, blocks)
                rows.append(row | {KIND: RELEASE_HOLD, PLACE: self._station(operation.pool)})
            elif isinstance(operation, Choice):
                self._lay_choice(operation, outer, row, rows, blocks)
            elif len(operation.bodies) == 1 and operation.timeout_ns is None and operation.tries == 1:
                self._lay(operation.bodies[0], outer, rows, blocks)  # a single body without timeout or tries: in place
            else:
                blocks.append((len(rows), operation))
                rows.append(row | self._block(operation))

    def _timed(self, operation: Visit | Delay | Transfer) -> dict[int, int]:
        row = {LAW: self._law(operation.law), KEY: self._key(f"{operation.purpose}/time")}
        if isinstance(operation, Delay):
            return row | {KIND: DELAY}
        if isinstance(operation, Transfer):
            return row | {KIND: TRANSFER}
        family = operation.family
        return row | {
            KIND: VISIT,
            PLACE: self._station(operation.station),
            FAMILY: 0 if family is None else self._families[family],
            LIMIT: self._limit(operation.patience_ns),
            PRIORITY_OF: operation.priority,
            FAILS_KEY: self._key(f"{operation.purpose}/fails"),
        }

    def _lay_choice(
        self,
        choice: Choice,
        outer: int | None,
        row: dict[int, int],
        rows: list[dict[int, int]],
        blocks: list[tuple[int, Block]],
    ) -> None:
        table = self._row(2 * len(choice.bodies))
        row |= {KIND: CHOICE, COUNT: len(choice.bodies), TABLE: table, KEY: self._key(f"{choice.purpose}/choice")}
        rows.append(row)
        jumps = []
        for place, (share, body) in enumerate(zip(choice.shares, choice.bodies, strict=True)):
            self._fill(table + 2 * place, {0: _bits(share), 1: len(rows)})
            self._lay(body, outer, rows, blocks)
            jumps.append({KIND: JUMP, NUMBER: choice.number})
            rows.append(jumps[-1])
        for jump in (row, *jumps):
            jump[NEXT] = len(rows)

    def _block(self, block: Block) -> dict[int, int]:
        factors = self._row(block.tries)
        factor = 1.0
        for k in range(block.tries):
            self._words[factors + k] = _bits(factor)
            factor *= block.factor
        return {
            KIND: BLOCK,
            LAW: self._law(block.backoff),
            KEY: self._key(f"{block.purpose}/backoff"),
            LIMIT: self._limit(block.timeout_ns),
            COUNT: len(block.bodies),
            TABLE: self._row(len(block.bodies)),
            TRIES: block.tries,
            FACTOR: factors,
            CANCEL: int(block.cancel),
        }

    def _steps(self, programs: dict[str, int]) -> None:
        self._words[JOURNEYS] = self._row(len(self._network.journeys))
        for index, (steps, journey) in enumerate(zip(self._network.journeys, self._walk.journeys, strict=True)):
            first = self._row(STEP_WORDS * len(steps))
            self._words[self._words[JOURNEYS] + index] = first
            places: dict[str | None, int] = {step.name: first + STEP_WORDS * i for i, step in enumerate(steps)}
            places[None] = 0
            for step, course in zip(steps, journey.steps, strict=True):
                purpose = f"{journey.name}/{step.name}"
                total, branches = 0.0, []
                for name, probability in course.following:
                    total += probability
                    branches.append((total, places[name]))
                row = {
                    NAME: self._names.index(step.name),
                    LIMIT_NS: step.limit_ns,
                    PROGRAM: programs[step.name],
                    THINK_LAW: self._law(course.think),
                    THINK_KEY: self._key(f"{purpose}/think"),
                    FOLLOWING_KEY: self._key(f"{purpose}/following"),
                    BRANCHES: len(branches),
                    BRANCH_TABLE: self._pairs(branches),
                    WATCH: self._limit(step.limit_ns) if _watched(self._network) else 0,
                }
                self._fill(places[step.name], row)

    def _citizens(self) -> None:
        citizens, admission, words = self._network.citizens, self._network.admission, self._words
        words[BANDWIDTH_LAW] = self._law(citizens.bandwidth)
        words[BANDWIDTH_KEY] = self._key("citizen/bandwidth")
        words[RELOAD] = self._again(citizens.reload, "reload")
        words[COME_BACK] = self._again(citizens.come_back, "come_back")
        if admission is not None:
            words[BUCKET_NS], words[BURST] = admission.every_ns or 0, admission.burst
            words[ROOM] = 0 if admission.room is None else self._station(admission.room)
            words[ROOM_LIMIT] = self._limit(admission.wait_ns)

    def _again(self, again: Again | None, name: str) -> int:
        if again is None:
            return 0
        address = self._row(AGAIN_WORDS)
        self._fill(
            address,
            {
                AGAIN_TIMES: again.times,
                AGAIN_PROBABILITY: _bits(again.probability),
                AGAIN_LAW: self._law(again.wait),
                AGAIN_CHANCE_KEY: self._key(f"citizen/{name}/chance"),
                AGAIN_WAIT_KEY: self._key(f"citizen/{name}/wait"),
            },
        )
        return address

    def _changes(self) -> None:
        found = changes_of(self._network, self._walk.seed, self._walk.replication, self._until_ns)
        rows = sorted((change.at_ns, index, change) for index, own in enumerate(found) for change in own)
        self._words[CHANGE_COUNT] = len(rows)
        self._words[CHANGES] = self._row(CHANGE_WORDS * len(rows))
        for place, (at_ns, index, change) in enumerate(rows):
            own = self._network.stations[index].fails
            self._words[self._station(index) + CHANGING] = 1
            self._fill(
                self._words[CHANGES] + CHANGE_WORDS * place,
                {
                    AT_NS: at_ns,
                    CHANGED: self._station(index),
                    TO_SERVERS: change.servers,
                    TO_LEFT: _bits(change.left),
                    TO_PACE: change.thousandths,
                    TO_FAILS: _bits(1.0 - (1.0 - own) * (1.0 - change.fails)),
                    TO_DOWN: int(change.down),
                },
            )

    def _scalers(self) -> None:
        scaled = [(i, station.scaler) for i, station in enumerate(self._network.stations) if station.scaler]
        self._words[SCALER_COUNT] = len(scaled)
        self._words[SCALERS] = self._row(SCALER_WORDS * len(scaled))
        for place, (index, scaler) in enumerate(scaled):
            self._words[self._station(index) + CHANGING] = 1
            self._fill(
                self._words[SCALERS] + SCALER_WORDS * place,
                {
                    SCALED: self._station(index),
                    WINDOW_NS: scaler.window_ns,
                    UP: scaler.up,
                    DOWN: scaler.down,
                    BY: scaler.step,
                    LEAST: scaler.least,
                    MOST: scaler.most,
                    COOLDOWN_NS: scaler.cooldown_ns,
                    START_UP_NS: scaler.start_up_ns,
                },
            )

    def _jobs(self) -> None:
        jobs = self._network.jobs
        self._words[JOB_COUNT] = len(jobs)
        self._words[JOB_TABLE] = self._row(JOB_WORDS * len(jobs))
        for place, job in enumerate(jobs):
            row = {
                JOB_PROGRAM: self._body(job.body, 0),
                PAUSE_LAW: self._law(job.pause),
                PAUSE_KEY: self._key(f"job/{job.name}/pause"),
                FROM_NS: job.from_ns,
                TO_NS: job.to_ns,
                ROUNDS: -1 if job.rounds is None else job.rounds,
                WORKERS: job.workers,
                FIRST_NUMBER: JOBS + (place << 20),
            }
            self._fill(self._words[JOB_TABLE] + JOB_WORDS * place, row)


def _watched(network: Network) -> bool:
    """Whether a step's program is watched: the citizen acts when its limit is over."""
    return network.citizens.reload is not None or network.citizens.come_back is not None


def _lengths(network: Network) -> Iterator[int]:
    """Yield the greatest length of every wait, try and watched step."""
    for body in (*network.programs.values(), *(job.body for job in network.jobs)):
        yield from _lengths_in(body)
    if network.admission is not None and network.admission.wait_ns is not None:
        yield network.admission.wait_ns
    if _watched(network):
        yield from (step.limit_ns for steps in network.journeys for step in steps)


def _lengths_in(body: Body) -> Iterator[int]:
    for operation in body:
        own: int | None = None
        inner: tuple[Body, ...] = ()
        if isinstance(operation, Visit):
            own = operation.patience_ns
        elif isinstance(operation, Hold):
            own, inner = operation.wait_ns, (operation.body,)
        elif isinstance(operation, Block):
            own, inner = operation.timeout_ns, operation.bodies
        elif isinstance(operation, Choice):
            inner = operation.bodies
        if own is not None:
            yield own
        for each in inner:
            yield from _lengths_in(each)


def _bits(real: float) -> int:
    return int(np.float64(real).view(np.int64))
