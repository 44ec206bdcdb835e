"""Levels of measured runs: exactly what the run's files hold, what settles, and what probes tell."""

import numpy as np
import pytest

from reports.buckets import MEDIAN_NS
from reports.header import Window
from reports.measured_levels import Hold, drift_notes, level_of, measured_levels
from reports.target_metrics.mapped import meters_of
from reports.target_metrics.meter import Meters
from tests.reports.target_metrics.test_target_metrics import plan

WINDOW = Window(from_s=10.0, to_s=30.0)


def between_probes(length_s, probe_s, per_s):
    """A level between two probes, for which so many sessions a second are planned."""
    ends = probe_s, probe_s + length_s, 2 * probe_s + length_s
    return [
        Hold("p", 0.0, ends[0], per_s, is_probe=True),
        Hold("a", ends[0], ends[1], per_s),
        Hold("p", ends[1], ends[2], per_s, is_probe=True),
    ]


def test_a_level_holds_what_the_run_recorded_in_its_window(made):
    run = made(failing=0.1, duration_s=40)
    level = level_of(run, "20/s", WINDOW, meters_of(None, plan(), run, {}), {"portal": 2})
    for step in run.header.steps:
        lines = [line for line in run.lines("response", step) if WINDOW.holds(line.start_s, line.length_s)]
        assert level.offered[step] == sum(line.histogram.count for line in lines)
        ok = run.histogram("response", step, "ok", WINDOW)
        assert (level.ok[step], level.response[step].count) == (ok.count, ok.count)
        assert level.response[step].mean_s == pytest.approx(ok.mean_ns / 1e9)
        assert level.response[step].values_s.tolist() == (MEDIAN_NS[ok.buckets] / 1e9).tolist()
    assert level.goodness == pytest.approx(0.9, abs=0.05)
    assert level.busy["portal"] == pytest.approx(0.5, abs=0.03)
    assert level.blocks.offered.shape == (4, len(run.header.steps))
    assert level.blocks.offered.sum(axis=0).tolist() == list(level.offered.values())
    assert level.blocks.busy.mean() == pytest.approx(level.busy["portal"])
    means = level.blocks.mean_s[:, 0] @ [1, 0, 0, 0]
    first = run.histogram("response", run.header.steps[0], "ok", Window(from_s=10.0, to_s=15.0))
    assert means == pytest.approx(first.mean_ns / 1e9)


def test_a_fifth_of_each_hold_is_left_out_and_probes_are_no_levels(made):
    run = made(duration_s=60)
    holds = [*between_probes(20.0, 10.0, 4.0), Hold("b", 40.0, 60.0, 4.0), Hold("short", 60.0, 60.5, 4.0)]
    found = measured_levels(run, holds, Meters(), {})
    assert [(each.level.name, each.window.from_s, each.window.to_s) for each in found] == [
        ("a", 14.0, 30.0),
        ("b", 44.0, 60.0),
    ]
    assert found[0].level.drift == pytest.approx(0.0, abs=0.05)
    assert found[1].level.drift is None  # no probe after it


def test_what_a_slow_stretch_leaves_behind_is_left_out(made):
    run = made(duration_s=60, mean_s=0.05, slow=(10.0, 20.0, 60.0))  # steps of seconds, which end in the next hold
    calm, after = measured_levels(run, [Hold("a", 0.0, 20.0, settles=False), Hold("b", 20.0, 60.0)], Meters(), {})
    assert calm.window.from_s == 0.0
    assert after.window.from_s == 28.0
    longer = made(duration_s=60, mean_s=0.05, slow=(10.0, 20.0, 300.0))
    assert measured_levels(longer, [Hold("b", 20.0, 60.0)], Meters(), {})[0].window.from_s > 30.0


@pytest.mark.parametrize(("times", "told"), [(1.5, True), (1.0, False)])
def test_probes_tell_a_target_that_became_slower(made, times, told):
    run = made(duration_s=60, steps_per_s=80.0, slow=(40.0, 60.0, times))
    (level,) = measured_levels(run, between_probes(20.0, 20.0, 16.0), Meters(), {})
    assert level.level.drift == pytest.approx(0.4 if told else 0.0, abs=0.06)
    assert bool(drift_notes([level])) is told


def test_a_probe_that_is_still_busy_tells_nothing(made):
    run = made(duration_s=60, steps_per_s=80.0)
    (level,) = measured_levels(run, between_probes(20.0, 20.0, 1.0), Meters(), {})
    assert (level.level.drift, level.speed) == (None, None)


def test_a_black_box_has_blocks_without_busy_servers(made):
    level = level_of(made(), "20/s", WINDOW, Meters(), {})
    assert (level.busy, level.blocks.busy.shape) == ({}, (4, 0))
    assert np.isfinite(level.blocks.mean_s).all()
