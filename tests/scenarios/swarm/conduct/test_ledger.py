"""What workers report adds up exactly, whoever reports it, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from reports.counters import Counters
from reports.histogram import Histogram
from reports.hlog import Line
from scenarios.swarm.conduct.ledger import Ledger

LINES = st.lists(
    st.builds(
        lambda step, outcome, kind, second, bucket, count: Line(
            step, outcome, kind, float(second), 1.0, Histogram.of({bucket: count})
        ),
        st.sampled_from(["home", "pay"]),
        st.sampled_from(["ok", "failed"]),
        st.sampled_from(["response", "service"]),
        st.integers(0, 25),
        st.integers(0, 60),
        st.integers(1, 9),
    ),
    max_size=60,
)


@given(lines=LINES, cuts=st.lists(st.integers(0, 30), max_size=4), interval_s=st.sampled_from([1.0, 10.0]))
def test_lines_add_up_by_interval_however_they_are_let_go_of(lines, cuts, interval_s):
    ledger, written, at = Ledger(interval_s), [], 0
    for line, cut in zip(lines, [*cuts, *[0] * len(lines)], strict=False):
        ledger.lines([line])
        at = max(at, cut)
        written += ledger.drain(float(at)).latencies
    written += ledger.drain(float("inf")).latencies
    assert all(line.start_s % interval_s == 0 and line.length_s == interval_s for line in written)
    for step, outcome, kind in {(line.step, line.outcome, line.kind) for line in lines}:
        wanted = [line for line in lines if (line.step, line.outcome, line.kind) == (step, outcome, kind)]
        found = [line for line in written if (line.step, line.outcome, line.kind) == (step, outcome, kind)]
        for interval in {line.start_s // interval_s for line in wanted}:
            assert Histogram.total(
                line.histogram for line in wanted if line.start_s // interval_s == interval
            ) == Histogram.total(line.histogram for line in found if line.start_s == interval * interval_s)
    assert sum(line.histogram.count for line in written) == sum(line.histogram.count for line in lines)


def test_what_is_planned_and_the_cpu_is_the_coordinators_to_count():
    ledger = Ledger(10.0)
    ledger.counters([Counters(3.0, 1.0, planned=7, started=2, cpu=0.5)])
    ledger.counters([Counters(3.0, 1.0, planned=7, started=3, cpu=0.5)])
    ledger.own(Counters(3.0, 1.0, planned=6, cpu=0.5))
    assert ledger.drain(3.5).counters == ()
    (counters,) = ledger.drain(4.0).counters
    assert (counters.planned, counters.started, counters.cpu) == (6, 5, 0.5)
    assert ledger.drain(99.0).counters == ()
