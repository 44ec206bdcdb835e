"""The `event` engine: equal to the reference, bit for bit, on random networks of all elements; room; errors."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover.base.errors import InvalidRun
from models.engines import simpy_engine
from models.engines.batch import Batch, Records, batches
from models.engines.event import engine
from models.engines.event.memory import RECORD_ROOM
from models.engines.source import poisson
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Exponential
from models.network import Again, Block, Citizens, Delay, Network, NetworkStation, NetworkStep, Visit
from tests.models.engines.networks import Case, random_case
from tests.models.engines.told import Row, Told

S = 10**9


def both(case: Case) -> tuple[list[Row], History, list[Row], History]:
    """Return what the reference tells, sorted, and its history, then those of the compiled engine."""
    reference, compiled = Told(), Told()
    arguments, edges = (case.walk, case.until_ns), (case.interval_ns, case.first_ns)
    expected = simpy_engine.simulate(case.network, case.arrivals(), *arguments, reference, *edges)
    history = engine.simulate(case.network, case.arrivals(), *arguments, compiled, *edges)
    return sorted(reference.rows), expected, sorted(compiled.rows), history


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from((7, 40, 1000)), st.sampled_from((1.0, 30.0)))
def test_equal_to_the_reference_event_by_event(random: Random, at_once: int, in_window: float) -> None:
    """Windows are fitted every few events, so that the calendar is used as in a long run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_AT_ONCE", at_once)
        patch.setattr(engine, "_FIT_EVERY", 1)
        patch.setattr(engine, "_FEW", -1)
        patch.setattr(engine, "_EVENTS_A_WINDOW", in_window)
        rows, expected, told, history = both(random_case(random))
    assert told == rows
    assert history == expected


def plain(*body: Visit | Delay | Block, servers: int = 3, think_s: float = 0.0, steps: int = 1) -> tuple[Network, Walk]:
    """Return a network of one station, and a journey of so many equal steps."""
    names = [f"step{number}" for number in range(steps)]
    think = Exponential(law="exponential", mean_s=think_s) if think_s else Constant(law="constant", mean_s=0.0)
    course = tuple(
        Step(name, think, 1e6, ((after, 1.0),)) for name, after in zip(names, [*names[1:], None], strict=True)
    )
    network = Network(
        "plain",
        (NetworkStation("s", servers),),
        dict.fromkeys(names, body),
        (tuple(NetworkStep(name, 5 * S) for name in names),),
    )
    return network, Walk([Journey("j", course)], 5)


def exponential(mean_s: float) -> Exponential:
    return Exponential(law="exponential", mean_s=mean_s)


