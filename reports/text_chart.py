"""A small chart in text: where each budget's value and interval lie against its limit."""

import math
from collections.abc import Sequence

from reports.judgement import Judgement

CELLS = 24
"""Of half the axis; the limit stands in the middle."""

TITLE = "Value (●) and interval (├ ┤) against the limit (│), from 0 to twice the limit; < and > lie beyond:"


def text_chart(judgements: Sequence[Judgement]) -> list[str]:
    """Return a line for each budget that has a value and a limit to set it against."""
    drawn = [judgement for judgement in judgements if _is_drawn(judgement)]
    width = max((len(judgement.budget.text) for judgement in drawn), default=0)
    return [f"{one.budget.text:<{width}}  {_axis(one)}  {one.called}" for one in drawn]


def _is_drawn(judgement: Judgement) -> bool:
    return judgement.value is not None and (judgement.budget.is_relative or judgement.budget.limit > 0)


def _axis(judgement: Judgement) -> str:
    """Draw one line: dots, the interval as far as it lies on the axis, the limit, the value over all."""
    cells = ["·"] * (2 * CELLS + 1)
    low, high, value = (_cell(judgement, at) for at in (judgement.low, judgement.high, judgement.value))
    for at in range(max(low, 0), min(high, 2 * CELLS) + 1):
        cells[at] = "─"
    for at, sign in ((low, "├"), (high, "┤"), (CELLS, "│")):
        if 0 <= at <= 2 * CELLS:
            cells[at] = sign
    cells[min(max(value, 0), 2 * CELLS)] = "<" if value < 0 else ">" if value > 2 * CELLS else "●"
    return "".join(cells)


def _cell(judgement: Judgement, value: float | None) -> int:
    """Return where a value lies on the axis, in cells from its left end; a share of change in points of the limit's."""
    if value is None or math.isnan(value):
        value = judgement.value or 0.0
    if math.isinf(value):
        return -1 if value < 0 else 2 * CELLS + 1
    budget = judgement.budget
    beyond = value - budget.limit if budget.is_relative else value / budget.limit - 1
    return min(max(round(CELLS * (1 + beyond)), -1), 2 * CELLS + 1)
