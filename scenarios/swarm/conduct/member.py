"""A worker as its coordinator knows it during one run."""

from dataclasses import dataclass, field
from enum import Enum, auto

from scenarios.swarm.conduct.clock_offset import ClockOffset


class State(Enum):
    """How far a worker has come."""

    PREPARING = auto()  # reads its order
    TIMING = auto()  # its clock is being read
    READY = auto()  # waits for the others
    PLAYING = auto()  # has a share, or will have
    LOST = auto()  # was not heard; may return
    ENDED = auto()  # has said that it is done, was refused, or has no clock to be trusted


@dataclass
class Member:
    """One worker of a run.

    `heard_ns` is the coordinator's clock when the last heartbeat came; `received` counts the reports taken; all that it
    did before `reported_ns` of the run has been reported; `open` are the sessions it had in progress then. `clock` is
    how far its clock is ahead of the coordinator's, as fixed at its start.
    """

    number: int
    address: str
    host: str
    since_ns: int
    heard_ns: int
    state: State = State.PREPARING
    clock: ClockOffset | None = None
    asked: int = 0
    received: int = 0
    reported_ns: int = 0
    has_drifted: bool = False
    open: set[int] = field(default_factory=set)

    @property
    def is_preparing(self) -> bool:
        """Whether it is getting ready: it has joined, and has no share yet."""
        return self.state in (State.PREPARING, State.TIMING)

    @property
    def is_playing(self) -> bool:
        """Whether it may have a lease."""
        return self.state is State.PLAYING

    @property
    def may_report(self) -> bool:
        """Whether reports may still come from it."""
        return self.state in (State.PLAYING, State.LOST)

    def origin_ns(self, origin_ns: int) -> int:
        """Return where an instant of the coordinator's clock lies on its own; before its clock is read, an error."""
        if self.clock is None:
            raise AssertionError("an origin is sent only when the clock has been read")
        return origin_ns + self.clock.ahead_ns
