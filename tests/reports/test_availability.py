"""The share of its seconds in which a portal answered somebody well."""

from collections.abc import Callable

import numpy as np
import pytest

from reports.availability import availability
from reports.budgets import read_budgets
from reports.counters import Counters
from reports.evidence import evidence
from reports.gate import judge
from reports.header import Window
from reports.no_evidence import NoEvidence
from reports.run import Run

Made = Callable[..., Run]


def seconds(made: Made, *told: tuple[int, dict[str, int]]) -> tuple[list[float], list[float]]:
    """Return what is up and what counts of seconds, each with the steps offered and how those ended that did."""
    run = made()
    lines = [
        Counters(float(at), 1.0, offered_by_step={"home": offered}, outcomes={"home": outcomes})
        for at, (offered, outcomes) in enumerate(told)
    ]
    vars(run)["counters"] = tuple(lines)
    found = availability(run, Window(from_s=0, to_s=len(lines)))
    return found.parts.tolist(), found.wholes.tolist()


def test_a_second_is_up_when_somebody_was_answered_well(made: Made) -> None:
    told = ((3, {"ok": 1, "failed": 2}), (2, {"failed": 1, "rejected": 1}), (1, {"ok": 1}))
    assert seconds(made, *told) == ([1, 0, 1], [1, 1, 1])


def test_a_second_of_waiting_is_what_the_answer_makes_it(made: Made) -> None:
    assert seconds(made, (1, {}), (0, {}), (0, {"ok": 1})) == ([1, 1, 1], [1, 1, 1])
    assert seconds(made, (1, {}), (0, {}), (0, {"timed_out": 1})) == ([0, 0, 0], [1, 1, 1])
    assert seconds(made, (1, {"ok": 1}), (1, {}), (0, {})) == ([1, 0, 0], [1, 1, 1])


def test_seconds_in_which_nobody_asks_do_not_count(made: Made) -> None:
    assert seconds(made, (0, {}), (1, {"ok": 1}), (0, {})) == ([0, 1, 0], [0, 1, 0])


def test_the_generator_s_own_faults_tell_nothing(made: Made) -> None:
    told = ((1, {"ok": 1}), (1, {"skipped": 1}), (1, {"blocked": 1}), (1, {"ok": 1}))
    assert seconds(made, *told) == ([1, 1, 1, 1], [1, 1, 1, 1])


def test_an_outage_breaks_the_budget(made: Made) -> None:
    budgets = ("portal availability >= 60%", "portal availability >= 99.9%")
    run = made(failing=0.0, budgets=budgets)
    lost = {"failed": 20}
    down = tuple(
        Counters(
            line.start_s,
            line.length_s,
            offered_by_step=line.offered_by_step,
            outcomes={"home": lost} if 20 <= line.start_s < 25 else line.outcomes,
        )
        for line in run.counters
    )
    vars(run)["counters"] = down
    found = evidence(run, read_budgets(budgets, ())[0])
    assert (found.value, found.samples) == (25 / 30, 30)
    assert [judgement.verdict for judgement in judge(made(budgets=budgets)).judgements] == ["pass", "inconclusive"]


def test_a_portal_that_nobody_asked_is_not_available(made: Made) -> None:
    run = made(steps_per_s=0.0)
    with pytest.raises(NoEvidence, match="nobody asked the portal for anything"):
        evidence(run, read_budgets(["portal availability >= 99%"], ())[0])
    assert not np.any(availability(run, run.window).wholes)
