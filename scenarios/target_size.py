"""How much a portal holds when a run begins: an empty one answers faster than any other."""

import re
from typing import Final

SIZES: Final = {"dossiers": "portal_dossiers_total", "procedures": "portal_procedures"}
"""What is kept of a target's size, and the metric that tells it."""


def size_of(metrics: bytes) -> dict[str, int] | None:
    """Read the sizes that a page of Prometheus metrics tells; None when it tells none.

    >>> size_of(b"portal_dossiers_total 5000000")
    {'dossiers': 5000000}
    """
    found = {
        name: re.search(rb"^" + metric.encode() + rb"\s+([0-9]+)(?:\.0*)?\s*$", metrics, re.MULTILINE)
        for name, metric in SIZES.items()
    }
    return {name: int(size[1]) for name, size in found.items() if size} or None
