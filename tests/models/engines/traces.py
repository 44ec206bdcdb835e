"""Hand-made networks in seconds, and what the reference engine tells of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.history import History, Interval
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Exponential, Law
from models.network import (
    Again,
    Block,
    Body,
    Delay,
    Hold,
    Network,
    NetworkStation,
    NetworkStep,
    Operation,
    Visit,
)

S = 10**9
LONG_S = 1e6
NS = 1e-9


def lasts(mean_s: float) -> Law:
    """Return the law that is always the same."""
    return Constant(law="constant", mean_s=mean_s)


def random(mean_s: float) -> Law:
    """Return an exponential law."""
    return Exponential(law="exponential", mean_s=mean_s)


def ns(seconds: float | None) -> int | None:
    """Return nanoseconds."""
    return None if seconds is None else round(seconds * S)


def station(name: str, servers: int = 1, queue: int | None = None, **more: Any) -> NetworkStation:
    """Return a station by name."""
    return NetworkStation(name, servers, queue, **more)


def pool(name: str, tokens: int, queue: int | None = None) -> NetworkStation:
    """Return a pool by name."""
    return NetworkStation(name, tokens, queue, "pool")


def visit(number: int, at: int, seconds: float, patience_s: float | None = None, priority: int = 0) -> Visit:
    """Return a service of a fixed time at the station of an index."""
    return Visit(number, f"visit{number}", at, lasts(seconds), None, ns(patience_s), priority)


def delay(number: int, seconds: float) -> Delay:
    """Return a delay of a fixed time."""
    return Delay(number, f"delay{number}", lasts(seconds))


def hold(number: int, at: int, *body: Operation, wait_s: float | None = None) -> Hold:
    """Return a hold of the pool of an index."""
    return Hold(number, f"hold{number}", at, body, ns(wait_s))


def block(number: int, *bodies: Body, timeout_s: float | None = None, **more: Any) -> Block:
    """Return a block."""
    return Block(number, f"block{number}", bodies, ns(timeout_s), **more)


def again(wait_s: float, times: int, probability: float = 1.0) -> Again:
    """Return what a citizen does again after a fixed time."""
    return Again(probability, lasts(wait_s), times)


def network(stations: Iterable[NetworkStation], *programs: Body, limit_s: float = LONG_S, **more: Any) -> Network:
    """Return a network with steps `a`, `b`, … and a journey of one step for each."""
    names = "abcdefgh"[: len(programs)]
    journeys = tuple((NetworkStep(name, round(limit_s * S)),) for name in names)
    return Network("n", tuple(stations), dict(zip(names, programs, strict=True)), journeys, **more)


@dataclass
class Trace:
    """An observer that keeps all it is told, in seconds."""

    sessions: list[float] = field(default_factory=list)
    offers: list[tuple[str, float]] = field(default_factory=list)
    told: list[tuple[int, int, int, str, float, float]] = field(default_factory=list)
    """Session, visit, ordinal, outcome, intended start and end."""

    def session(self, instant_ns: int) -> None:
        """Keep a session's start."""
        self.sessions.append(instant_ns / S)

    def offered(self, step: str, intended_ns: int) -> None:
        """Keep an offer."""
        self.offers.append((step, intended_ns / S))

    def step(
        self,
        step: str,
        outcome: str,
        session: int,
        ordinal: int,
        intended_ns: int,
        sent_ns: int,
        end_ns: int,
        visit: int = 1,
    ) -> None:
        """Keep an end."""
        assert (sent_ns, bool(step)) == (intended_ns, True)
        self.told.append((session, visit, ordinal, outcome, intended_ns / S, end_ns / S))

    @property
    def ends(self) -> dict[int, tuple[str, float]]:
        """The outcome and end of each session's last step."""
        return {session: (outcome, end_s) for session, _, _, outcome, _, end_s in self.told}


def play(
    network: Network,
    arrivals: Iterable[tuple[float, int]],
    until_s: float = 100,
    seed: int = 1,
    province: int = 0,
    think_s: float = 0,
) -> tuple[Trace, History]:
    """Play sessions 0, 1, … that arrive at (instant in s, journey); intervals are as long as the run."""
    trace = Trace()
    rows = [(number, round(at * S), journey, province) for number, (at, journey) in enumerate(arrivals)]
    until_ns = round(until_s * S)
    return trace, simulate(network, batches(rows), walk(network, seed, think_s), until_ns, trace, until_ns)


def walk(network: Network, seed: int = 1, think_s: float = 0) -> Walk:
    """Return a walk through each journey's steps in order."""
    return Walk([_journey(steps, lasts(think_s)) for steps in network.journeys], seed)


def _journey(steps: tuple[NetworkStep, ...], think: Law) -> Journey:
    nexts = [*(step.name for step in steps[1:]), None]
    return Journey(
        "-".join(step.name for step in steps),
        tuple(Step(s.name, think, s.limit_ns / S, ((after, 1.0),)) for s, after in zip(steps, nexts, strict=True)),
    )


def books(history: History, name: str) -> Interval:
    """Return a station's books of the whole run, times in seconds."""
    [whole] = history.station(name).intervals
    times = {name: getattr(whole, name) / S for name in ("capacity_ns", "busy_ns", "backlog_ns")}
    return whole._replace(**times)  # type: ignore[arg-type]
