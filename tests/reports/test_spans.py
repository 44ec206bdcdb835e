"""Hours of scenario time, and windows."""

from collections.abc import Callable
from datetime import datetime

import pytest

from cutover.base.clock import VIETNAM
from reports.budgets import Budget, Hours, read_budgets
from reports.header import Window
from reports.no_evidence import NoEvidence
from reports.run import Run
from reports.spans import ScenarioClock, spans, windows

Made = Callable[..., Run]

MORNING = datetime(2026, 7, 1, 7, 0, tzinfo=VIETNAM)
HOUR_S = 3600


def budget(hours: str) -> Budget:
    return read_budgets([f"all error_rate < 1% within {hours}"], ())[0]


def found(clock: ScenarioClock, hours: Hours, from_s: float, to_s: float) -> list[tuple[float, float]]:
    return [(span.from_s, span.to_s) for span in clock.spans(hours, Window(from_s=from_s, to_s=to_s))]


def test_hours_are_those_of_every_day() -> None:
    hours = Hours(9 * HOUR_S, 10 * HOUR_S)
    day = 24 * HOUR_S
    clock = ScenarioClock(MORNING, 1.0)
    assert found(clock, hours, 0, 2 * day) == [(2 * HOUR_S, 3 * HOUR_S), (day + 2 * HOUR_S, day + 3 * HOUR_S)]
    assert found(clock, hours, 2.5 * HOUR_S, day) == [(2.5 * HOUR_S, 3 * HOUR_S)]
    assert found(clock, hours, 3 * HOUR_S, day) == []


def test_hours_may_cross_midnight_and_have_begun_the_day_before() -> None:
    night = Hours(22 * HOUR_S, 6 * HOUR_S)
    early = ScenarioClock(MORNING.replace(hour=2), 1.0)
    assert found(early, night, 0, 24 * HOUR_S) == [(0, 4 * HOUR_S), (20 * HOUR_S, 24 * HOUR_S)]


def test_a_warped_run_passes_scenario_hours_faster() -> None:
    clock = ScenarioClock(MORNING, 60.0)
    assert found(clock, Hours(8 * HOUR_S, 9 * HOUR_S), 0, 600) == [(60, 120)]
    assert clock.at(60) == MORNING.replace(hour=8)


def test_spans_hold_whole_intervals_of_the_measurement_window(made: Made) -> None:
    """The window is 10 s to 40 s, and a second of the run is a minute of the scenario."""
    run = made(starts=MORNING, warp=60.0)
    assert spans(run, budget("07:00..07:15")) == (Window(from_s=10, to_s=15),)
    assert spans(run, budget("07:20..08:00")) == (Window(from_s=20, to_s=40),)
    with pytest.raises(NoEvidence, match=r"no interval of the measurement window lies within 09:00\.\.10:00"):
        spans(run, budget("09:00..10:00"))


def test_a_run_that_does_not_say_when_its_scenario_starts_has_no_hours(made: Made) -> None:
    with pytest.raises(NoEvidence, match="does not tell when its scenario starts"):
        spans(made(), budget("07:00..07:15"))
    changed = made(starts=MORNING, events=({"t_s": 3.0, "event": "rate changed", "factor": 2.0},))
    with pytest.raises(NoEvidence, match="its pace was changed"):
        spans(changed, budget("07:00..07:15"))
    assert spans(made(kind="simulated"), budget("16:00..16:01"))  # it starts when its scenario does: 09:00 UTC


def test_windows_follow_each_other_and_the_last_one_ends_with_the_span() -> None:
    assert windows(Window(from_s=10, to_s=40), 10) == tuple(
        Window(from_s=at, to_s=at + 10) for at in (10.0, 20.0, 30.0)
    )
    assert windows(Window(from_s=10, to_s=44), 10)[-2:] == (Window(from_s=30, to_s=40), Window(from_s=34, to_s=44))
    assert windows(Window(from_s=10, to_s=19), 10) == ()
