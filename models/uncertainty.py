"""What a plan says of how sure it is: what it was calibrated on, ranges around its figures, and how it is metered."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cutover.base.document import Strict
from models.stations import Positive, Servers

MOST_DRAWS = 4096
MOST_FACTOR = 1000.0

Share = Annotated[float, Field(ge=1.0 / MOST_FACTOR, le=MOST_FACTOR)]
"""A factor: what something is multiplied by."""

Estimator = Literal["low_load", "utilisation_law", "demand_curve", "response_fit"]


class Target(Strict):
    """What a factor multiplies.

    The times of all services (`of = "service"`), or of those at a station, or by a step, or both; of all delays, or
    those of a step, or those in which a pool's token is held (`station`), or both; or the number of a station's
    servers or a pool's tokens, rounded, at least 1.
    """

    of: Literal["service", "delay", "tokens"]
    station: str | None = None
    step: str | None = None

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.of == "tokens" and (self.station is None or self.step is not None):
            raise ValueError("must have a `station` (or pool) and no `step`, being of tokens; correct it")
        return self

    @property
    def place(self) -> str:
        """What it multiplies, in words, such as `service at portal of submit`."""
        where = "under" if self.of == "delay" else "at"
        at = f" {where} {self.station}" if self.station is not None else ""
        return f"{self.of}{at}{f' of {self.step}' if self.step is not None else ''}"


class FactorEntry(Target):
    """A factor that calibration found: draws of what the plan's figure may have to be multiplied by, median about 1.

    Draws of one place in the lists of all factors belong together.
    """

    draws: tuple[Share, ...] = Field(min_length=1, max_length=MOST_DRAWS)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.place


class UncertainEntry(Target):
    """A range around what the plan says: lognormal, with `low` and `high` its 2.5 % and 97.5 % quantiles."""

    name: str = Field(min_length=1)
    low: Share
    high: Share
    source: str | None = None
    published: date | None = None
    assumed: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        published = self.source is not None and self.published is not None
        if published == (self.assumed is not None):
            raise ValueError("must have either `source` and `published`, or `assumed`; say where the range is from")
        if self.low >= self.high:
            raise ValueError("must have `low` below `high`; correct them")
        return self

    def known_on(self, day: date) -> bool:
        """Tell whether the range could be used on a day: what was published later is hindsight."""
        return self.published is None or self.published <= day


class FingerprintEntry(Strict):
    """What tells a stale plan: each step's mean service latency at low load, the target's version, the machine."""

    low_load_s: dict[str, Positive] = Field(default_factory=dict)
    version: str | None = None
    machine: str | None = None


class CalibrationEntry(Strict):
    """What a plan was calibrated on, and how sure that made it.

    `highest_rps` is the highest load measured, in steps a second, `servers` how many servers and tokens there were
    then, `condition` the condition number of the fit; `held_out` are levels of the runs that it was not fitted on.
    """

    runs: tuple[str, ...] = Field(min_length=1)
    fitted: date
    estimator: Estimator
    levels: int = Field(ge=1)
    highest_rps: Positive
    servers: dict[str, Servers] = Field(default_factory=dict)
    condition: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    fingerprint: FingerprintEntry = FingerprintEntry()
    held_out: tuple[str, ...] = ()
    factors: tuple[FactorEntry, ...] = ()


class ObservedEntry(Strict):
    """How a series of the target's metrics tells a station's busy servers.

    A counter of seconds that servers were busy, a gauge of servers in use, or a gauge of the busy share. `by` is the
    label that names the step, where the series has one.
    """

    metric: str = Field(min_length=1)
    what: Literal["busy_seconds", "in_use", "share"] = Field(alias="is")
    by: str | None = None
