"""The record: the same lines and counters as the recorder that all stages share, from bare numbers counted in bulk."""

import random

from reports.counters import added_up
from reports.recorder import Recorder
from scenarios.swarm.generator.outcomes import OUTCOMES
from scenarios.swarm.generator.record import Record, lag_quantile_ns
from scenarios.swarm.generator.seconds import counters_of, lines_of

STEPS = ("home", "submit")
SECOND = 10**9


def notes(count=3000):
    rng = random.Random(5)
    for _ in range(count):
        intended = rng.randrange(5 * SECOND)
        sent = intended + int(rng.expovariate(1e-5))
        took = int(rng.expovariate(rng.choice((1e-6, 1e-9, 3e-13))))
        yield rng.randrange(2), rng.randrange(len(OUTCOMES)), intended, sent, sent + took


def test_lines_and_counters_equal_those_of_the_shared_recorder():
    record, recorder = Record(STEPS), Recorder(1.0)
    lines, counters = [], []
    for at, (step, outcome, intended, sent, end) in enumerate(notes()):
        word = OUTCOMES[outcome]
        recorder.session(intended)
        record.count("started", intended)
        recorder.offered(STEPS[step], intended)
        recorder.step(STEPS[step], word, 0, 0, intended, sent, end)
        if word == "skipped":
            record.skipped(step, intended, end)
        else:
            record.begun((step, intended, sent))
            record.ended((step * len(OUTCOMES) + outcome, intended, sent, end))
        if at % 700 == 699:  # in parts, with late samples in later ones
            told = dict(zip(("lines", "counters"), record.drain(), strict=True))
            lines += lines_of(told)
            counters += counters_of(told)
    told = dict(zip(("lines", "counters"), record.drain(), strict=True))
    lines += lines_of(told)
    counters += counters_of(told)
    expected = recorder.drain()
    assert summed(lines) == summed(expected.latencies)
    for ours, theirs in zip(added_up(counters), expected.counters, strict=True):
        assert (ours.start_s, ours.started, ours.clipped) == (theirs.start_s, theirs.started, theirs.clipped)
        assert (dict(ours.offered_by_step), ours.outcomes) == (dict(theirs.offered_by_step), dict(theirs.outcomes))
        assert ours.lag == theirs.lag
    assert record.drain() == ([], [])


def summed(lines):
    total = {}
    for line in lines:
        key = (line.step, line.outcome, line.kind, line.start_s)
        total[key] = line.histogram if key not in total else total[key] + line.histogram
    return total


def test_exchanges_have_lines_of_their_phases_and_none_where_a_phase_was_not():
    record = Record(STEPS)
    tag = 1 * len(OUTCOMES) + OUTCOMES.index("failed")
    record.exchanged((tag, 2 * SECOND, 300, 500, 1000, 2000))
    record.exchanged((tag, 2 * SECOND, 0, 0, 0, 1500))
    lines = {line.kind: line for line in lines_of({"lines": record.drain()[0]})}
    assert {kind: line.histogram.count for kind, line in lines.items()} == {
        "connect": 1,
        "tls": 1,
        "first_byte": 1,
        "total": 2,
    }
    assert {(line.step, line.outcome, line.start_s) for line in lines.values()} == {("submit", "failed", 2.0)}
    assert lines["connect"].histogram.max_ns == 300


def test_send_lag_quantiles_of_a_second():
    record = Record(STEPS)
    for lag in range(1, 101):
        record.begun((0, SECOND, SECOND + lag * 1000))
    counters = record.drain()[1]
    assert lag_quantile_ns(counters, 1, 0.5) // 1000 == 50
    assert lag_quantile_ns(counters, 1, 0.99) // 1000 == 99
    assert lag_quantile_ns(counters, 1, 1.0) // 1000 == 100
    assert lag_quantile_ns(counters, 2, 0.5) == 0
