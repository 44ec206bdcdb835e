"""What serves, as a plan writes it: stations, pools, and what happens to stations by itself."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cutover.base.document import Strict
from models.laws import Law

MOST_SERVERS = 10_000_000
MOST_COPIES = 1000

Servers = Annotated[int, Field(ge=1, le=MOST_SERVERS)]
Seconds = Annotated[float, Field(ge=0, le=1e8, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e8, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Places = Annotated[int, Field(ge=0)]
Entries = tuple[tuple[Seconds, Annotated[int, Field(ge=0, le=MOST_SERVERS)]], ...]


def _ascending(schedule: Entries) -> Entries:
    """Return a schedule that begins at 0 and ascends; raise ValueError for another."""
    instants = [at_s for at_s, _ in schedule]
    if not instants or instants[0] != 0 or instants != sorted(set(instants)) or schedule[0][1] < 1:
        raise ValueError(
            "must be [seconds, servers] pairs that begin at 0 with one server or more, and ascend; sort it"
        )
    return schedule


Schedule = Annotated[Entries, AfterValidator(_ascending)]
"""[seconds, servers] pairs: how many there are from when on."""


class BreakerEntry(Strict):
    """After so many failures in a row all calls fail at once, for so long; then one is let through to try."""

    failures: int = Field(ge=1)
    open_s: Positive


class ScalerEntry(Strict):
    """An autoscaler: above `up` in a window, `step` servers more after `start_up_s`; below `down`, as many fewer."""

    window_s: Positive
    up: Probability
    down: Probability
    step: int = Field(ge=1)
    least: Servers
    most: Servers
    cooldown_s: Seconds
    start_up_s: Seconds

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.down >= self.up or self.least > self.most:
            raise ValueError("must have down < up, and least no greater than most; correct them")
        return self


class Station(Strict):
    """Servers with one queue; a full queue rejects.

    Several `copies` make a family, of which a session uses the one of its province (`by`), or one by `weights`.
    """

    servers: Servers | None = None
    schedule: Schedule | None = None
    queue: Places | None = None
    discipline: Literal["fcfs", "sharing", "priority"] = "fcfs"
    copies: int | None = Field(default=None, ge=2, le=MOST_COPIES)
    by: Literal["province"] | None = None
    weights: tuple[Positive, ...] | None = Field(default=None, min_length=2, max_length=MOST_COPIES)
    fails: Probability = 0.0
    breaker: BreakerEntry | None = None
    scaler: ScalerEntry | None = None
    note: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.servers is None) == (self.schedule is None):
            raise ValueError("must have `servers` or a `schedule` of them; give one of the two")
        if self.scaler and (self.schedule or not self.scaler.least <= (self.servers or 0) <= self.scaler.most):
            raise ValueError("has a `scaler`, so it must start with `servers` from least to most; correct them")
        if self.copies is not None and (self.by is None) == (self.weights is None):
            raise ValueError('has `copies`, so it must say which a session uses; give `by = "province"` or `weights`')
        if self.copies is None and self.by is not None:
            raise ValueError("has `by`, so it must have `copies`; say how many")
        if self.weights is not None and self.copies not in (None, len(self.weights)):
            raise ValueError(f"has {self.copies} copies and {len(self.weights)} weights; leave out `copies`")
        return self

    @property
    def members(self) -> int | None:
        """Return how many stations the family has; None where it is a single station."""
        return len(self.weights) if self.weights is not None else self.copies


class Pool(Strict):
    """Tokens that are held while something else goes on: workers, connections; a full queue rejects."""

    tokens: Servers | None = None
    schedule: Schedule | None = None
    queue: Places | None = None
    note: str = ""

    @model_validator(mode="after")
    def _has_tokens(self) -> Self:
        if (self.tokens is None) == (self.schedule is None):
            raise ValueError("must have `tokens` or a `schedule` of them; give one of the two")
        return self


class SlowEntry(Strict):
    """Slow phases that stations share, such as garbage collection or a noisy neighbour."""

    name: str
    stations: tuple[str, ...] = Field(min_length=1)
    every: Law
    lasts: Law
    times: Annotated[float, Field(ge=1, lt=1000)]
    note: str = ""
