"""Citizens, as a plan writes them: their door, their bandwidth, and what they do when a step is not ok."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Strict
from models.laws import Law
from models.stations import Places, Positive, Probability, Seconds

MOST_AGAIN = 20


class AdmissionEntry(Strict):
    """The door: a token bucket (`rate_rps`, `burst`), or a waiting room for who is `inside`."""

    rate_rps: Positive | None = None
    burst: int | None = Field(default=None, ge=1)
    inside: int | None = Field(default=None, ge=1)
    queue: Places | None = None
    wait_s: Seconds | None = None
    note: str = ""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        bucket, room = self.rate_rps is not None, self.inside is not None
        if (
            bucket == room
            or (bucket and (self.wait_s, self.queue) != (None, None))
            or (room and self.burst is not None)
        ):
            raise ValueError(
                "must be a bucket (`rate_rps`, `burst`) or a room (`inside`, `queue`, `wait_s`); choose one"
            )
        return self


class AgainEntry(Strict):
    """What a citizen does when a step was not ok: with a probability, after a wait, so many times at most."""

    probability: Probability
    wait: Law
    times: int = Field(ge=1, le=MOST_AGAIN)


class Bandwidth(Strict):
    """The bandwidth of a citizen, drawn once for each session: lognormal, in megabits per second (assumed)."""

    mean_mbps: Annotated[float, Field(gt=0, le=1e6)]
    cv: Annotated[float, Field(ge=0, le=20)] = 0.0


class CitizensEntry(Strict):
    """What citizens do and have: reload a step, come back later, a bandwidth."""

    bandwidth: Bandwidth | None = None
    reload: AgainEntry | None = None
    come_back: AgainEntry | None = None
    note: str = ""
