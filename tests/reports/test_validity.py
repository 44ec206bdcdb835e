from collections.abc import Callable
from typing import Any

import pytest

from reports.run import Run
from reports.summary import Summary
from reports.validity import findings

Made = Callable[..., Run]


def test_a_healthy_run_has_no_finding(made: Made) -> None:
    assert findings(made()) == ()
    assert findings(made(kind="simulated")) == ()


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"state": "interrupted", "stop_s": 20}, "The run was interrupted after 20 s of 40 s."),
        ({"validity": ("The target never answered.",)}, "The target never answered."),
        ({"steps_per_s": 0.0}, "No step was offered in the measurement window."),
        ({"cpu": 0.97},
         "The generator was saturated: it used 97 % of its core on average (at most 95 % is allowed)."),
    ],
)  # fmt: skip
def test_each_finding_says_what_and_how_much(made: Made, fields: dict[str, Any], finding: str) -> None:
    assert findings(made(**fields)) == (finding,)


def test_a_late_generator_is_found(made: Made) -> None:
    (finding,) = findings(made(lag_s=0.1))
    assert finding.startswith("The generator sent steps late: send lag p99 was ")
    assert finding.endswith("(at most 100 ms is allowed).")
    assert findings(made(lag_s=0.015)) == ()


def test_too_few_sessions_are_found(made: Made) -> None:
    (finding,) = findings(made(planned=400))
    assert finding.startswith("Only ")
    assert " of 400 planned sessions were started (" in finding
    assert finding.endswith("; at least 99 % are needed).")


def test_a_firewall_in_the_way_is_found_and_named(made: Made) -> None:
    run = made(failing=0.1, failure="blocked")
    blocked, offered = Summary.of(run).all.outcomes["blocked"], Summary.of(run).all.offered
    assert findings(run) == (f"You measured the firewall: it answered {blocked} of {offered} steps.",)
    assert findings(made(failing=0.1, failure="rejected")) == ()


def test_a_run_still_held_by_its_writer_is_found(made: Made) -> None:
    run = made()
    running = Run(run.folder, run.header.model_copy(update={"state": "running"}))
    assert findings(running) == ("The run is still being played.",)
