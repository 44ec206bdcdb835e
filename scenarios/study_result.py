"""What a study found: estimates of each variant, and how the variants differ."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models.statistics.pairs import PairedDifference, paired_difference
from models.statistics.precision import Progress
from scenarios.trials import Failure

Values = Mapping[int, float]


@dataclass(frozen=True)
class StudyResult:
    """What a study found, by variant and budget; a quantity that no trial could give is left out.

    `differences` are each further variant's values less those of the first, over the replications that both have; one
    of which a pair is infinite twice is left out too.
    """

    replications: int
    estimates: Mapping[str, Mapping[str, Progress]]
    differences: Mapping[str, Mapping[str, PairedDifference]]
    failures: tuple[Failure, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "replications": self.replications,
            "estimates": {
                variant: {text: {**one.interval.to_dict(), "reached": one.reached} for text, one in found.items()}
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


def differences(first: Mapping[str, Values], second: Mapping[str, Values], level: float) -> dict[str, PairedDifference]:
    """Return second − first for each quantity, over the replications that both have, where they have a difference."""
    found = {}
    for text in first.keys() & second.keys():
        shared = sorted(first[text].keys() & second[text].keys())
        pairs = [(first[text][n], second[text][n]) for n in shared]
        if pairs and not any(math.isinf(x) and math.isinf(y) for x, y in pairs):
            found[text] = paired_difference([x for x, _ in pairs], [y for _, y in pairs], level)
    return found
