"""How much runs of the same code differ, as was measured beforehand: `run_effects.toml`."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cutover.base.document import Strict, parse, read_document
from models.statistics.run_effects import Effect
from reports.machine_class import MachineClass
from reports.run import Run

FILE = Path(__file__).parent / "run_effects.toml"

WITHIN_S = 7200.0
"""Runs that began within so long of each other are of one occasion, as measured ones were; assumed."""

BUSY = 0.7
"""How busy a target is taken to be that does not tell; assumed, the most for which the gate promises its power."""

MOST_BUSY = 0.95
"""Beyond it queues are never steady for as long as a run."""

GOODPUT = 0.001
"""Standard deviation of the logarithm of goodput from run to run, where the load is the same; assumed, as good as 0."""


class Measured(Strict):
    """The effects that runs of the same code had on a class of machines: `speed` from `freedom` + 1 runs.

    `own` is the share of its variance that runs side by side do not have in common.
    """

    processor: str
    cores: Annotated[int, Field(ge=1)]
    speed: Annotated[float, Field(ge=0)]
    own: Annotated[float, Field(ge=0, le=1)]
    freedom: Annotated[float, Field(gt=0)]
    source: str


class Other(Strict):
    """The effects taken elsewhere: `beside` of runs side by side, `speed` of any others."""

    speed: Annotated[float, Field(gt=0)]
    beside: Annotated[float, Field(gt=0)]
    freedom: Annotated[float, Field(gt=0)]
    assumed: str


class RunEffects(Strict):
    """The file of run effects."""

    schema_version: Literal[1] = Field(1, alias="schema")
    measured: tuple[Measured, ...] = ()
    other: Other

    def of(self, runs: Sequence[Run]) -> Effect:
        """Return the effect on the logarithm of the speed, of runs that are compared with one another.

        What was measured is of runs on one class of machines: of several, nothing is known.
        """
        if runs[0].header.kind == "simulated":
            return Effect(0.0, 1.0)  # a simulation has no machine
        machines = {(machine.processor, machine.cores) for machine in (MachineClass.of(run.header) for run in runs)}
        began_s = [run.header.started.timestamp() for run in runs]
        known = [one for one in self.measured if {(one.processor, one.cores)} == machines]
        apart_s = max(began_s) - min(began_s)
        is_beside = apart_s < runs[0].header.duration_s / 2 and len(machines) == 1
        if not known or apart_s > WITHIN_S:
            return Effect(self.other.beside if is_beside else self.other.speed, self.other.freedom)
        return Effect(known[0].speed * math.sqrt(known[0].own if is_beside else 1.0), known[0].freedom)


@lru_cache(maxsize=1)
def run_effects() -> RunEffects:
    """Read the file of run effects."""
    return parse(read_document(FILE), RunEffects)


def busy(runs: Sequence[Run]) -> float | None:
    """Return how busy the target's processor was, a share of one core, over the windows; None where it did not tell."""
    each = [(told.target_cpu_s / told.length_s)[told.held(run.window)] for run in runs for told in [run.intervals]]
    shares = np.concatenate(each)
    known = shares[~np.isnan(shares)]
    return float(known.mean()) if known.size else None


def amplified(metric: str, share: float | None) -> float:
    """Return how many times as much as the machine's speed the logarithm of a metric varies from run to run.

    Response times of a queue scale with its services: R(λ, S) = S·h(λS). So d log R / d log S = 1 + d log R / d log λ,
    which for one server is 1/(1 − ρ) (M/G/1: R = S + ρ·const/(1 − ρ)), and less for several. A target that uses more
    than a core has several; it is taken as one that is as busy as BUSY.
    """
    if metric == "error_rate":
        return 0.0
    is_one = share is not None and share < 1
    return 1 / (1 - min(share if is_one and share is not None else BUSY, MOST_BUSY))
