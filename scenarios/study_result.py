"""What a study found: estimates of each variant, and how the variants differ."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cutover.base.errors import Interrupted, InvalidRun
from models.statistics.interval import Interval
from models.statistics.pairs import PairedDifference, paired_difference
from models.statistics.precision import Progress
from reports.gate import EXIT_CODES, first_exit_code
from reports.quantities import count, interval, quantity, share
from scenarios.trials import Failure

Values = Mapping[int, float]


@dataclass(frozen=True)
class StudyResult:
    """What a study found, by variant and budget; a quantity that no trial could give is left out.

    `units` are those of the budgets' values, by the budgets' text. `differences` are each further variant's values less
    those of the first, over the replications that both have; one of which a pair is infinite twice is left out too.
    `missing` counts the trials without a result.
    """

    units: Mapping[str, str]
    replications: int
    estimates: Mapping[str, Mapping[str, Progress]]
    differences: Mapping[str, Mapping[str, PairedDifference]]
    failures: tuple[Failure, ...]
    missing: int = 0
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """What a command that played it ends with: interrupted, invalid where trials are missing, or inconclusive.

        It is inconclusive where the first budget's value is not as precise as was asked for, in any variant.
        """
        first = next(iter(self.units))
        is_known = all(first in found and found[first].reached for found in self.estimates.values())
        return ended(self.interrupted, self.missing, is_known)

    def words(self) -> list[str]:
        """Tell the estimates and differences of each budget, as lines for a terminal."""
        return [line for text, unit in self.units.items() for line in (text, *self._of(text, unit))]

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "replications": self.replications,
            "missing": self.missing,
            "interrupted": self.interrupted,
            "exit_code": self.exit_code,
            "units": dict(self.units),
            "estimates": {
                variant: {
                    text: {**one.interval.to_dict(), "reached": one.reached, "why_not_reached": one.why}
                    for text, one in found.items()
                }
                for variant, found in self.estimates.items()
            },
            "differences": {
                variant: {
                    text: {**one.difference.to_dict(), "variance_reduction": one.variance_reduction}
                    for text, one in found.items()
                }
                for variant, found in self.differences.items()
            },
            "failures": [asdict(failure) for failure in self.failures],
        }

    def _of(self, text: str, unit: str) -> Iterator[str]:
        first = next(iter(self.units))  # whose precision was asked for
        for variant, found in self.estimates.items():
            if text in found:
                one = found[text]
                said = _estimate(one.interval, unit)
                is_short = text == first and one.why not in (None, one.interval.why)
                yield f"  {variant}: {said}" + (f"; not as precise as asked for: {one.why}" if is_short else "")
            else:
                yield f"  {variant}: no trial could tell"
        base = next(iter(self.estimates))
        for variant, differing in self.differences.items():
            if text in differing:
                pair = differing[text]
                yield f"  {variant} less {base}: {_estimate(pair.difference, unit)}{_saved(pair)}"


def ended(interrupted: bool, missing: int, is_known: bool) -> int:
    """Return the exit code of what was interrupted, lacks so many trials, or knows what was asked for."""
    codes = (Interrupted.exit_code, InvalidRun.exit_code, EXIT_CODES["inconclusive"])
    holds = (interrupted, missing > 0, not is_known)
    return first_exit_code(code for code, does in zip(codes, holds, strict=True) if does)


def differences(first: Mapping[str, Values], second: Mapping[str, Values], level: float) -> dict[str, PairedDifference]:
    """Return second − first for each quantity, over the replications that both have, where they have a difference."""
    found = {}
    for text in first.keys() & second.keys():
        shared = sorted(first[text].keys() & second[text].keys())
        pairs = [(first[text][n], second[text][n]) for n in shared]
        if pairs and not any(math.isinf(x) and math.isinf(y) for x, y in pairs):
            found[text] = paired_difference([x for x, _ in pairs], [y for _, y in pairs], level)
    return found


def _estimate(found: Interval, unit: str) -> str:
    value, rests = quantity(found.value, unit), f"{found.method}, {count(found.samples)} of them"
    if found.why:
        return f"{value}; no interval: {found.why}"
    return f"{value} ({interval(found.low, found.high, unit)} at {share(found.level)}; {rests})"


def _saved(pair: PairedDifference) -> str:
    reduction = pair.variance_reduction
    if reduction is None or pair.difference.why:
        return ""
    return f"; common draws {'took away' if reduction >= 0 else 'added'} {share(abs(reduction))} of the variance"
