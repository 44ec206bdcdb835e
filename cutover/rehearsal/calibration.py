"""Calibration of a plan from the low-load part of a measured run."""

import math

from models.calibration import Calibration, Observation, calibrate
from models.plan import Plan
from reports.header import Window
from reports.run import Run

Z_QUARTILE = 0.6744897501960817  # the upper quartile of the standard normal distribution


def calibrated(plan: Plan, run: Run, window: Window) -> Calibration:
    """Return the plan with the demands that a window of a measured run shows.

    Service latencies of ok steps give the demands; the target's CPU seconds, where it tells them, say how much of them
    occupies its server. Raises InvalidRun when the window holds too little.
    """
    observations = {step: seen for step in run.header.steps if (seen := _observed(run, step, window)) is not None}
    return calibrate(plan, observations, window.length_s, _busy_s(run, window))


def _observed(run: Run, step: str, window: Window) -> Observation | None:
    """Fit a lognormal to the quartiles of a step's service latencies.

    Quartiles, since a stall of the shared machine lifts a mean and, squared, a variance, and is no demand of the step:
    σ = ln(q75/q25) / 2z with z = 0.6745, mean = q50·exp(σ²/2), scv = exp(σ²) − 1.
    """
    histogram = run.histogram("service", step, "ok", window)
    if not histogram.count:
        return None
    low_ns, middle_ns, high_ns = (histogram.quantile(q) for q in (0.25, 0.5, 0.75))
    sigma = math.log(high_ns / low_ns) / (2 * Z_QUARTILE)
    return Observation(histogram.count, middle_ns * math.exp(sigma**2 / 2) / 1e9, math.expm1(sigma**2))


def _busy_s(run: Run, window: Window) -> float | None:
    """Return the target's CPU seconds in the window; None unless each second of it tells."""
    seconds = [line.target_cpu_s for line in run.counters if window.holds(line.start_s, line.length_s)]
    known = [cpu_s for cpu_s in seconds if cpu_s is not None]
    return sum(known) if seconds and len(known) == len(seconds) else None
