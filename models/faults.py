"""What goes wrong at a station for a while: fewer servers, slower service, failures, or nothing works at all."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """A station at fault from `from_ns` up to, not including, `to_ns`; of a family all, or the `members` given.

    Only the share `left` of its servers (rounded to a number) begins services, and each service begun then takes
    `slower` times as long (to a thousandth), and fails with the probability `fails`; while it is `down`, all calls fail
    at once. What is in service when the fault begins goes on as it was.
    """

    station: str
    from_ns: int
    to_ns: int
    left: float = 1.0
    slower: float = 1.0
    fails: float = 0.0
    down: bool = False
    members: tuple[int, ...] | None = None

    def at(self, station: str) -> "Fault":
        """Return the same fault of one station."""
        return replace(self, station=station, members=None)
