"""A station that serves all who are there side by side: processor sharing, in virtual time."""

import math
from heapq import heappop, heappush
from itertools import count

from models.edges import Edges
from models.engines.ledger import history_of
from models.engines.moments import RELEASE, IntegerTime, Moment
from models.engines.service import Service, ServiceStation
from models.history import StationHistory, Visits
from models.network import NetworkStation


class SharingStation(ServiceStation):
    """Each of n services goes on at rate r = min(1, servers/n).

    Virtual time V (ns, float64) is what one who was there all the time has been served: it grows by r·(t − t_last), and
    is 0 when nobody is there. Who comes at V ends when V reaches the target V + service: the least target at
    t + ⌈(target − V)/r⌉.
    """

    def __init__(self, env: IntegerTime, spec: NetworkStation, edges: Edges, may_fail: bool = False) -> None:
        super().__init__(env, spec, edges, may_fail)
        self._targets: list[tuple[float, int, int, Service]] = []  # those who left early stay until they are the least
        self._ticket = count()
        self._there: set[Service] = set()
        self._virtual_ns = 0.0
        self._last_ns = 0
        self._next: Moment | None = None

    def leave(self, service: Service) -> None:
        """Give up a share."""
        self._advance()
        service.callbacks.clear()
        self._unserved(service)
        self._gone(service)

    def history(self) -> StationHistory:
        """Close the books now; visits under way count up to now."""
        now = self.env.now
        sojourns_ns = self._served_ns + sum(now - service.since_ns for service in self._there)
        visits = Visits(waited_ns=0, served_ns=sojourns_ns, waiting=0, in_service=len(self._there))
        return history_of(self.spec, self._ledger.finish(now), visits)

    @property
    def _rate(self) -> float:
        return min(1.0, self.servers / len(self._there))

    def _advance(self) -> None:
        now = self.env.now
        self._ledger.advance(now)
        if self._there:
            self._virtual_ns += (now - self._last_ns) * self._rate
        self._last_ns = now

    def _admit(self, service: Service, priority: int, patience_ns: int | None) -> bool:  # noqa: ARG002 # of all disciplines
        n = len(self._there)
        if n >= self.servers and n - self.servers >= self._room:
            return False
        self._there.add(service)
        target = self._virtual_ns + self._paced(service.service_ns)
        heappush(self._targets, (target, service.place, next(self._ticket), service))
        self._ledger.starts += 1
        self._settle()
        return True

    def _settle(self) -> None:
        """Count who is served and who is beyond the servers, and foresee the next end."""
        n = len(self._there)
        self._ledger.busy = min(n, self.servers)
        self._ledger.backlog = n - self._ledger.busy
        if self._next is not None:
            self._next.drop()
            self._next = None
        while self._targets and self._targets[0][-1] not in self._there:
            heappop(self._targets)
        if not self._targets:
            self._virtual_ns = 0.0
        elif self.servers:
            target, place, *_ = self._targets[0]
            delay_ns = max(0, math.ceil((target - self._virtual_ns) / self._rate))
            self._next = Moment(self.env, RELEASE + place, delay_ns)
            self._next.callbacks.append(self._release)

    def _release(self, _: object) -> None:
        self._advance()
        self._next = None
        service = heappop(self._targets)[-1]
        outcome = self._outcome(service)
        self._gone(service)
        service.happen(outcome)

    def _gone(self, service: Service) -> None:
        self._there.remove(service)
        self._served_ns += self.env.now - service.since_ns
        self._ledger.departures += 1
        self._settle()
