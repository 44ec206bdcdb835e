"""A station whose servers serve one at a time each: first come first served, or the smallest priority first."""

from simpy.events import Event

from models.edges import Edges
from models.engines.ledger import history_of
from models.engines.line import Line
from models.engines.moments import DEADLINE, IntegerTime, Moment
from models.engines.service import Service, ServiceStation
from models.history import StationHistory, Visits
from models.network import NetworkStation, Outcome


class QueueStation(ServiceStation):
    """Servers with one queue; the next in line begins within the event that frees a server."""

    def __init__(self, env: IntegerTime, spec: NetworkStation, edges: Edges, may_fail: bool = False) -> None:
        super().__init__(env, spec, edges, may_fail)
        self._line: Line[Service] = Line()
        self._in_service: set[Service] = set()
        self._deadlines: dict[Service, Moment] = {}

    def leave(self, service: Service) -> None:
        """Give up a place in the queue or a server."""
        self._advance()
        service.callbacks.clear()
        self._unserved(service)
        if service in self._in_service:
            self._freed(service)
        else:
            self._line.leave(service)
            self._gone(service)

    def history(self) -> StationHistory:
        """Close the books now; visits under way count up to now."""
        now = self.env.now
        visits = Visits(
            waited_ns=self._waited_ns + sum(now - service.since_ns for service in self._line),
            served_ns=self._served_ns + sum(now - service.since_ns for service in self._in_service),
            waiting=len(self._line),
            in_service=len(self._in_service),
        )
        return history_of(self.spec, self._ledger.finish(now), visits)

    def _admit(self, service: Service, priority: int, patience_ns: int | None) -> bool:
        if self._ledger.busy < self.servers:
            self._start(service)
            return True
        if len(self._line) >= self._room:
            return False
        self._line.join(service, priority if self.spec.discipline == "priority" else 0)
        self._ledger.backlog += 1
        if patience_ns is not None:
            deadline = Moment(self.env, DEADLINE + service.place, patience_ns + 1)
            deadline.callbacks.append(lambda _: self._give_up(service))
            self._deadlines[service] = deadline
        return True

    def _settle(self) -> None:
        while self._ledger.busy < self.servers and self._line:
            service = self._line.next()
            self._ledger.backlog -= 1
            if service in self._deadlines:
                self._deadlines.pop(service).drop()
            self._start(service)

    def _start(self, service: Service) -> None:
        now = self.env.now
        self._waited_ns += now - service.since_ns
        service.since_ns = now
        self._ledger.starts += 1
        self._ledger.busy += 1
        self._in_service.add(service)
        service.callbacks.insert(0, self._release)
        service.ends_in(self._paced(service.service_ns))

    def _release(self, service: Event) -> None:
        assert isinstance(service, Service)
        self._advance()
        service.decide(self._outcome(service))
        self._freed(service)

    def _freed(self, service: Service) -> None:
        """Count a service that is over, and begin that of the next in line."""
        self._in_service.remove(service)
        self._served_ns += self.env.now - service.since_ns
        self._ledger.departures += 1
        self._ledger.busy -= 1
        self._settle()

    def _give_up(self, service: Service) -> None:
        self._advance()
        self._line.leave(service)
        self._gone(service)
        self._unserved(service)
        service.happen(Outcome.REJECTED)

    def _gone(self, service: Service) -> None:
        """Count one who has left the queue without service."""
        if service in self._deadlines:
            self._deadlines.pop(service).drop()
        self._waited_ns += self.env.now - service.since_ns
        self._ledger.backlog -= 1
        self._ledger.abandonments += 1
