"""How many generators made a run's load: their number shapes it."""

import numpy as np

from reports.run import Run


def generators(run: Run) -> int:
    """Return how many workers a run had, 0 in simulated ones; a kept baseline has the number written down."""
    kept = run.findings.get("baseline", {}).get("generators")
    return len(np.unique(run.vitals.worker)) if kept is None else int(kept)
