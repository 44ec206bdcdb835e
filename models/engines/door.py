"""The door: who may come in now, by a token bucket or a waiting room."""

from models.engines.activity import Play
from models.engines.course import Course
from models.engines.moments import ARRIVAL, IntegerTime, Moment
from models.engines.pool import Pool, Token
from models.network import Admission, Outcome

ROOM = 255
"""The operation that a room is taken by, above those of any program."""


class Entry:
    """One visit at the door, outside at first; `leave` when it is over."""

    def __init__(self, door: "Door | None") -> None:
        self._door = door
        self.inside = door is None
        self._token: Token | None = None

    def ask(self, course: Course) -> Play:
        """Ask to be let in; wait for a place in the room."""
        assert self._door is not None, "who is inside does not ask"
        if self._door.room is None:
            outcome = self._door.bucket()
        else:
            outcome = yield from self._wait(self._door.room, self._door, course)
        self.inside = outcome is Outcome.OK
        return outcome

    def leave(self) -> None:
        """Give the place in the room back."""
        if self._token is not None:
            self._token.pool.leave(self._token)

    def _wait(self, room: Pool, door: "Door", course: Course) -> Play:
        place = course.at(ROOM)
        if door.env.shared:
            yield Moment(door.env, ARRIVAL + place, 0)
        token = room.take(place, door.admission.wait_ns)
        outcome: Outcome = yield token
        if outcome is Outcome.OK:
            self._token = token
        return outcome


class Door:
    """What all visits pass.

    The bucket is the generic cell rate algorithm (ITU-T I.371): with T = `every_ns`, who comes at `now` is let in if
    the theoretical arrival time TAT ≤ now + (burst − 1)·T; then TAT = max(TAT, now) + T.
    """

    def __init__(self, env: IntegerTime, admission: Admission, room: Pool | None) -> None:
        self.env = env
        self.admission = admission
        self.room = room
        self._tat_ns = 0

    def bucket(self) -> Outcome:
        """Let in, or turn away, who asks now."""
        now, every_ns = self.env.now, self.admission.every_ns
        assert every_ns is not None, "a door has a bucket or a room"
        if self._tat_ns > now + (self.admission.burst - 1) * every_ns:
            return Outcome.REJECTED
        self._tat_ns = max(self._tat_ns, now) + every_ns
        return Outcome.OK
