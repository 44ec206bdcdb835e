"""A station as a SimPy resource of our own: integer time, FCFS, a queue that may be full, exact books."""

from collections import deque

from simpy.events import Event, EventCallbacks, EventPriority

from models.engines.ledger import Ledger
from models.engines.moments import IntegerTime
from models.faults import THOUSAND, Change
from models.history import StationHistory, Visits
from models.network import NetworkStation


class Service(Event):
    """One visit to a station; the event happens when its service ends."""

    def __init__(self, station: "ServiceStation", priority: int, service_ns: int) -> None:
        # Event.__init__ written out, as SimPy's own Timeout does, for speed.
        self.env = station.env
        self.callbacks: EventCallbacks = [station.release]
        self._ok = True
        self._value = None
        self.priority = EventPriority(priority)
        self.service_ns = service_ns
        self.since_ns = station.env.now
        """When it arrived, and once it is in service when that began."""


class ServiceStation:
    """Servers with one queue, first come first served.

    A process writes `service = station.arrive(priority, service_ns)` and yields it; None means no room.
    """

    def __init__(self, env: IntegerTime, spec: NetworkStation, interval_ns: int) -> None:
        self.env = env
        self._spec = spec
        self._room = float("inf") if spec.queue is None else spec.queue
        self._free = spec.servers  # below 0 while a fault leaves fewer servers than are busy
        self._servers = spec.servers
        self._thousandths = THOUSAND
        self._waiting: deque[Service] = deque()
        self._in_service: set[Service] = set()
        self._waited_ns = 0
        self._served_ns = 0
        self._ledger = Ledger(interval_ns)

    def arrive(self, priority: int, service_ns: int) -> Service | None:
        """Begin a visit now, or count a rejection and return None; `priority` is that of its release."""
        ledger = self._ledger
        ledger.advance(self.env.now)
        ledger.arrivals += 1
        if self._free > 0:
            service = Service(self, priority, service_ns)
            self._start(service)
            return service
        if len(self._waiting) >= self._room:
            ledger.rejections += 1
            return None
        service = Service(self, priority, service_ns)
        self._waiting.append(service)
        ledger.backlog += 1
        return service

    def release(self, service: Service) -> None:
        """End a service, and start that of the next in line; a callback of the service."""
        ledger = self._ledger
        ledger.advance(self.env.now)
        ledger.departures += 1
        ledger.busy -= 1
        self._in_service.remove(service)
        self._served_ns += service.service_ns
        self._free += 1
        self._serve_waiting()

    def change(self, to: Change) -> None:
        """Have so many servers and this pace from now on; services under way go on as they were."""
        self._ledger.advance(self.env.now)
        self._free += to.servers - self._servers
        self._servers, self._thousandths = to.servers, to.thousandths
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        while self._free > 0 and self._waiting:
            self._ledger.backlog -= 1
            self._start(self._waiting.popleft())

    def _start(self, service: Service) -> None:
        now = self.env.now
        self._free -= 1
        if self._thousandths != THOUSAND:
            service.service_ns = service.service_ns * self._thousandths // THOUSAND
        self._waited_ns += now - service.since_ns
        service.since_ns = now
        self._ledger.starts += 1
        self._ledger.busy += 1
        self._in_service.add(service)
        self.env.schedule(service, service.priority, service.service_ns)

    def history(self) -> StationHistory:
        """Close the books now; visits under way count up to now."""
        now = self.env.now
        visits = Visits(
            waited_ns=self._waited_ns + sum(now - service.since_ns for service in self._waiting),
            served_ns=self._served_ns + sum(now - service.since_ns for service in self._in_service),
            waiting=len(self._waiting),
            in_service=len(self._in_service),
        )
        spec = self._spec
        return StationHistory(spec.name, spec.servers, spec.queue, self._ledger.finish(now), visits)
