"""When sessions begin: a rate over time, or a day's total with its hourly shares."""

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Strict
from cutover.base.errors import BadInput
from models.schedule import Profile
from scenarios.figure import Figure

HOUR_S = 3600.0
HOURS = 24

Instant = Annotated[float, Field(ge=0)]
Rate = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Arrivals(Strict):
    """Sessions over time: `points` of (s, sessions/s), or `sessions` a day with 24 `hourly_shares`."""

    points: tuple[tuple[Instant, Rate], ...] | None = None
    sessions: Figure | None = None
    hourly_shares: tuple[Share, ...] | None = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        by_points = self.points is not None
        by_hours = self.sessions is not None and self.hourly_shares is not None
        mixed = self.sessions is not None or self.hourly_shares is not None
        if by_points == by_hours or (by_points and mixed):
            msg = "must give either `points`, or `sessions` with `hourly_shares`; keep one of the two"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _points_make_a_profile(self) -> Self:
        if self.points is not None:
            try:
                Profile(self.points)
            except BadInput as error:
                rules = ", ".join(f"{mistake.key} {mistake.rule}" for mistake in error.mistakes)
                msg = f"points: {rules}; {error.mistakes[0].remedy}"
                raise ValueError(msg) from None
        return self

    @model_validator(mode="after")
    def _hours_make_a_day(self) -> Self:
        shares = self.hourly_shares
        if shares is not None and (len(shares) != HOURS or not math.isclose(sum(shares), 1.0, abs_tol=1e-9)):
            found = f"{len(shares)} that add up to {sum(shares):.6g}"
            msg = f"hourly_shares must be 24 numbers that add up to 1, not {found}; correct them"
            raise ValueError(msg)
        return self

    def profile(self) -> Profile:
        """Return the rate of sessions over time.

        Hourly shares become a rate that is linear between the middles of the hours and periodic over midnight,
        scaled so that the day's total is exact.
        """
        if self.points is not None:
            return Profile(self.points)
        if self.sessions is None or self.hourly_shares is None:
            raise AssertionError("validated arrivals have points or hours")
        shares = self.hourly_shares
        midnight = (shares[0] + shares[-1]) / 2
        middles = [((hour + 0.5) * HOUR_S, share) for hour, share in enumerate(shares)]
        shape = [(0.0, midnight), *middles, (HOURS * HOUR_S, midnight)]
        factor = self.sessions.value / Profile(tuple(shape)).expected(HOURS * HOUR_S)
        return Profile(tuple((instant, share * float(factor)) for instant, share in shape))
