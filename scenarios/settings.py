"""The settings of a scenario file: how it is played by a swarm, a forecast and a rehearsal, and what goes wrong."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Strict
from models.faults import Fault
from reports.header import Window
from scenarios.figure import Factor, Share

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class SwarmSettings(Strict):
    """How a swarm plays the scenario: volume, compression of time, and what it may not exceed."""

    scale: Positive = 1.0
    warp: Positive = 1.0
    max_sessions: Annotated[int, Field(gt=0)] = 20_000
    max_sessions_per_s: Positive = 1_000.0
    max_s: Positive = 900.0


class ForecastSettings(Strict):
    """How a forecast plays the scenario: the plan, the busiest span looked at, and the replications."""

    plan: str
    window_s: Positive = 600.0
    warm_up_s: Annotated[float, Field(ge=0)] = 600.0
    replications: Annotated[int, Field(ge=1, le=1000)] = 2


class DemandSettings(Strict):
    """What all flows have in common: `volume` multiplies their sessions, `sharpness` raises the shares of their hours.

    Shares of a day's hours are raised to that power and made to add up again: at 0 all hours are alike, 1 leaves them,
    above 1 peaks stand out more. A load in words and `points` have no hours.
    """

    volume: Factor | None = None
    sharpness: Factor | None = None

    @property
    def times(self) -> float:
        """What sessions are multiplied by."""
        return 1.0 if self.volume is None else self.volume.value


class FaultEntry(Strict):
    """What goes wrong at a station of the plan for a while; forecasts play it, swarms meet the portal as it is.

    `members` are those of a family that it befalls, counted from 0; all without it.
    """

    name: str
    station: str
    members: tuple[Annotated[int, Field(ge=0)], ...] | None = None
    from_s: Annotated[float, Field(ge=0)]
    to_s: Positive
    left: Share | None = None
    slower: Factor | None = None
    fails: Share | None = None
    down: bool = False

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.to_s <= self.from_s:
            msg = f"to_s must be after from_s = {self.from_s:g}; give the fault a length"
            raise ValueError(msg)
        if not (self.left or self.slower or self.fails or self.down):
            msg = (
                "must have `left` (the share of servers that serve on), `slower` (a factor), `fails` (a probability), "
                "or `down = true`; give one"
            )
            raise ValueError(msg)
        shares = [figure.value for figure in (self.left, self.fails) if figure]
        if not all(0 <= share <= 1 for share in shares) or (self.slower and not 0 < self.slower.value < 1000):
            msg = "`left` and `fails` must be from 0 to 1, and `slower` above 0 and below 1000; correct it"
            raise ValueError(msg)
        return self

    def fault(self) -> Fault:
        """Return the fault as the model has it."""
        return Fault(
            self.station,
            round(self.from_s * 1e9),
            round(self.to_s * 1e9),
            left=1.0 if self.left is None else self.left.value,
            slower=1.0 if self.slower is None else self.slower.value,
            fails=0.0 if self.fails is None else self.fails.value,
            down=self.down,
            members=self.members,
        )


class PortalSettings(Strict):
    """How a rehearsal starts the stand-in portal.

    `config` (what the portal has) and `faults` (what goes wrong) are paths of files, from the scenario's folder on.
    """

    slow: Positive = 1.0
    config: Annotated[str, Field(min_length=1)] | None = None
    faults: Annotated[str, Field(min_length=1)] | None = None

    def beside(self, folder: Path) -> tuple[Path | None, Path | None]:
        """Return the paths of the two files, for a scenario in a folder."""
        return (folder / self.config if self.config else None), (folder / self.faults if self.faults else None)


class RehearsalSettings(Strict):
    """What a rehearsal adds: the low-load span it calibrates from, and the national day it forecasts."""

    calibration: Window
    plan: str = "stand-in"
    national_day: Name | None = None
