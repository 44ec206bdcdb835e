"""What cannot be calibrated: why, and what to measure next."""

from collections.abc import Sequence

import numpy as np

from cutover.base.errors import BadInput, Mistake, NotIdentifiable
from models.calibration.candidates import Material
from models.calibration.draws import Fit
from models.calibration.low_load import FEWEST
from models.calibration.observed import Level, steps_of
from models.calibration.response_fit import TOLD_APART
from models.calibration.utilisation_law import ILL_CONDITIONED
from models.plan import Plan

LEAST_SPAN = 1.3
"""Levels whose highest load is below so many times the lowest are too alike (assumed)."""


def refuse_unfit(plan: Plan, levels: Sequence[Level]) -> None:
    """Raise BadInput for steps that were measured and that the plan does not have: nothing is free."""
    mistakes = [
        Mistake(
            f"plan {plan.name}", f"programs.{step}", None, "is missing, yet was measured", f"add [[programs.{step}]]"
        )
        for step in steps_of(levels)
        if step not in plan.programs
    ]
    if mistakes:
        raise BadInput(mistakes)


def refuse_few(levels: Sequence[Level]) -> None:
    """Raise NotIdentifiable for levels that are too few, too alike or too short to tell demands; all that is wrong."""
    if len(levels) < 2:
        found = "one" if levels else "none"
        raise NotIdentifiable(
            f"demands need levels of different load, but there is {found}; play a staircase, such as "
            '`cutover swarm SCENARIO --calibrate "20/s to 200/s in 6 levels of 40s"`'
        )
    wrong = []
    rates = [level.rps for level in levels]
    low, high = min(rates), max(rates)
    if high < LEAST_SPAN * low:
        wrong.append(
            f"levels from {low:.3g} to {high:.3g} steps/s are too alike; measure one at {2 * low:.3g} steps/s or more"
        )
    few = {step: max(_count(level, step) for level in levels) for step in steps_of(levels)}
    short = [f"{step} {count}" for step, count in few.items() if count < FEWEST]
    if short:
        wrong.append(
            f"steps need {FEWEST} samples ok at a level, but have at most {', '.join(short)}; "
            "measure longer levels, or leave the journeys with these steps out"
        )
    if wrong:
        raise NotIdentifiable("\n".join(wrong))


def _count(level: Level, step: str) -> int:
    return level.service[step].count if step in level.service else 0


def refuse_unmetered(material: Material) -> None:
    """Raise NotIdentifiable where nothing tells demand from delay: neither metrics nor a prediction."""
    if material.predict is None and not material.busy():
        raise NotIdentifiable(
            "demand and delay cannot be told apart: metrics tell no station's busy servers, and no prediction was "
            "given; give the target's metrics"
        )


def refuse_constant_mix(material: Material) -> None:
    """Raise NotIdentifiable where the mix of steps is too constant for demands of each step."""
    for place, busy in material.busy().items():
        if busy.condition is not None and busy.condition > ILL_CONDITIONED:
            raise NotIdentifiable(
                f"the mix of steps is too constant to tell their demands at {place} apart (condition number "
                f"{busy.condition:.3g}, above {ILL_CONDITIONED:g}); play levels whose journeys differ, or give metrics "
                "by step"
            )


def refuse_untold(material: Material, fit: Fit | None) -> None:
    """Raise NotIdentifiable where the fit of responses tells no place's demand, and metrics do not either."""
    if fit is None or material.busy():
        return
    if (np.std(np.log(fit.of_places), axis=0) >= TOLD_APART).all():
        highest = max(level.rps for level in material.levels)
        raise NotIdentifiable(
            f"demand and delay cannot be told apart: at {highest:.3g} steps/s, the highest load, hardly anything "
            f"waits; measure levels from {1.5 * highest:.3g} to {4 * highest:.3g} steps/s, near the knee, or give the "
            "target's metrics"
        )
