import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engines.batch import Records
from models.network import Outcome
from reports import bulk
from reports.buckets import HIGHEST_TRACKABLE_NS, index_of
from reports.counters import Counters, added_up
from reports.histogram import Histogram
from reports.hlog import Line
from reports.recorder import Closed, Recorder

SECOND = 1_000_000_000

Step = tuple[str, str, int, int, int]  # step, outcome, intended, sent, end
Steps = st.lists(
    st.builds(
        lambda step, outcome, intended, lag, service: (
            step,
            outcome,
            intended,
            intended + lag,
            intended + lag + service,
        ),
        st.sampled_from(["home", "submit"]),
        st.sampled_from(["ok", "failed"]),
        st.integers(0, 5 * SECOND),
        st.integers(0, SECOND),
        st.integers(0, 3 * SECOND),
    ),
    max_size=40,
)


def record(recorder: Recorder, step: Step) -> None:
    name, outcome, intended_ns, sent_ns, end_ns = step
    recorder.session(intended_ns)
    recorder.offered(name, intended_ns)
    recorder.step(name, outcome, 7, 0, intended_ns, sent_ns, end_ns)


def by_tag(lines: tuple[Line, ...]) -> dict[tuple[str, str, str, float], Histogram]:
    """Add up lines of the same tag and interval."""
    parts = defaultdict(list)
    for line in lines:
        parts[line.step, line.outcome, line.kind, line.start_s].append(line.histogram)
    return {tag: Histogram.total(histograms) for tag, histograms in parts.items()}


@given(Steps)
@settings(derandomize=True, max_examples=50)
def test_every_step_is_in_its_tag_and_interval(steps: list[Step]) -> None:
    recorder = Recorder(2.0)
    expected: dict[tuple[str, str, str, float], Counter[int]] = defaultdict(Counter)
    for step in steps:
        record(recorder, step)
        name, outcome, intended_ns, sent_ns, end_ns = step
        start_s = intended_ns // (2 * SECOND) * 2.0
        expected[name, outcome, "response", start_s][index_of(end_ns - intended_ns)] += 1
        expected[name, outcome, "service", start_s][index_of(end_ns - sent_ns)] += 1
    lines = recorder.drain().latencies
    assert by_tag(lines) == {tag: Histogram.of(counts) for tag, counts in expected.items()}
    assert len(lines) == len(expected)
    assert {line.length_s for line in lines} <= {2.0}


@given(Steps)
@settings(derandomize=True, max_examples=50)
def test_draining_on_the_way_adds_up_to_draining_once(steps: list[Step]) -> None:
    once, often = Recorder(1.0), Recorder(1.0)
    parts: list[Closed] = []
    for step in sorted(steps, key=lambda step: step[4]):
        record(once, step)
        record(often, step)
        parts.append(often.drain(step[4] / SECOND))
    whole, rest = once.drain(), [*parts, often.drain()]
    assert by_tag(tuple(line for part in rest for line in part.latencies)) == by_tag(whole.latencies)
    assert added_up(line for part in rest for line in part.counters) == whole.counters


NAMES = ("submit", "home")


def records(steps: list[tuple[int, Step]]) -> Records:
    """Put steps, with the session's number as its ordinal too, into columns."""
    names, outcomes, intended_ns, _, ends_ns = zip(*(step for _, step in steps), strict=True)
    numbers = np.array([number for number, _ in steps])
    return Records(
        np.array([NAMES.index(name) for name in names], np.int32),
        np.array([Outcome[outcome.upper()] for outcome in outcomes], np.int8),
        numbers,
        numbers % 3,
        np.ones_like(numbers),
        np.array(intended_ns),
        np.array(ends_ns),
    )


@given(Steps, st.sampled_from([0, HIGHEST_TRACKABLE_NS]), st.sampled_from([0, 2, bulk.DENSE]))
@settings(max_examples=80)
def test_many_at_once_are_what_one_by_one_is(steps: list[Step], more_ns: int, dense: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "DENSE", dense)  # 0: all dense; 2: now one, now the other
        _compare(steps, more_ns)


