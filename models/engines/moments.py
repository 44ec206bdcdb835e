"""SimPy events with a place in the order of their instant; the order is part of the model.

Events of one instant run by class, then by session, visit, step, attempt and operation, never by order of
creation. A server that is released takes the next in line within that very event: with first come first
served this commutes with all other releases of the instant, and arrivals come after them.
"""

from simpy.core import Environment
from simpy.events import Event, EventCallbacks, EventPriority

# Bits of session, visit, step, attempt and operation; the class stands above them.
_VISIT, _STEP, _ATTEMPT, _OPERATION = 6, 12, 6, 8
_CLASS = 44 + _VISIT + _STEP + _ATTEMPT + _OPERATION

RELEASE = 1 << _CLASS
CHANGE = 2 << _CLASS
TIMER = 3 << _CLASS
ARRIVAL = 4 << _CLASS
"""Classes, in order. A change of a station's servers grants, so it stands where the design has grants."""


def place(session: int, visit: int, step: int) -> int:
    """Pack the place of a step's first operation; class + place + operation is a SimPy priority."""
    return ((session << _VISIT | visit) << _STEP | step) << (_ATTEMPT + _OPERATION)


class IntegerTime(Environment):
    """A SimPy environment whose clock counts nanoseconds."""

    _now: int

    @property
    def now(self) -> int:
        """Return the nanoseconds since scenario start."""
        return self._now


class Moment(Event):
    """An event that happens `delay_ns` from now, with its priority among those of the same instant."""

    def __init__(self, env: Environment, priority: int, delay_ns: int) -> None:
        # Event.__init__ written out, as SimPy's own Timeout does, for speed.
        self.env = env
        self.callbacks: EventCallbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, EventPriority(priority), delay_ns)
