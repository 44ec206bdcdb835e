"""The `recursion` engine: the same as the reference, bit for bit, on networks drawn to have many ties."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cutover.base.errors import InvalidRun
from models.changes import changes_of
from models.edges import Edges
from models.engines.batch import Batch, batches
from models.engines.recursion.engine import simulate
from models.engines.recursion.making import make, more_slots
from models.engines.recursion.scope import applies, single
from models.engines.recursion.servers import FEW
from models.engines.recursion.state import ENTRY_BYTES, SLOT_BYTES
from models.engines.simpy_engine import simulate as reference
from models.faults import Fault
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Exponential, Law
from models.machine import lower
from models.network import (
    Admission,
    Again,
    Block,
    Body,
    Breaker,
    Choice,
    Citizens,
    Delay,
    Family,
    Hold,
    Job,
    Network,
    NetworkStation,
    NetworkStep,
    Scaler,
    Slow,
    Transfer,
    Visit,
)
from tests.models.engines.told import Row, Told

MS = 1_000_000
TICK_MS = 10
UNTIL_MS = 2000


def constant(ms: float) -> Constant:
    return Constant(law="constant", mean_s=ms / 1000)


def laws() -> st.SearchStrategy[Law]:
    """Mostly few round values, so that events coincide."""
    ticks = st.integers(0, 6).map(lambda n: constant(TICK_MS * n))
    return st.one_of(ticks, ticks, st.just(Exponential(law="exponential", mean_s=0.03)))


def think() -> st.SearchStrategy[Law]:
    shifted = Exponential(law="exponential", mean_s=0.05, shift_s=0.02)
    return st.one_of(st.integers(2, 8).map(lambda n: constant(TICK_MS * n)), st.just(shifted))


def stations() -> st.SearchStrategy[dict[str, Any]]:
    steps = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4)), max_size=3, unique_by=lambda entry: entry[0])
    return st.fixed_dictionaries(
        {
            "servers": st.integers(1, 3),
            "queue": st.sampled_from([None, None, 0, 1, 2, 5]),
            "schedule": steps.map(lambda entries: tuple((MS * TICK_MS * at, n) for at, n in sorted(entries))),
            "fails": st.sampled_from([0.0, 0.0, 0.3]),
        }
    )


@st.composite
def bodies(draw: st.DrawFn, step: str, station_count: int, families: tuple[Family, ...]) -> Body:
    """A program whose visits ascend: choices within it go on from where they stand."""
    number = iter(range(1, 200))
    patience = draw(st.sampled_from([None, None, 30 * MS]))
    singles = station_count - sum(family.members for family in families)

    def some(first: int, depth: int) -> tuple[list[Any], int]:
        made: list[Any] = []
        for _ in range(draw(st.integers(0, 3))):
            nth = next(number)
            kind = draw(st.sampled_from(["visit"] * 5 + ["family", "delay", "transfer", "choice"]))
            if kind == "visit" and first < singles:
                at = draw(st.integers(first, min(first + 1, singles - 1)))
                first = at + 1
                made.append(Visit(nth, f"{step}/{at}/{nth}", at, draw(laws()), None, patience))
            elif kind == "family" and families and first <= singles:
                first = singles + 1
                made.append(Visit(nth, f"{step}/f/{nth}", families[0].first, draw(laws()), 0, patience))
            elif kind == "delay":
                made.append(Delay(nth, f"{step}/delay/{nth}", draw(laws())))
            elif kind == "transfer":
                made.append(Transfer(nth, f"{step}/transfer/{nth}", constant(draw(st.integers(1, 4)) * TICK_MS)))
            elif kind == "choice" and depth < 2:
                share = draw(st.sampled_from([(0.5,), (0.3, 1.0), (0.2, 0.6)]))
                inner = [some(first, depth + 1) for _ in share]
                first = max([first, *(after for _, after in inner)])
                made.append(Choice(nth, f"{step}/choose/{nth}", share, tuple(tuple(body) for body, _ in inner)))
        return made, first

    return tuple(some(0, 0)[0])


@st.composite
def faults(draw: st.DrawFn, names: list[str]) -> Fault:
    from_ms = draw(st.integers(0, 60)) * TICK_MS
    return Fault(
        station=draw(st.sampled_from(names)),
        from_ns=from_ms * MS,
        to_ns=(from_ms + draw(st.integers(1, 30)) * TICK_MS) * MS,
        left=draw(st.sampled_from([1.0, 0.5, 0.0])),
        slower=draw(st.sampled_from([1.0, 2.0, 1.5])),
        fails=draw(st.sampled_from([0.0, 0.5])),
        down=draw(st.booleans()) and draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Network, list[Journey], list[tuple[int, ...]], int, int]:
    """A network, its journeys, sessions, the end in ms, and the interval in ms."""
    singles = [NetworkStation(f"s{i}", **draw(stations())) for i in range(draw(st.integers(1, 4)))]
    family: tuple[Family, ...] = ()
    if draw(st.booleans()):
        shares = draw(st.sampled_from([None, (0.3, 1.0)]))
        family = (Family("f", len(singles), 2, shares),)
        singles += [NetworkStation(f"f[{i}]", **draw(stations())) for i in range(2)]
    names = ["a", "b", "c"]
    patience_of_all = draw(st.booleans())
    programs = {name: draw(bodies(name, len(singles), family)) for name in names}
    if patience_of_all:
        programs = {name: _same_patience(body, 20 * MS) for name, body in programs.items()}
    journeys = []
    for nth in range(2):
        own = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        steps = []
        for name in own:
            nexts: list[str | None] = [None, *own]
            to = draw(st.sampled_from(nexts))
            share = draw(st.sampled_from([0.0, 0.3]))
            following = ((draw(st.sampled_from(nexts)), 1.0 - share), (to, share)) if share else ((to, 1.0),)
            limit_s = draw(st.sampled_from([0.05, 0.1, 1000.0]))
            steps.append(Step(name, draw(think()), limit_s, following))
        journeys.append(Journey(f"j{nth}", tuple(steps)))
    slow = ()
    if draw(st.booleans()):
        slow = (Slow("slow", (0,), constant(200), constant(100), 1.5),)
    rows = draw(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1), st.integers(0, 5)), max_size=60).map(
            lambda each: [
                (n, TICK_MS * MS * at, *rest) for n, (at, *rest) in enumerate(sorted(each, key=lambda e: e[0]))
            ]
        )
    )
    network = Network(
        "drawn",
        tuple(singles),
        programs,
        tuple(tuple(NetworkStep(s.name, round(s.limit_s * 1e9)) for s in j.steps) for j in journeys),
        families=family,
        citizens=Citizens(bandwidth=constant(8000)),
        slow=slow,
        faults=tuple(draw(st.lists(faults([s.name for s in singles]), max_size=2))),
    )
    return network, journeys, rows, draw(st.sampled_from([UNTIL_MS, 333])), draw(st.sampled_from([7, 100, 10_000]))


def _same_patience(body: Body, patience_ns: int) -> Body:
    def with_it(operation: Any) -> Any:
        if isinstance(operation, Visit):
            return Visit(
                operation.number, operation.purpose, operation.station, operation.law, operation.family, patience_ns
            )
        if isinstance(operation, Choice):
            inner = tuple(_same_patience(each, patience_ns) for each in operation.bodies)
            return Choice(operation.number, operation.purpose, operation.shares, inner)
        return operation

    return tuple(with_it(operation) for operation in body)


def both(
    network: Network,
    journeys: list[Journey],
    rows: list[tuple[int, ...]],
    until_ns: int,
    interval_ns: int,
    at_once: int,
    first_ns: int | None = None,
) -> tuple[tuple[list[Row], History], tuple[list[Row], History]]:
    """What the two engines tell of one case."""
    walk, seen, known = Walk(journeys, 7), Told(), Told()
    ours = simulate(network, batches(rows, at_once), walk, until_ns, seen, interval_ns, first_ns)
    theirs = reference(network, batches(rows), walk, until_ns, known, interval_ns, first_ns)
    for told in (seen, known):
        assert len({row[:2] for row in told.rows}) == len(told.rows)
        assert {row[2] for row in told.rows} <= {1}
    return (sorted(seen.rows), ours), (sorted(known.rows), theirs)


@settings(deadline=None, max_examples=80)
@given(cases(), st.integers(1, 70), st.sampled_from([None, 1, 55 * MS, 200 * MS, 3000 * MS]))
def test_equals_the_reference_bit_for_bit(case: Any, at_once: int, first_ns: int | None) -> None:
    network, journeys, rows, until_ms, interval_ms = case
    assume(applies(network, journeys) is None)
    ours, theirs = both(network, journeys, rows, until_ms * MS, interval_ms * MS, at_once, first_ns)
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]


@settings(deadline=None, max_examples=40)
@given(stations(), laws(), st.sampled_from([None, 30 * MS]), st.lists(faults(["s"]), max_size=2), st.data())
def test_single_visits_equal_the_reference_bit_for_bit(
    spec: dict[str, Any], law: Law, patience_ns: int | None, befalls: list[Fault], data: st.DataObject
) -> None:
    stations, programs = (NetworkStation("s", **spec),), {"a": (Visit(1, "a/s/0", 0, law, None, patience_ns),)}
    network = Network("single", stations, programs, ((NetworkStep("a", 100 * MS),),), faults=tuple(befalls))
    journeys = [Journey("j", (Step("a", constant(0), 0.1, ((None, 1.0),)),))]
    ticks = sorted(data.draw(st.lists(st.integers(0, 40), max_size=60)))
    rows = [(n, TICK_MS * MS * at, 0) for n, at in enumerate(ticks)]
    assert single(network, journeys)
    at_once, first_ns = data.draw(st.integers(1, 70)), data.draw(st.sampled_from([None, 100 * MS]))
    ours, theirs = both(network, journeys, rows, 333 * MS, 7 * MS, at_once, first_ns)
    assert ours == theirs


@pytest.mark.parametrize("think_s", [None, 1.0])
@pytest.mark.parametrize("servers", [(5,), (9,), (FEW,), (FEW + 1,), (30, 20, 28, 3, 26), (2, 40, FEW, 0, 60)])
def test_any_number_of_servers_equals_the_reference(servers: tuple[int, ...], think_s: float | None) -> None:
    schedule = tuple((400 * MS * (i + 1), count) for i, count in enumerate(servers[1:]))
    station = NetworkStation("s", servers[0], schedule=schedule)
    program = (Visit(1, "a/s/0", 0, Exponential(law="exponential", mean_s=0.02)),)
    following = ((None, 1.0),) if think_s is None else (("a", 0.5), (None, 0.5))
    think = constant(1000 * (think_s or 0))
    network = Network("many", (station,), {"a": program}, ((NetworkStep("a", 10**12),),))
    journeys = [Journey("j", (Step("a", think, 1000.0, following),))]
    assert single(network, journeys) == (think_s is None)
    instants = np.sort(np.random.default_rng(7).integers(0, 2000 * MS, 3000)).tolist()
    ours, theirs = both(
        network, journeys, [(n, at, 0) for n, at in enumerate(instants)], UNTIL_MS * MS, 100 * MS, 700, None
    )
    assert ours == theirs


def tandem(*specs: NetworkStation, think_s: float = 1.0) -> tuple[Network, list[Journey]]:
    """Two steps, each through all stations; 10 ms of service at each."""
    body = tuple(Visit(i + 1, f"a/s/{i}", i, constant(10)) for i in range(len(specs)))
    journey = Journey(
        "j",
        (
            Step("a", constant(0), 1000.0, (("b", 1.0),)),
            Step("b", constant(1000 * think_s), 1000.0, ((None, 1.0),)),
        ),
    )
    steps = (NetworkStep("a", 10**12), NetworkStep("b", 10**12))
    return Network("tandem", specs, {"a": body, "b": body}, (steps,)), [journey]


def test_a_crowd_at_one_instant_is_served_by_number_and_makes_room_for_itself() -> None:
    network, journeys = tandem(NetworkStation("s", 5000), NetworkStation("t", 9000))
    count = 40_000
    columns = np.arange(count), np.full(count, 7), np.zeros(count, np.int32), np.zeros(count, np.int32)
    seen = Told()
    history = simulate(network, [Batch(*columns)], Walk(journeys, 1), 3 * 10**9, seen, 10**9)
    waves = np.arange(count) // 5000
    ends = {row[:2]: row[6] for row in seen.rows}
    assert [ends[n, 0] for n in range(count)] == (7 + 10 * MS * (waves + 2)).tolist()
    assert len(ends) == len(seen.rows) == 2 * count
    assert max(seen.calls) == count
    assert [sum(interval.departures for interval in station.intervals) for station in history.stations] == [80_000] * 2


def test_memory_follows_the_sessions_in_progress() -> None:
    network, journeys = tandem(NetworkStation("s", 4))
    walk = Walk(journeys, 1)
    until_ns = 1000
    changes, edges = changes_of(network, 1, 0, until_ns), Edges(until_ns, until_ns)
    state = make(network, lower(network, walk, until_ns), changes, 10, until_ns, edges)
    grown = more_slots(state)
    held, more = state.slots.shape[0], grown.slots.shape[0] - state.slots.shape[0]
    assert more == held
    assert grown.slots.nbytes - state.slots.nbytes == SLOT_BYTES * more
    assert grown.chunks.nbytes - state.chunks.nbytes <= 1.1 * ENTRY_BYTES * more


def test_no_arrivals_are_nothing() -> None:
    network, journeys = tandem(NetworkStation("s", 1))
    seen = Told()
    history = simulate(network, [], Walk(journeys, 1), 10**9, seen, 10**9)
    assert seen.rows == []
    assert [interval.arrivals for interval in history.stations[0].intervals] == [0]


def test_arrivals_out_of_order_are_refused() -> None:
    network, journeys = tandem(NetworkStation("s", 1))
    rows = [(1, 5, 0), (2, 9, 0), (3, 8, 0)]
    with pytest.raises(InvalidRun, match="session 3 arrives at 8 ns, before the one that precedes it"):
        simulate(network, batches(rows), Walk(journeys, 1), 10**9, Told())


VISIT = Visit(1, "a/s/0", 0, constant(10))
PLAIN = NetworkStation("s", 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stations": (NetworkStation("s", 1, discipline="sharing"),)}, "station s is not first come first served"),
        ({"stations": (NetworkStation("s", 1, breaker=Breaker(1, 1)),)}, "station s has a breaker"),
        ({"stations": (NetworkStation("s", 1, scaler=Scaler(1, 1, 1, 1, 1, 1, 1, 1)),)}, "station s has an autoscaler"),
        ({"citizens": Citizens(reload=Again(1.0, constant(1), 1))}, "citizens reload or come back"),
        ({"admission": Admission(every_ns=1)}, "there is an admission"),
        ({"jobs": (Job("j", 1, (VISIT,), 0, 1),)}, "there are bulk jobs"),
        ({"programs": {"a": (Hold(1, "a/hold", 0, ()),)}}, "a/hold holds a pool"),
        ({"programs": {"a": (Block(1, "a/try", ((),), tries=2),)}}, "a/try is played in parallel"),
        ({"programs": {"a": (VISIT, VISIT)}}, "programs lead round in a circle of stations: s → s"),
        (
            {
                "stations": (NetworkStation("s", 1, queue=1),),
                "programs": {"a": (VISIT,), "b": (Visit(1, "b/s/0", 0, constant(10), None, 5),)},
            },
            "in the queue of s, which has an end, some are more patient than others",
        ),
    ],
)
def test_says_why_it_does_not_apply(changes: dict[str, Any], reason: str) -> None:
    plain = Network("n", (PLAIN,), {"a": (VISIT,)}, ((NetworkStep("a", 1),),))
    assert applies(plain, []) is None
    assert (applies(replace(plain, **changes), []) or "").startswith(reason)


def test_needs_a_least_think_time() -> None:
    network, journeys = tandem(PLAIN, think_s=0.001)
    assert applies(network, journeys) == "think times may be shorter than 0.01 s; give their laws a `shift_s`"
    with pytest.raises(InvalidRun, match="does not apply: think times"):
        simulate(network, [], Walk(journeys, 1), 10**9, Told())
