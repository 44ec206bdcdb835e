"""What happened in one interval of a run, beside its latencies: a line of `counters.jsonl`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.histogram import Histogram
from reports.hlog import Encoder, decode

_LAG_QUANTILES = {"p50": 0.5, "p99": 0.99}
_NONE = Histogram.of({})


@dataclass(frozen=True)
class StationLoad:
    """A station's mean utilisation (0..1), mean backlog (waiting only) and mean number of servers over an interval.

    The utilisation is the busy share of the servers that were there, 0 where there were none; runs of before do not
    know how many there were (None).
    """

    utilisation: float
    backlog: float
    servers: float | None = None


@dataclass(frozen=True)
class Counters:
    """Counts of one interval from `start_s` on; counts of one interval add up with `+`.

    Sessions: `planned` of the schedule, `started`. Steps: `offered_by_step` by intended start, `outcomes`
    (step → outcome → count) by end, `lag` (send lags) by actual send. `clipped` counts durations outside 0 …
    1 h, which are recorded at the bound. `cpu` is the generator's share of one core, `target_cpu_s` the
    seconds of CPU that the target spent in the interval; None where nobody looked. Apart from the sessions started,
    which are first visits, `come_backs` are the later visits that began, and `reloads` those of a step.
    """

    start_s: float
    length_s: float
    planned: int = 0
    started: int = 0
    offered_by_step: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lag: Histogram = field(default_factory=lambda: _NONE)
    clipped: int = 0
    received_bytes: int = 0
    cpu: float | None = None
    target_cpu_s: float | None = None
    stations: Mapping[str, StationLoad] = field(default_factory=dict)
    come_backs: int = 0
    reloads: int = 0

    @property
    def end_s(self) -> float:
        """The end of the interval, seconds since scenario start."""
        return self.start_s + self.length_s

    @property
    def offered(self) -> int:
        """Steps whose intended start lies in the interval."""
        return sum(self.offered_by_step.values())

    @property
    def sent(self) -> int:
        """Steps whose actual send lies in the interval, as far as they have ended."""
        return self.lag.count

    def ended(self, *outcomes: str) -> int:
        """Return how many steps ended in the interval, with one of these outcomes where any is named."""
        return sum(
            count for by in self.outcomes.values() for name, count in by.items() if not outcomes or name in outcomes
        )

    def ended_how(self) -> dict[str, int]:
        """Return how many steps ended in which way."""
        found: dict[str, int] = {}
        for by in self.outcomes.values():
            for name, count in by.items():
                found[name] = found.get(name, 0) + count
        return found

    def __add__(self, other: "Counters") -> "Counters":
        if (self.start_s, self.length_s) != (other.start_s, other.length_s):
            raise ValueError(f"counters of {self.start_s} s and {other.start_s} s are not of one interval")
        steps = {**self.outcomes, **other.outcomes}
        return Counters(
            self.start_s,
            self.length_s,
            self.planned + other.planned,
            self.started + other.started,
            _sum(self.offered_by_step, other.offered_by_step),
            {step: _sum(self.outcomes.get(step, {}), other.outcomes.get(step, {})) for step in steps},
            self.lag + other.lag,
            self.clipped + other.clipped,
            self.received_bytes + other.received_bytes,
            _sum_known(self.cpu, other.cpu),
            _sum_known(self.target_cpu_s, other.target_cpu_s),
            {**self.stations, **other.stations},
            self.come_backs + other.come_backs,
            self.reloads + other.reloads,
        )

    def to_record(self, encoder: Encoder) -> dict[str, Any]:
        """Return the line's JSON object; the lags stand in it as quantiles and as a histogram payload.

        `ended` adds up `outcomes` over the steps, for whoever reads a day of these lines (`reports.intervals`).
        """
        record: dict[str, Any] = {
            "t": self.start_s,
            "length_s": self.length_s,
            "planned": self.planned,
            "started": self.started,
            "offered": dict(self.offered_by_step),
            "sent": self.sent,
            "ended": self.ended_how(),
            "outcomes": {step: dict(by) for step, by in self.outcomes.items()},
        }
        if self.sent:
            record["lag_ns"] = {name: self.lag.quantile(q) for name, q in _LAG_QUANTILES.items()}
            record["lag_ns"] |= {"max": self.lag.max_ns, "histogram": encoder.payload(self.lag)}
        optional = {
            "clipped": self.clipped or None,
            "bytes": self.received_bytes or None,
            "cpu": self.cpu,
            "target_cpu_s": self.target_cpu_s,
            "stations": {name: _known_of(load) for name, load in self.stations.items()} or None,
            "come_backs": self.come_backs or None,
            "reloads": self.reloads or None,
        }
        return record | {key: value for key, value in optional.items() if value is not None}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Counters":
        """Make the counters of a line; ValueError, TypeError or KeyError when it is none."""
        lag = record.get("lag_ns")
        return cls(
            float(record["t"]),
            float(record["length_s"]),
            int(record["planned"]),
            int(record["started"]),
            _counts(record["offered"]),
            {step: _counts(by) for step, by in record["outcomes"].items()},
            decode(lag["histogram"]) if lag else _NONE,
            int(record.get("clipped", 0)),
            int(record.get("bytes", 0)),
            _known(record.get("cpu")),
            _known(record.get("target_cpu_s")),
            {name: _load(load) for name, load in record.get("stations", {}).items()},
            int(record.get("come_backs", 0)),
            int(record.get("reloads", 0)),
        )


def added_up(lines: Iterable[Counters]) -> tuple[Counters, ...]:
    """Add up the counters of each interval; return one per interval, by time."""
    intervals: dict[tuple[float, float], Counters] = {}
    for line in lines:
        interval = (line.start_s, line.length_s)
        known = intervals.get(interval)
        intervals[interval] = line if known is None else known + line
    return tuple(intervals[interval] for interval in sorted(intervals))


def mean_load(loads: Sequence[StationLoad]) -> StationLoad:
    """Return a station's mean load over intervals or replications: utilisation is that of all servers there were."""
    servers = [load.servers for load in loads if load.servers is not None]
    known = len(servers) == len(loads)
    weights = servers if known else [1.0] * len(loads)
    busy, total = sum(load.utilisation * weight for load, weight in zip(loads, weights, strict=True)), sum(weights)
    return StationLoad(
        busy / total if total else 0.0,
        sum(load.backlog for load in loads) / len(loads),
        total / len(loads) if known else None,
    )


def _counts(record: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in record.items()}


def _known(value: Any) -> float | None:
    return None if value is None else float(value)


def _load(record: Mapping[str, Any]) -> StationLoad:
    return StationLoad(float(record["utilisation"]), float(record["backlog"]), _known(record.get("servers")))


def _known_of(load: StationLoad) -> dict[str, float]:
    return {name: value for name, value in vars(load).items() if value is not None}


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in {**left, **right}}


def _sum_known(left: float | None, right: float | None) -> float | None:
    known = [value for value in (left, right) if value is not None]
    return sum(known) if known else None
