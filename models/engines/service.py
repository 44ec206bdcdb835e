"""Services as SimPy events of our own: `with station.arrive(…) as service: outcome = yield service`."""

from abc import abstractmethod
from typing import Self

from simpy.events import EventCallbacks, EventPriority

from models.edges import Edges
from models.engines.breaker import BreakerState
from models.engines.moments import GUEST, RELEASE, IntegerTime, Signal
from models.engines.station import Station
from models.network import NetworkStation, Outcome


class Service(Signal):
    """One visit to a station; the event happens when it is over, with its outcome as the value.

    Leaving its `with` block earlier, because an activity is stopped or a process interrupted, gives up the place in the
    queue or the server.
    """

    def __init__(self, station: "ServiceStation", service_ns: int, place: int, luck: float) -> None:
        # Event.__init__ written out, as SimPy's own Timeout does, for speed.
        self.env = station.env
        self.callbacks: EventCallbacks = []
        self._ok = True
        self._value: Outcome | None = None
        self.station = station
        self.place = place
        self.service_ns = service_ns
        self.luck = luck
        self.trial = False
        """Whether it is the one call that an open breaker lets through."""
        self.waiting = False
        self.since_ns = station.env.now
        """When it arrived, and once it is in service when that began."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.callbacks is not None and not self.station.over:
            self.station.leave(self)

    def refused(self, outcome: Outcome) -> Self:
        """Be over from the start."""
        self.callbacks, self._value = None, outcome  # type: ignore[assignment] # SimPy's mark of what is over
        return self

    def ends_in(self, delay_ns: int) -> None:
        """Happen at the end of the service; the station gives the outcome then."""
        self.env.schedule(self, EventPriority(RELEASE + self.place), delay_ns)

    def decide(self, outcome: Outcome) -> None:
        """Have the outcome that who awaits it is told."""
        self._value = outcome


class ServiceStation(Station):
    """What all stations that serve share: calls, those refused, and those that fail. Disciplines are classes below."""

    env: IntegerTime

    def __init__(self, env: IntegerTime, spec: NetworkStation, edges: Edges, may_fail: bool = False) -> None:
        super().__init__(env, spec, edges)
        self.may_fail = may_fail or spec.fails > 0.0
        """Whether a service can ever fail, so that its luck must be drawn."""
        self._breaker = None if spec.breaker is None else BreakerState(spec.breaker)
        self._waited_ns = 0
        self._served_ns = 0

    def arrive(
        self,
        service_ns: int,
        place: int = GUEST,
        priority: int = 0,
        patience_ns: int | None = None,
        luck: float = 1.0,
    ) -> Service:
        """Begin a visit now.

        `place` orders its events among those of one instant; a smaller `priority` is served first where the discipline
        has it so; the wait may last `patience_ns`; the service fails where `luck`, in (0, 1), is below the probability.
        """
        self._advance()
        self._ledger.arrivals += 1
        service = Service(self, service_ns, place, luck)
        if self._breaker is not None:
            if self._breaker.refuses(self.env.now):
                self._ledger.rejections += 1
                return service.refused(Outcome.FAILED)
            service.trial = self._breaker.let_through()
        if self._state.down:
            self._ledger.rejections += 1
            self._told(service, failed=True)
            return service.refused(Outcome.FAILED)
        if not self._admit(service, priority, patience_ns):
            self._ledger.rejections += 1
            self._unserved(service)
            return service.refused(Outcome.REJECTED)
        return service

    @abstractmethod
    def leave(self, service: Service) -> None:
        """Take out a visit that is not over."""

    @abstractmethod
    def _admit(self, service: Service, priority: int, patience_ns: int | None) -> bool:
        """Begin or queue a service; return False when there is no room."""

    def _outcome(self, service: Service) -> Outcome:
        """Return how a service that is over ends, and tell the breaker."""
        failed = False
        if self.may_fail:
            failed = service.luck < 1.0 - (1.0 - self.spec.fails) * (1.0 - self._state.fails)
        self._told(service, failed)
        return Outcome.FAILED if failed else Outcome.OK

    def _told(self, service: Service, failed: bool) -> None:
        if self._breaker is not None:
            self._breaker.ended(self.env.now, service.trial, failed)

    def _unserved(self, service: Service) -> None:
        if self._breaker is not None:
            self._breaker.unserved(service.trial)
