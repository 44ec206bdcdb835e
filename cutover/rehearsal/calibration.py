"""Calibration of a plan from the low-load part of a measured run."""

from models.calibration.low_load import LowLoad, Observation, calibrate
from models.plan import Plan
from reports.header import Window
from reports.run import Run


def calibrated(plan: Plan, run: Run, window: Window) -> LowLoad:
    """Return the plan with the demands that a window of a measured run shows.

    Service latencies of ok steps give the demands; the target's CPU seconds, where it tells them, say how much of them
    occupies its server. Raises InvalidRun when the window holds too little.
    """
    window = run.whole(window)
    observations = {step: _observed(run, step, window) for step in run.header.steps}
    return calibrate(plan, observations, window.length_s, _busy_s(run, window))


def _observed(run: Run, step: str, window: Window) -> Observation:
    histogram = run.histogram("service", step, "ok", window)
    if not histogram.count:
        return Observation(0, 1.0, 1.0)
    return Observation(histogram.count, histogram.quantile(0.25) / 1e9, histogram.quantile(0.5) / 1e9)


def _busy_s(run: Run, window: Window) -> float | None:
    """Return the target's CPU seconds in the window; None unless each second of it tells."""
    seconds = [line.target_cpu_s for line in run.counters if window.holds(line.start_s, line.length_s)]
    known = [cpu_s for cpu_s in seconds if cpu_s is not None]
    return sum(known) if seconds and len(known) == len(seconds) else None
