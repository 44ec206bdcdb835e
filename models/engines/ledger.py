"""A station's books: state integrated over time, interval by interval, in integers."""

from models.edges import Edges
from models.history import Interval, StationHistory, Visits
from models.network import NetworkStation


class Ledger:
    """Integrates the numbers of servers, in service and waiting, and counts events, per interval.

    Call `advance` with the time before any change at that time. Where fewer `servers` are left than are `busy`, those
    that serve on count as there.
    """

    def __init__(self, edges: Edges, servers: int) -> None:
        self.servers = servers
        self.busy = 0
        self.backlog = 0
        self.arrivals = 0
        self.starts = 0
        self.departures = 0
        self.rejections = 0
        self.abandonments = 0
        self._interval_ns = edges.interval_ns
        self._intervals: list[Interval] = []
        self._begun_ns = 0
        self._edge_ns = edges.first_ns
        self._last_ns = 0
        self._capacity_ns = 0
        self._busy_ns = 0
        self._backlog_ns = 0
        self._closed_busy_ns = 0

    @property
    def busy_ns(self) -> int:
        """The busy time since the start, up to the last `advance`."""
        return self._closed_busy_ns + self._busy_ns

    def advance(self, now_ns: int) -> None:
        """Integrate up to now, closing the intervals that end on the way or now."""
        while now_ns >= self._edge_ns:
            self._integrate(self._edge_ns)
            self._close(self._edge_ns)
        elapsed_ns = now_ns - self._last_ns  # _integrate written out: it runs at each change
        self._capacity_ns += (self.servers if self.servers > self.busy else self.busy) * elapsed_ns
        self._busy_ns += self.busy * elapsed_ns
        self._backlog_ns += self.backlog * elapsed_ns
        self._last_ns = now_ns

    def finish(self, now_ns: int) -> tuple[Interval, ...]:
        """Close the books now; return all intervals, of which the last may be short."""
        self.advance(now_ns)
        if now_ns > self._begun_ns:
            self._close(now_ns)
        return tuple(self._intervals)

    def _integrate(self, until_ns: int) -> None:
        elapsed_ns = until_ns - self._last_ns
        self._capacity_ns += max(self.servers, self.busy) * elapsed_ns
        self._busy_ns += self.busy * elapsed_ns
        self._backlog_ns += self.backlog * elapsed_ns
        self._last_ns = until_ns

    def _close(self, end_ns: int) -> None:
        self._intervals.append(
            Interval(
                self._begun_ns,
                end_ns - self._begun_ns,
                self._capacity_ns,
                self._busy_ns,
                self._backlog_ns,
                self.arrivals,
                self.starts,
                self.departures,
                self.rejections,
                self.abandonments,
            )
        )
        self._closed_busy_ns += self._busy_ns
        self._capacity_ns = self._busy_ns = self._backlog_ns = 0
        self.arrivals = self.starts = self.departures = self.rejections = self.abandonments = 0
        self._begun_ns = end_ns
        self._edge_ns = end_ns + self._interval_ns


def history_of(spec: NetworkStation, intervals: tuple[Interval, ...], visits: Visits) -> StationHistory:
    """Put together what a station of the network did."""
    most = max([spec.servers, *(servers for _, servers in spec.schedule)])
    if spec.scaler is not None:
        most = max(most, spec.scaler.most)
    return StationHistory(spec.name, spec.servers, spec.queue, intervals, visits, most, spec.discipline == "sharing")
