"""A network: what serves, how each step uses it, and how citizens behave, ready for any engine.

`models.assembly` makes one from a plan; tests and planners may also build one by hand. `docs/network.md` tells what
each element does, to the nanosecond; all engines follow it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from models.faults import Fault
from models.laws import Law

Discipline = Literal["fcfs", "sharing", "priority", "pool"]


class Outcome(IntEnum):
    """How a step, a block or an operation ends; the names are those of a run's outcomes."""

    OK = 0
    REJECTED = 1
    FAILED = 2
    TIMED_OUT = 3
    UNFINISHED = 4


@dataclass(frozen=True)
class Breaker:
    """After so many `failures` in a row all calls fail at once for `open_ns`; then one is let through to try."""

    failures: int
    open_ns: int


@dataclass(frozen=True)
class Scaler:
    """An autoscaler of one station: looks every `window_ns`, compares the busy share (in thousandths) of its window."""

    window_ns: int
    up: int
    down: int
    step: int
    least: int
    most: int
    cooldown_ns: int
    start_up_ns: int


@dataclass(frozen=True)
class NetworkStation:
    """A station or pool by its place in the network.

    `servers` are a pool's tokens; `schedule` changes them: (from_ns, servers), ascending. `queue` None has no end.
    `fails` is the probability that a service fails when it is over.
    """

    name: str
    servers: int
    queue: int | None = None
    discipline: Discipline = "fcfs"
    schedule: tuple[tuple[int, int], ...] = ()
    fails: float = 0.0
    breaker: Breaker | None = None
    scaler: Scaler | None = None


@dataclass(frozen=True)
class Family:
    """`members` stations from the index `first` on, of which each session uses one.

    The one of its province (an index, modulo the members), or, where there are `shares` (cumulative, the last 1), one
    drawn once for each session, whatever the step.
    """

    name: str
    first: int
    members: int
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Visit:
    """A service at a station; `family` picks the member where that is not None, counted from `station` on.

    `number` is the operation's place in its program, from 1, in the order of writing, those nested included. `purpose`
    names its draws. The wait may last `patience_ns` (None: for ever). A smaller `priority` is served first.
    """

    number: int
    purpose: str
    station: int
    law: Law
    family: int | None = None
    patience_ns: int | None = None
    priority: int = 0


@dataclass(frozen=True)
class Delay:
    """Pure latency."""

    number: int
    purpose: str
    law: Law


@dataclass(frozen=True)
class Transfer:
    """A size over the session's bandwidth: `law` draws megabytes, as if they were seconds."""

    number: int
    purpose: str
    law: Law


@dataclass(frozen=True)
class Hold:
    """A pool's token, held while the body plays; the wait for it may last `wait_ns` (None: for ever)."""

    number: int
    purpose: str
    pool: int
    body: "Body"
    wait_ns: int | None = None


@dataclass(frozen=True)
class Choice:
    """One body of several, by cumulative `shares`; where the last is below 1, the rest plays none."""

    number: int
    purpose: str
    shares: tuple[float, ...]
    bodies: "tuple[Body, ...]"


@dataclass(frozen=True)
class Block:
    """Bodies played side by side until all have ended, tried up to `tries` times.

    A try that lasts longer than `timeout_ns` (None: no limit) has failed; its bodies go on, which nobody waits for, or
    stop (`cancel`). Before try k + 2 comes a pause of backoff · factor^k (`backoff` None: none).
    """

    number: int
    purpose: str
    bodies: "tuple[Body, ...]"
    timeout_ns: int | None = None
    cancel: bool = False
    tries: int = 1
    backoff: Law | None = None
    factor: float = 1.0


Operation = Visit | Delay | Transfer | Hold | Choice | Block
Body = tuple[Operation, ...]


def leaves(body: Body, share: float = 1.0) -> Iterator[tuple[float, Visit | Delay | Transfer]]:
    """Yield each visit, delay and transfer of a body, after how often it is played on average if nothing fails."""
    for operation in body:
        if isinstance(operation, Visit | Delay | Transfer):
            yield share, operation
        elif isinstance(operation, Hold):
            yield from leaves(operation.body, share)
        elif isinstance(operation, Block):
            for inner in operation.bodies:
                yield from leaves(inner, share)
        else:
            before = 0.0
            for upper, inner in zip(operation.shares, operation.bodies, strict=True):
                yield from leaves(inner, share * (upper - before))
                before = upper


@dataclass(frozen=True)
class NetworkStep:
    """A step of a journey; one meant at t and ended at t + limit_ns is still in time."""

    name: str
    limit_ns: int


@dataclass(frozen=True)
class Again:
    """With `probability`, after a pause, and at most `times` for each step (reload) or session (come back)."""

    probability: float
    wait: Law
    times: int


@dataclass(frozen=True)
class Citizens:
    """What citizens do: their bandwidth (draws Mbit/s, as if they were seconds), and what when a step is not ok."""

    bandwidth: Law | None = None
    reload: Again | None = None
    come_back: Again | None = None

    @property
    def may_return(self) -> bool:
        """Whether citizens ever reload or come back."""
        return self.reload is not None or self.come_back is not None


@dataclass(frozen=True)
class Admission:
    """The door: a token bucket (`every_ns` between sessions in the long run, `burst` at once), or a waiting room.

    `room` is the index of the pool that a session holds while it is inside, and `wait_ns` how long it waits for it.
    """

    every_ns: int | None = None
    burst: int = 1
    room: int | None = None
    wait_ns: int | None = None


@dataclass(frozen=True)
class Slow:
    """Slow phases of some stations at once, with drawn gaps and lengths; services begun in one take `times` as long."""

    name: str
    stations: tuple[int, ...]
    every: Law
    lasts: Law
    times: float


@dataclass(frozen=True)
class Job:
    """A bulk job: each of `workers` plays the body, pauses, and begins again, from `from_ns` until before `to_ns`.

    `rounds` (None: no limit) is how often each does.
    """

    name: str
    workers: int
    body: Body
    from_ns: int
    to_ns: int
    pause: Law | None = None
    rounds: int | None = None


@dataclass(frozen=True)
class Network:
    """Stations and pools, each step's program by name, and the steps of each journey, in the journeys' order."""

    name: str
    stations: tuple[NetworkStation, ...]
    programs: dict[str, Body]
    journeys: tuple[tuple[NetworkStep, ...], ...]
    families: tuple[Family, ...] = ()
    citizens: Citizens = Citizens()
    admission: Admission | None = None
    slow: tuple[Slow, ...] = ()
    jobs: tuple[Job, ...] = ()
    faults: tuple[Fault, ...] = ()
