"""When sessions begin, who comes, and for what: the schema of a flow, `[arrivals]` or one of `[[flows]]`."""

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from cutover.base.document import Strict
from cutover.base.errors import BadInput
from fixtures.access import Access
from fixtures.volumes import Per, VolumeName
from models.demand.surge import Surge
from models.schedule import Profile
from scenarios.figure import DayCv, Figure, Ranged, SurgeFactor
from scenarios.load import Caps, Load, is_load, read_load
from scenarios.mix import Mix

HOURS = 24
FIRST_FLOW = "main"
"""What `[arrivals]` is called among the flows."""

Instant = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Time = Annotated[float, Field(ge=-1e9, le=1e9)]
Length = Annotated[float, Field(ge=0, le=1e9)]
Rate = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=7)]
Age = Annotated[int, Field(ge=0, le=120)]
Reason = Annotated[str, Field(min_length=1)]


class VolumeShare(Ranged):
    """So many times a volume: one that was published, or `life_events`, the model's own sum."""

    NUMBER: ClassVar[str] = "times"
    MOST: ClassVar[float] = 1000.0

    of: Literal[VolumeName, "life_events"]
    times: Annotated[float, Field(gt=0, le=1000)]
    assumed: Reason

    @property
    def origin(self) -> str:
        """Why so many times are assumed."""
        return f"assumed: {self.assumed}"


class Move(Strict):
    """From `at_s` on, the traffic of these provinces comes; without `provinces`, that of all others."""

    at_s: Time
    provinces: tuple[str, ...] | None = None


class BurstSettings(Strict):
    """Sessions come in trains of `size` on average, one every `gap_s`."""

    size: Annotated[float, Field(ge=1, le=16)]
    gap_s: Annotated[float, Field(ge=0, le=3600)]
    assumed: Reason


class Who(Strict):
    """Citizens of these ages, both included, who reach the portal in one of these ways."""

    from_age: Age = 0
    to_age: Age = 120
    access: Annotated[tuple[Access, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.to_age < self.from_age:
            msg = f"to_age must not be below from_age = {self.from_age}; correct one of them"
            raise ValueError(msg)
        return self


class SurgeEntry(Strict):
    """A flow `times` as large, up over `ramp_s`, down over `decay_s`; confined to provinces or procedures, or not."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    at_s: Time
    ramp_s: Length = 0.0
    hold_s: Length = 0.0
    decay_s: Length = 0.0
    times: SurgeFactor
    provinces: tuple[str, ...] | None = None
    procedures: tuple[str, ...] | None = None

    @property
    def confined(self) -> bool:
        """Tell whether it reaches only some of the flow."""
        return self.provinces is not None or self.procedures is not None

    @property
    def surge(self) -> Surge:
        """Return its course over time."""
        return Surge(self.at_s, self.ramp_s, self.hold_s, self.decay_s, self.times.value)


class Arrivals(Strict):
    """A flow; `docs/scenario-file.md` tells what each key means."""

    points: tuple[tuple[Instant, Rate], ...] | None = None
    sessions: Figure | None = None
    volume: VolumeShare | None = None
    per: Per | None = None
    hourly_shares: tuple[Share, ...] | None = None
    weekdays: tuple[Weight, ...] | None = None
    profile: Reason | None = None
    journeys: Mix | None = None
    procedures: str | dict[str, float] | None = None
    provinces: tuple[str, ...] | None = None
    who: Who | None = None
    from_s: Time | None = None
    to_s: Time | None = None
    moves: tuple[Move, ...] = ()
    assisted: bool = False
    bursts: BurstSettings | None = None
    day_cv: DayCv | None = None
    exact: bool = False
    surges: tuple[SurgeEntry, ...] = ()

    @field_validator("procedures", mode="before")
    @classmethod
    def _are_procedures(cls, value: Any) -> Any:
        if value in ("catalogue", "life_events") or value is None:
            return value
        shares = list(value.values()) if isinstance(value, dict) else []
        numbers = all(isinstance(share, (int, float)) and share >= 0 for share in shares)
        if not shares or not numbers or not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
            msg = (
                'must be "catalogue", "life_events" or shares of procedures that add up to 1; '
                'write for example procedures = { "1.001193" = 0.7, "1.000894" = 0.3 }'
            )
            raise ValueError(msg)
        return value

    @field_validator("journeys")
    @classmethod
    def _shares_add_up(cls, shares: Mix | None) -> Mix | None:
        return None if shares is None else added_up(shares)

    @field_validator("points")
    @classmethod
    def _make_a_profile(cls, points: tuple[tuple[float, float], ...] | None) -> tuple[tuple[float, float], ...] | None:
        if points is not None:
            try:
                Profile(points)
            except BadInput as error:
                rules = ", ".join(f"{mistake.key} {mistake.rule}" for mistake in error.mistakes)
                msg = f"{rules}; {error.mistakes[0].remedy}"
                raise ValueError(msg) from None
        return points

    @field_validator("profile")
    @classmethod
    def _make_a_load(cls, profile: str | None) -> str | None:
        if profile is not None and is_load(profile):
            read_load(profile)
        return profile

    @field_validator("hourly_shares")
    @classmethod
    def _make_a_day(cls, shares: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if shares is not None and (len(shares) != HOURS or not math.isclose(sum(shares), 1.0, abs_tol=1e-9)):
            found = f"{len(shares)} that add up to {sum(shares):.6g}"
            msg = f"must be 24 numbers that add up to 1, not {found}; correct them"
            raise ValueError(msg)
        return shares

    @property
    def week(self) -> str | None:
        """The name or path of its week's profile; None where it has none."""
        return None if self.profile is None or is_load(self.profile) else self.profile

    def load(self, caps: Caps) -> Load | None:
        """Return its load in words, as far as the caps allow where it names no end; None where it has none."""
        return None if self.profile is None or self.week is not None else read_load(self.profile, caps)


class FlowEntry(Arrivals):
    """A further flow."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


def added_up(shares: Mix) -> Mix:
    """Return shares that add up to 1; raise ValueError for others."""
    total = sum(each if isinstance(each, float) else each.value for each in shares.values())
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        msg = f"shares must add up to 1, not {total:.6g}; correct one of them"
        raise ValueError(msg)
    return shares
