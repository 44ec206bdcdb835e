"""The course of a replication, from counters written by hand."""

from pathlib import Path

import pytest

from reports.counters import Counters, StationLoad
from reports.header import Header, Planned, Window
from reports.run import Run
from scenarios.course import course_of

RISING = ((0.0, 10.0), (60.0, 40.0), (120.0, 10.0), (300.0, 10.0))


def run(loads: dict[float, dict[str, tuple[float, float]]]) -> Run:
    """Return a run with (utilisation, backlog) of stations by the begin of 10 s."""
    header = Header(
        kind="simulated", scenario="day", scenario_hash="0", title="A day", seed=1, started="2025-07-01T00:00:00+07:00",
        duration_s=300, interval_s=10, measurement=Window(from_s=0, to_s=200), steps=("home",),
        planned=Planned(sessions=0), state="complete",
    )  # fmt: skip
    found = Run(Path("nowhere"), header)
    lines = (
        Counters(at, 10.0, stations={name: StationLoad(busy, backlog, 1.0) for name, (busy, backlog) in each.items()})
        for at, each in loads.items()
    )
    vars(found)["counters"] = tuple(lines)
    return found


def test_the_worst_comes_after_the_busiest_and_drains() -> None:
    backlogs = {50.0: 0.0, 60.0: 30.0, 70.0: 100.0, 80.0: 60.0, 90.0: 5.0, 100.0: 0.0}
    loads = {at: {"web": (0.5, 0.0), "db": (0.99 if waiting else 0.6, waiting)} for at, waiting in backlogs.items()}
    found = course_of(run(loads), RISING, 300.0)
    assert (found.busiest_s, found.worst_s, found.behind_s) == (60.0, 75.0, 15.0)
    assert (found.waiting, found.queue, found.drained_s, found.is_last) == (100.0, "db", 95.0, False)
    assert (found.binding, found.bound_s) == ("db", 60.0)


def test_a_queue_that_grows_to_the_end_has_not_drained() -> None:
    loads = {at: {"web": (1.0, at)} for at in (10.0, 20.0, 30.0)}
    found = course_of(run(loads), RISING, 300.0)
    assert (found.worst_s, found.drained_s, found.is_last) == (35.0, None, True)


def test_the_first_to_be_all_busy_binds_whoever_is_busiest_later() -> None:
    loads = {
        0.0: {"web": (0.90, 0.0), "database": (0.85, 0.0)},
        10.0: {"web": (0.94, 0.0), "database": (0.96, 2.0)},
        20.0: {"web": (1.0, 50.0), "database": (1.0, 2.0)},
    }
    found = course_of(run(loads), RISING, 300.0)
    assert (found.binding, found.bound_s) == ("database", 10.0)
    del loads[20.0], loads[10.0]
    calm = course_of(run(loads), RISING, 300.0)
    assert (calm.binding, calm.bound_s, calm.worst_s, calm.behind_s) == ("web", None, None, None)


def test_only_what_is_simulated_from_the_window_on_counts() -> None:
    found = run({0.0: {"web": (1.0, 90.0)}, 50.0: {"web": (0.5, 2.0)}, 210.0: {"web": (0.5, 8.0)}})
    vars(found)["header"] = found.header.model_copy(update={"measurement": Window(from_s=40, to_s=200)})
    assert course_of(found, RISING, 300.0).worst_s == 215.0
    assert course_of(found, RISING, 205.0).worst_s == 55.0


@pytest.mark.parametrize(("rate", "busiest_s"), [(((0.0, 5.0), (300.0, 5.0)), None), (RISING, 60.0)])
def test_a_steady_rate_has_no_busiest_instant(rate: tuple[tuple[float, float], ...], busiest_s: float | None) -> None:
    assert course_of(run({0.0: {"web": (0.5, 0.0)}}), rate, 300.0).busiest_s == busiest_s