def test_memory_grows_with_threads_and_buffers_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """More threads than at first, more intervals than the books hold, windows near and far."""
    monkeypatch.setattr(engine, "_BOOKS_WORDS", 1)
    monkeypatch.setattr(engine, "_AT_ONCE", 500)
    monkeypatch.setattr(engine, "_FIT_EVERY", 500)
    block = Block(2, "b", ((Delay(3, "d", exponential(2.0)),), (Delay(4, "e", exponential(4.0)),)), 3 * S)
    network, walk = plain(Visit(1, "v", 0, exponential(0.002)), block, think_s=20.0, steps=2, servers=2)
    rows = tuple((number, number * S // 600, 0, 0) for number in range(3000))
    case = Case(network, rows, walk, 50 * S, S)
    expected_rows, expected, told, history = both(case)
    assert len(told) > 4000
    assert told == expected_rows
    assert history == expected


@pytest.mark.parametrize(("first_s", "lengths_s"), [(2500, [2500, 400, 100]), (900, [900, *[400] * 5, 100])])
def test_a_long_first_interval_is_counted_in_pieces(first_s: int, lengths_s: list[int]) -> None:
    network, walk = plain(Visit(1, "v", 0, exponential(700.0)), think_s=50.0, steps=3)
    citizens = Citizens(come_back=Again(1.0, exponential(300.0), 2))
    case = Case(
        replace(network, citizens=citizens),
        tuple((number, number * 60 * S, 0, 0) for number in range(45)),
        walk,
        3000 * S,
        400 * S,
        first_s * S,
    )
    rows, expected, told, history = both(case)
    assert told == rows
    assert history == expected
    assert [interval.length_ns for interval in history.stations[0].intervals] == [each * S for each in lengths_s]
    assert history.returns[0].come_backs > 0


@pytest.mark.parametrize("tries", [65, 130])
def test_many_attempts_of_one_step_have_keys_of_their_own(tries: int) -> None:
    """Bodies of attempts that are 64 apart go on in the same instant, after their block has given up on them."""
    constant = Constant(law="constant", mean_s=1.0)
    body = (Visit(2, "a", 0, constant), Visit(3, "b", 1, exponential(1.0)))
    block = Block(1, "block", (body,), S // 2, tries=tries)
    stations = (NetworkStation("a", 0, schedule=((100 * S, 400),)), NetworkStation("b", 1))
    _, walk = plain(Delay(1, "d", constant))
    network = Network("n", stations, {"step0": (block,)}, ((NetworkStep("step0", 10**15),),))
    rows, expected, told, history = both(Case(network, ((1, 0, 0, 0), (2, 0, 0, 0)), walk, 400 * S, S))
    assert told == rows
    assert history == expected


def test_records_fill_more_than_one_buffer() -> None:
    network, walk = plain(Delay(1, "d", exponential(1.0)))
    told = Told()
    count = RECORD_ROOM + 100
    instants = np.arange(count, dtype=np.int64) * 1000
    zeros = np.zeros(count, np.int32)
    engine.simulate(network, [Batch(np.arange(count), instants, zeros, zeros)], walk, 60 * S, told)
    assert sorted(row[0] for row in told.rows) == list(range(count))


def test_nothing_arrives() -> None:
    network, walk = plain(Visit(1, "v", 0, exponential(1.0)))
    told = Told()
    history = engine.simulate(network, [], walk, 5 * S, told, 2 * S)
    assert told.rows == []
    assert [interval.length_ns for interval in history.stations[0].intervals] == [2 * S, 2 * S, S]


@pytest.mark.parametrize("rows", [[(2, 5, 0), (1, 5, 0)], [(1, 5, 0), (2, 4, 0)]])
@pytest.mark.parametrize("at_once", [1, 2])
def test_arrivals_out_of_order_are_refused(rows: list[tuple[int, int, int]], at_once: int) -> None:
    network, walk = plain(Visit(1, "v", 0, exponential(1.0)))
    with pytest.raises(InvalidRun, match=f"session {rows[1][0]} arrives at {rows[1][1]} ns, before"):
        engine.simulate(network, batches(rows, at_once), walk, S, Told())


def test_an_interrupt_comes_through_between_batches() -> None:
    """Python gets its turn whenever the loop needs arrivals, or has done its share."""
    network, walk = plain(Visit(1, "v", 0, exponential(1.0)))

    def interrupted() -> list[Batch]:
        yield from batches([(1, 0, 0), (2, S, 0)], 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.simulate(network, interrupted(), walk, 10 * S, Told())


class MeanResponse:
    """Adds up response times."""

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0

    def steps(self, names: tuple[str, ...], records: Records) -> None:  # noqa: ARG002 - of the protocol
        self.count += records.step.size
        self.total_ns += int((records.end_ns - records.intended_ns).sum())


@pytest.mark.parametrize(("mean_s", "sound"), [(1.0, True), (1.05, False)])
def test_m_m_3_has_the_mean_that_erlang_gives(mean_s: float, sound: bool) -> None:
    """Theory case 1: λ 2, μ 1, c 3: T = 1.444444, in a 99.9 % interval of less than 2 %; a mean 5 % off is found."""
    means = []
    network, walk = plain(Visit(1, "v", 0, exponential(mean_s)))
    network = Network(network.name, network.stations, network.programs, ((NetworkStep("step0", 10**15),),))
    for replication in range(20):
        observer = MeanResponse()
        arrivals = poisson(2.0, 40_000 * S, 7, replication)
        engine.simulate(network, arrivals, Walk(walk.journeys, 7, replication), 40_000 * S, observer, 4000 * S)
        means.append(observer.total_ns / observer.count / S)
    half_width = 3.883 * np.std(means, ddof=1) / np.sqrt(20)  # Student's t, 19 degrees, 99.9 %
    assert half_width < 0.02 * 1.444444
    assert (abs(np.mean(means) - 1.444444) < half_width) == sound


def test_a_poisson_source_is_the_same_however_it_is_cut() -> None:
    until_ns = 40_000 * S
    first = list(poisson(4.0, until_ns, 3))
    instants = np.concatenate([batch.instant_ns for batch in first])
    numbers = np.concatenate([batch.session for batch in first])
    assert len(first) == 3
    assert (np.diff(instants) >= 0).all()
    assert instants[-1] < until_ns
    assert (numbers == np.arange(numbers.size)).all()
    assert abs(instants.size - 160_000) < 4 * 400  # four standard deviations of a Poisson count
    half = np.concatenate([batch.instant_ns for batch in poisson(4.0, until_ns // 2, 3)])
    assert (half == instants[: half.size]).all()
    assert instants[half.size] >= until_ns // 2
