import json
from collections.abc import Callable

import pytest

from reports.comparison import QUANTITIES, Comparison
from reports.header import Window
from reports.run import Run
from reports.summary import Summary

Made = Callable[..., Run]


def test_both_sides_are_the_summaries(made: Made) -> None:
    measured, predicted = made(), made(kind="simulated", mean_s=0.11)
    found = Comparison.of(measured, predicted)
    assert found.steps == (*measured.header.steps, "all")
    assert [pair.quantity for pair in found.pairs[:5]] == list(QUANTITIES)
    for name in found.steps:
        for run, side in ((measured, "measured"), (predicted, "predicted")):
            step = Summary.of(run).steps[name]
            assert step.response is not None
            values = {q: getattr(found.pair(name, q), side).value for q in QUANTITIES}
            assert values["throughput"] == step.ok_per_s
            assert values["mean"] == pytest.approx(step.response.mean_ok_s, rel=1e-12)
            assert (values["p50"], values["p95"]) == (step.response.p50_s, step.response.p95_s)


def test_a_planted_difference_is_found_and_an_equal_run_agrees(made: Made) -> None:
    measured = made(duration_s=80)
    slower, equal = made(kind="simulated", mean_s=0.15, duration_s=80), made(kind="simulated", duration_s=80)
    far, near = (Comparison.of(measured, run).pair("all", "p50") for run in (slower, equal))
    assert far is not None
    assert near is not None
    assert not far.agrees
    assert far.error == pytest.approx(0.5, abs=0.2)
    assert near.agrees


def test_only_time_that_both_measured_is_compared(made: Made) -> None:
    measured, late = made(), made(kind="simulated")
    narrowed = Run(late.folder, late.header.model_copy(update={"measurement": Window(from_s=25, to_s=60)}))
    found = Comparison.of(measured, narrowed)
    assert found.window == Window(from_s=25, to_s=40)
    pair = found.pair("all", "p95")
    assert pair is not None
    assert pair.measured.samples == Summary.of(measured, found.window).all.offered


def test_throughput_of_replications_is_that_of_one(made: Made) -> None:
    measured, twice = made(), made(kind="simulated")
    summed = Run(twice.folder, twice.header.model_copy(update={"replications": 2}))
    once, half = (Comparison.of(measured, run).pair("all", "throughput") for run in (twice, summed))
    assert once is not None
    assert half is not None
    assert half.predicted.value == once.predicted.value / 2


def test_what_is_a_lower_bound_has_no_error(made: Made) -> None:
    found = Comparison.of(made(failing=0.3, failure="timed_out"), made(kind="simulated"))
    pair = found.pair("all", "p95")
    assert pair is not None
    assert pair.error is None
    assert found.worst("p95") is None or found.worst("p95").error is not None  # type: ignore[union-attr] # just asked
    listed = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    (p95,) = [one["measured"] for one in listed if (one["step"], one["quantity"]) == ("all", "p95")]
    assert (p95["is_at_least"], p95["high"]) == (True, None)


def test_a_step_that_never_ended_well_is_left_out(made: Made) -> None:
    assert Comparison.of(made(steps_per_s=0.0), made(kind="simulated")).pairs == ()
