"""SimPy events with a place in the order of their instant; the order is part of the model.

Events of one instant run by class, then by session, visit, step, attempt and operation, never by order of creation (see
docs/network.md). SimPy's own events have priorities below all of these: a process of a planner's begins, and ends,
before all else that is pending.
"""

from simpy.core import Environment
from simpy.events import Event, EventCallbacks, EventPriority

# Bits of session (jobs and planners' processes are numbered above sessions), visit, step, attempt and operation.
_SESSION, _VISIT, _STEP, _ATTEMPT, _OPERATION = 46, 12, 20, 20, 8
_VISITS, _STEPS, _ATTEMPTS = (1 << _VISIT) - 1, (1 << _STEP) - 1, (1 << _ATTEMPT) - 1
_CLASS = _SESSION + _VISIT + _STEP + _ATTEMPT + _OPERATION + 1

DEADLINE = 1 << _CLASS
RELEASE = 2 << _CLASS
CHANGE = 3 << _CLASS
GRANT = CHANGE | 1 << (_CLASS - 1)
TIMER = 4 << _CLASS
ARRIVAL = 5 << _CLASS
"""Classes, in order; class + place is a SimPy priority."""

JOBS = 1 << 44
"""The first session number of bulk jobs; sessions are below."""


def place(session: int, visit: int = 0, step: int = 0, attempt: int = 0, operation: int = 0) -> int:
    """Pack the place of an operation among all: what comes after the class in the order of an instant."""
    steps = ((session << _VISIT | visit & _VISITS) << _STEP) | step & _STEPS
    return (steps << _ATTEMPT | attempt & _ATTEMPTS) << _OPERATION | operation


GUEST = place(1 << 45)
"""The place of planners' own processes, after all sessions and jobs; give others the numbers above 2^45."""


class IntegerTime(Environment):
    """A SimPy environment whose clock counts nanoseconds."""

    _now: int

    @property
    def now(self) -> int:
        """Return the nanoseconds since scenario start."""
        return self._now

    @property
    def shared(self) -> bool:
        """Whether other events of this instant are pending."""
        return bool(self._queue) and self._queue[0][0] == self._now


class Moment(Event):
    """An event that happens `delay_ns` from now, with its priority among those of the same instant."""

    def __init__(self, env: IntegerTime, priority: int, delay_ns: int) -> None:
        # Event.__init__ written out, as SimPy's own Timeout does, for speed.
        self.env = env
        self.callbacks: EventCallbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, EventPriority(priority), delay_ns)

    def drop(self) -> None:
        """Let nothing happen when it comes."""
        if self.callbacks is not None:
            self.callbacks.clear()


class Signal(Event):
    """An event that happens within another one, when somebody says so."""

    def happen(self, value: object) -> None:
        """Happen now, before anything else of this instant."""
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment] # SimPy's mark of what is over
        self._ok, self._value = True, value
        for callback in callbacks:
            callback(self)