def _compare(steps: list[Step], more_ns: int) -> None:
    late = [(*step[:4], step[4] + more_ns * (step[4] % 2)) for step in steps]
    single, many_at_once = Recorder(2.0, counters_s=1.0), Recorder(2.0, counters_s=1.0)
    for number, (name, outcome, intended_ns, _, end_ns) in enumerate(late):
        if number % 3 == 0:
            single.session(intended_ns)
        single.offered(name, intended_ns)
        single.step(name, outcome, number, number % 3, intended_ns, intended_ns, end_ns)
    numbered = list(enumerate(late))
    parts = []
    for begin in range(0, len(late), 7):
        many_at_once.steps(NAMES, records(numbered[begin : begin + 7]))
        parts.append(many_at_once.drain(begin / 7))
    one, many = single.drain(), [*parts, many_at_once.drain()]
    assert by_tag(tuple(line for part in many for line in part.latencies)) == by_tag(one.latencies)
    assert added_up(line for part in many for line in part.counters) == one.counters


def test_a_step_is_counted_when_it_is_offered_sent_and_ended() -> None:
    recorder = Recorder(10.0, counters_s=1.0)
    recorder.session(400_000_000)
    recorder.offered("home", 400_000_000)
    recorder.step("home", "ok", 7, 0, 400_000_000, 1_500_000_000, 2_600_000_000)
    assert recorder.drain().counters == (
        Counters(0.0, 1.0, started=1, offered_by_step={"home": 1}),
        Counters(1.0, 1.0, lag=Histogram.of({index_of(1_100_000_000): 1})),
        Counters(2.0, 1.0, outcomes={"home": {"ok": 1}}),
    )


def test_a_skipped_step_was_never_sent() -> None:
    recorder = Recorder(1.0)
    recorder.step("home", "skipped", 7, 0, 0, 0, 500)
    closed = recorder.drain()
    assert closed.latencies == (Line("home", "skipped", "response", 0.0, 1.0, Histogram.of({500: 1})),)
    assert closed.counters == (Counters(0.0, 1.0, outcomes={"home": {"skipped": 1}}),)


def test_only_intervals_that_have_ended_are_drained() -> None:
    recorder = Recorder(1.0)
    for second in range(3):
        recorder.step("home", "ok", 7, 0, second * SECOND, second * SECOND, second * SECOND + 5)
    drained = [recorder.drain(before_s) for before_s in (0.999, 1.0, 2.5, math.inf, math.inf)]
    assert [[line.start_s for line in part.latencies] for part in drained] == [
        [],
        [0.0] * 2,
        [1.0] * 2,
        [2.0] * 2,
        [],
    ]
    assert [[line.start_s for line in part.counters] for part in drained] == [[], [0.0], [1.0], [2.0], []]


def test_lines_come_by_time_then_tag() -> None:
    recorder = Recorder(1.0)
    for step, second in (("submit", 1), ("home", 1), ("submit", 0)):
        recorder.step(step, "ok", 7, 0, second * SECOND, second * SECOND, second * SECOND)
    order = [(line.start_s, line.step, line.kind) for line in recorder.drain().latencies]
    assert order == sorted(order)
    assert all(left != right for left, right in pairwise(order))


@pytest.mark.parametrize(("end_ns", "recorded_ns"), [(HIGHEST_TRACKABLE_NS + 1, HIGHEST_TRACKABLE_NS), (-1, 0)])
def test_a_duration_out_of_range_is_recorded_at_the_bound_and_counted(end_ns: int, recorded_ns: int) -> None:
    recorder = Recorder(3600.0)
    recorder.step("home", "ok", 7, 0, 0, 0, end_ns)
    closed = recorder.drain()
    assert [line.histogram for line in closed.latencies] == [Histogram.of({index_of(recorded_ns): 1})] * 2
    assert sum(line.clipped for line in closed.counters) == 1


def test_what_others_counted_joins_its_interval() -> None:
    recorder = Recorder(1.0)
    recorder.session(0)
    recorder.add(Counters(0.0, 1.0, planned=2, cpu=0.5))
    recorder.add(Counters(1.0, 1.0, planned=3))
    assert recorder.drain(1.0).counters == (Counters(0.0, 1.0, planned=2, started=1, cpu=0.5),)
    assert recorder.drain().counters == (Counters(1.0, 1.0, planned=3),)
