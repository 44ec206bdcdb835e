"""What stations and pools share: exact books, and what changes over time."""

import math
from abc import ABC, abstractmethod

from models.changes import THOUSAND, Change
from models.edges import Edges
from models.engines.ledger import Ledger
from models.engines.moments import IntegerTime
from models.network import NetworkStation


class Station(ABC):
    """Servers, or tokens, whose number and state change over time; what it serves goes on as it was."""

    def __init__(self, env: IntegerTime, spec: NetworkStation, edges: Edges) -> None:
        self.env = env
        self.spec = spec
        self.servers = spec.servers
        """How many may be busy now: below the busy ones while a fault leaves fewer."""
        self.over = False
        """Whether the run has ended: Python then stops what was under way, in any order, and nothing must follow."""
        self._number = spec.servers  # of the schedule or the autoscaler, before faults
        self._state = Change(-1, spec.servers)
        self._room = math.inf if spec.queue is None else spec.queue
        self._ledger = Ledger(edges, spec.servers)
        self._capacity_ns = 0
        self._resized_ns = 0

    def change(self, to: Change) -> None:
        """Have what holds from now on; an autoscaler keeps its own number of servers."""
        self._advance()
        self._state = to
        self._resize(self._number if self.spec.scaler else to.servers)

    def scale(self, number: int) -> None:
        """Have so many servers, of which a fault may leave fewer."""
        self._advance()
        self._resize(number)

    @property
    def number(self) -> int:
        """How many servers there are, those included that a fault takes."""
        return self._number

    def loads_ns(self) -> tuple[int, int]:
        """Return the time of busy servers and that of all servers, from the start up to now."""
        self._ledger.advance(self.env.now)
        return self._ledger.busy_ns, self._capacity_ns + self.servers * (self.env.now - self._resized_ns)

    def _resize(self, number: int) -> None:
        now = self.env.now
        self._capacity_ns += self.servers * (now - self._resized_ns)
        self._resized_ns = now
        self._number = number
        self.servers = self._ledger.servers = math.floor(number * self._state.left + 0.5)
        self._settle()

    def _paced(self, service_ns: int) -> int:
        """Return how long a service takes that begins now."""
        thousandths = self._state.thousandths
        return service_ns if thousandths == THOUSAND else service_ns * thousandths // THOUSAND

    def _advance(self) -> None:
        """Bring the books up to now."""
        self._ledger.advance(self.env.now)

    @abstractmethod
    def _settle(self) -> None:
        """Do what more servers, or fewer, allow."""
