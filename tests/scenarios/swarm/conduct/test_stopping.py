"""A budget with `for … stop`, second by second."""

from datetime import date, datetime

import pytest

from cutover.base.clock import VIETNAM
from reports.buckets import index_of
from reports.budgets import read_budgets
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.spans import ScenarioClock
from scenarios.swarm.conduct.stopping import Stopping

ON = date(2026, 6, 30)
WINDOW = Window(from_s=10, to_s=100)
CLOCK = ScenarioClock(datetime(2025, 7, 1, 8, tzinfo=VIETNAM), 1.0)


def watching(*lines: str) -> Stopping:
    return Stopping(read_budgets(lines, ("home", "pay")), WINDOW, CLOCK, ON)


def line(second: int, outcome: str, took_s: float, count: int, step: str = "home") -> Line:
    return Line(step, outcome, "response", second, 1.0, Histogram.of({index_of(round(took_s * 1e9)): count}))


def play(stopping: Stopping, seconds: range, ok: int = 10, failed: int = 0, took_s: float = 0.1, step: str = "home"):
    """Play seconds that are alike; return what stopped them, if anything did."""
    for second in seconds:
        lines = [line(second, "ok", took_s, ok, step)] if ok else []
        outcomes = {step: {"ok": ok, "failed": failed}}
        stopping.second(second, lines, [Counters(second, 1.0, offered_by_step={step: ok + failed}, outcomes=outcomes)])
        found = stopping.look(second + 1, [])
        if found is not None:
            return found
    return None


def test_a_breach_of_as_many_seconds_stops_and_one_second_less_does_not() -> None:
    stopping = watching("all error_rate < 10% for 5s stop")
    assert play(stopping, range(10, 14), failed=5) is None
    found = play(stopping, range(14, 20), failed=5)
    assert found is not None
    assert (found.budget.text, found.from_s, found.to_s) == ("all error_rate < 10% for 5s stop", 10.0, 15.0)
    assert (found.value, found.samples) == (pytest.approx(1 / 3), 75)


def test_a_second_that_keeps_it_or_says_nothing_breaks_the_row() -> None:
    stopping = watching("all error_rate < 50% over 1s for 5s stop")
    for row in range(4):
        first = 10 + 5 * row
        assert play(stopping, range(first, first + 4), ok=0, failed=5) is None
        ok = 0 if row % 2 else 5
        assert play(stopping, range(first + 4, first + 5), ok=ok) is None
    assert play(stopping, range(30, 40), ok=0, failed=5).from_s == 30.0


def test_the_warm_up_stops_nothing() -> None:
    stopping = watching("all error_rate < 50% for 5s stop", "all response p95 < 1s for 5s stop")
    assert play(stopping, range(10), ok=1, failed=9, took_s=3) is None
    assert play(stopping, range(10, 40), ok=10) is None


def test_open_steps_are_as_late_as_they_are() -> None:
    stopping = watching("all response p95 < 2s for 3s stop", "pay response p95 < 2s for 60s stop")
    play(stopping, range(10, 20))
    waiting = [{"home": Histogram.of({index_of(3_000_000_000): 50})}, {"pay": Histogram.of({index_of(5): 1})}]
    assert [stopping.look(second, waiting) for second in (21, 22)] == [None, None]
    found = stopping.look(23, waiting)
    assert found is not None
    assert (found.value, found.from_s) == (pytest.approx(3, rel=1e-3), 20.0)


def test_hours_are_those_of_the_scenario() -> None:
    late = watching("all error_rate < 50% within 08:01..08:02 for 5s stop")
    assert play(late, range(10, 60), ok=0, failed=5) is None
    assert play(late, range(60, 70), ok=0, failed=5).from_s == 60.0


def test_goodput_and_one_step_are_looked_at_alone() -> None:
    stopping = watching("pay goodput >= 5/s for 4s stop")
    assert play(stopping, range(10, 20), step="pay") is None
    found = play(stopping, range(20, 40), step="home")
    assert found is not None
    assert (found.from_s, found.to_s) == (25.0, 29.0)  # when the last ten seconds held fewer than fifty payments


def test_a_waived_budget_stops_nothing_until_its_day() -> None:
    told = "all error_rate < 50% for 5s stop waived until {} because of a known fault"
    assert play(watching(told.format("2026-06-30")), range(10, 40), ok=0, failed=5) is None
    expired = watching(told.format("2026-06-29"))
    assert play(expired, range(10, 40), ok=0, failed=5) is None  # it fails the run at the end, whatever it did
