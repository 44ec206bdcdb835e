"""What happened in one interval of a run, beside its latencies: a line of `counters.jsonl`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.histogram import Histogram
from reports.hlog import Encoder, decode

_LAG_QUANTILES = {"p50": 0.5, "p99": 0.99}
_NONE = Histogram.of({})


@dataclass(frozen=True)
class StationLoad:
    """A station's mean utilisation (0..1) and mean backlog (waiting only) over an interval."""

    utilisation: float
    backlog: float


@dataclass(frozen=True)
class Counters:
    """Counts of one interval from `start_s` on; counts of one interval add up with `+`.

    Sessions: `planned` of the schedule, `started`. Steps: `offered_by_step` by intended start, `outcomes`
    (step → outcome → count) by end, `lag` (send lags) by actual send. `clipped` counts durations outside 0 …
    1 h, which are recorded at the bound. `cpu` is the generator's share of one core, `target_cpu_s` the
    seconds of CPU that the target spent in the interval; None where nobody looked.
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
        )

    def to_record(self, encoder: Encoder) -> dict[str, Any]:
        """Return the line's JSON object; the lags stand in it as quantiles and as a histogram payload."""
        record: dict[str, Any] = {
            "t": self.start_s,
            "length_s": self.length_s,
            "planned": self.planned,
            "started": self.started,
            "offered": dict(self.offered_by_step),
            "sent": self.sent,
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
            "stations": {name: vars(load) for name, load in self.stations.items()} or None,
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
        )


def added_up(lines: Iterable[Counters]) -> tuple[Counters, ...]:
    """Add up the counters of each interval; return one per interval, by time."""
    intervals: dict[tuple[float, float], Counters] = {}
    for line in lines:
        interval = (line.start_s, line.length_s)
        known = intervals.get(interval)
        intervals[interval] = line if known is None else known + line
    return tuple(intervals[interval] for interval in sorted(intervals))


def _counts(record: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in record.items()}


def _known(value: Any) -> float | None:
    return None if value is None else float(value)


def _load(record: Mapping[str, Any]) -> StationLoad:
    return StationLoad(float(record["utilisation"]), float(record["backlog"]))


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in {**left, **right}}


def _sum_known(left: float | None, right: float | None) -> float | None:
    known = [value for value in (left, right) if value is not None]
    return sum(known) if known else None
