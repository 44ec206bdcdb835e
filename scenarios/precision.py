"""How precise somebody wants a value to be: read from an option, and told when it was played for."""

import math
import re
from typing import Any

from cutover.base.errors import BadInput
from models.statistics.precision import Precision, Progress
from reports.quantities import share

MOST = 200
"""So many replications end a sequence that is not precise by then; assumed: what somebody would wait for."""

LEAST = 10
"""Replications of a study or a sequence that nobody has given a number for (Law & Kelton, 9.4.1, advise 10)."""

_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)")


def asked(text: str | None, replications: int | None) -> Precision:
    """Return the rule of `--precision` (such as `5%` or `0.05`) and `--replications`, whose default is 10.

    Without a precision, that number is all. Raises BadInput for what is no precision, and for fewer replications than 2
    or more than 200.
    """
    relative = None if text is None else _relative(text)
    least = LEAST if replications is None else replications
    if not 2 <= least <= MOST:
        rule = f"must be from 2 to {MOST}, so that their spread is seen, and they come to an end"
        raise BadInput.single("options", "--replications", least, rule, "choose another number")
    return Precision(relative, at_least=least, at_most=least if relative is None else MOST)


def told(precision: Precision, progress: Progress | None) -> dict[str, Any]:
    """Tell how far replications came, for JSON and in words; None: none holds data about the first budget."""
    if progress is None:
        why = "no replication holds data about the first budget"
        return {"asked": precision.relative, "half_width_share": None, "reached": False, "words": f"precision: {why}"}
    half, count = progress.interval.relative_half_width, progress.interval.samples
    came = "not known" if math.isinf(half) else f"± {share(half)}"
    words = f"precision of the first budget's value: {came} after {count} replications"
    if precision.relative is not None:
        words += f"; ± {share(precision.relative)} was asked for"
        words += "" if progress.reached else f" and not reached. {progress.why}"
    return {
        "asked": precision.relative,
        "half_width_share": None if math.isinf(half) else half,
        "reached": progress.reached,
        "words": words,
    }


def _relative(text: str) -> float:
    """Read a share, such as `5%` or `0.05`; raise BadInput for what is none between 0 and 1."""
    found = _NUMBER.fullmatch(text.strip())
    relative = float(found[1]) / (100 if found[2] else 1) if found else 0.0
    if not 0 < relative < 1:
        rule = "must be a share of the value, above 0 and below 1"
        raise BadInput.single("options", "--precision", text, rule, "write 5% or 0.05, say")
    return relative
