"""What a coordinator wants done: it does nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Send:
    """Send a message to the worker at an address."""

    address: str
    message: Message


@dataclass(frozen=True)
class Note:
    """Write an event at a time of the run, nanoseconds; before it begins, times are negative."""

    at_ns: int
    event: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Take a message that a worker's generator sent; each comes once, in order."""

    worker: int
    message: Message


@dataclass(frozen=True)
class Lost:
    """Write that a worker was lost.

    It was last heard at `heard_ns` and has reported all before `reported_ns`; its share has moved from `moved_ns` on.
    `in_progress` are the sessions that it had begun and not ended when it last reported.
    """

    worker: int
    heard_ns: int
    reported_ns: int
    moved_ns: int
    in_progress: tuple[int, ...]
    why: str


@dataclass(frozen=True)
class Found:
    """Say why no verdict can rest on the run: one sentence."""

    finding: str


@dataclass(frozen=True)
class Failed:
    """End the run before it began, with an exit code and words."""

    exit_code: int
    words: str


@dataclass(frozen=True)
class Begun:
    """The origin is set: run time 0 is at `origin_ns` of the coordinator's clock, and at `started` of the wall's."""

    origin_ns: int
    started: datetime


@dataclass(frozen=True)
class Over:
    """Close the run: all has been reported that will be; `finished` tells that the schedule was played to its end."""

    finished: bool


Effect = Send | Note | Report | Lost | Found | Failed | Begun | Over
