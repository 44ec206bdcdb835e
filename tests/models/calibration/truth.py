"""Synthetic truth: plans with known demands, played by our own engines, as levels and as predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from models.assembly import assemble
from models.calibration.observed import Answered, Blocks, Latencies, Level
from models.calibration.redrawn import redrawn
from models.draws import stream, uniforms
from models.engines.batch import Batch, Records
from models.engines.choice import choose, simulate
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Lognormal
from models.network import Outcome
from models.plan import Plan
from models.schedule import Profile, Schedule

BLOCK_S = 5.0
NONE = Constant(law="constant", mean_s=0)
THINK = Lognormal(law="lognormal", mean_s=1.0, cv=0.5, shift_s=0.5)


def law(mean_s: float, cv: float) -> dict[str, Any]:
    return {"law": "lognormal", "mean_s": mean_s, "cv": cv}


def plan_of(stations: Mapping[str, int], programs: Mapping[str, list[dict[str, Any]]], **more: Any) -> Plan:
    return Plan.model_validate(
        {
            "schema": 1,
            "name": "truth",
            "description": "",
            "stations": {name: {"servers": count} for name, count in stations.items()},
            "programs": dict(programs),
            **more,
        }
    )


def journey(name: str, *steps: str, limit_s: float = 60.0) -> Journey:
    made = tuple(
        Step(step, THINK if at else NONE, limit_s, ((following, 1.0),))
        for at, (step, following) in enumerate(zip(steps, [*steps[1:], None], strict=True))
    )
    return Journey(name, made)


@dataclass
class Seen:
    """Keeps which step each record is of, whether it was ok, when it was meant and how long it took."""

    names: tuple[str, ...] = ()
    parts: list[tuple[Any, ...]] = field(default_factory=list)

    def session(self, instant_ns: int) -> None:
        """Take no note."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Take no note."""

    def step(self, *_: Any) -> None:
        raise AssertionError("compiled engines tell many at once")

    def steps(self, names: Sequence[str], records: Records) -> None:
        self.names = tuple(names)
        took_s = (records.end_ns - records.intended_ns) / 1e9
        self.parts.append(
            tuple(
                each.copy() for each in (records.step, records.outcome == Outcome.OK, records.intended_ns / 1e9, took_s)
            )
        )

    def columns(self) -> list[Any]:
        return [np.concatenate(column) for column in zip(*self.parts, strict=True)]


@dataclass(frozen=True)
class Truth:
    """A plan that is the truth, the journeys (each a mix's share of sessions), and the length of levels."""

    plan: Plan
    journeys: tuple[Journey, ...]
    shares: tuple[float, ...]
    length_s: float = 60.0
    settle_s: float = 10.0
    seed: int = 1

    def play(self, plan: Plan, name: str, again: int) -> tuple[Seen, History]:
        """Play a plan under the load that a level's name tells, in sessions a second."""
        whole_s = self.settle_s + self.length_s
        rate = float(name.removesuffix("/s"))
        numbers, instants = _sessions(rate, whole_s, self.seed)
        which = np.searchsorted(np.cumsum(self.shares), uniforms(stream(self.seed, 0, "which"), numbers, 0))
        journeys = which.astype(np.int32)
        batch = Batch(numbers, instants, journeys, np.zeros_like(journeys))
        seen, network = Seen(), redrawn(assemble(plan, self.journeys), again)
        walk = Walk(self.journeys, self.seed)
        until_ns = int((whole_s + 30.0) * 1e9)
        chosen = choose(network, self.journeys)
        return seen, simulate(chosen, network, [batch], walk, until_ns, seen, int(BLOCK_S * 1e9))

    def predict(self, plan: Plan, level: Level, again: int = 0) -> Mapping[str, Answered]:
        """Replay a level's sessions through a plan."""
        seen, _ = self.play(plan, level.name, again)
        step, ok, at_s, took_s = seen.columns()
        inside = (at_s >= self.settle_s) & (at_s < self.settle_s + self.length_s)
        found = {}
        for index, name in enumerate(seen.names):
            mine = inside & (step == index)
            if mine.any():
                found[name] = Answered(int(mine.sum()), int((mine & ok).sum()), Latencies.of(took_s[mine & ok]))
        return found

    def level(self, rate: float, *, metrics: bool = True) -> Level:
        """Measure the truth at a rate of sessions: under draws that neither predictions nor other levels take."""
        name = f"{rate:g}/s"
        seen, history = self.play(self.plan, name, 1000 + round(rate))
        step, ok, at_s, took_s = seen.columns()
        inside = (at_s >= self.settle_s) & (at_s < self.settle_s + self.length_s)
        steps = tuple(name for index, name in enumerate(seen.names) if (inside & (step == index)).any())
        count = round(self.length_s / BLOCK_S)
        offered = np.zeros((count, len(steps)), np.int64)
        mean_s = np.full((count, len(steps)), np.nan)
        response = {}
        block = ((at_s - self.settle_s) // BLOCK_S).astype(np.int64)
        for column, each in enumerate(steps):
            mine = inside & (step == seen.names.index(each))
            offered[:, column] = np.bincount(block[mine], minlength=count)
            good = mine & ok
            sums, counts = np.bincount(block[good], took_s[good], count), np.bincount(block[good], minlength=count)
            np.divide(sums, counts, out=mean_s[:, column], where=counts > 0)
            response[each] = Latencies.of(took_s[good])
        names = (*self.plan.stations, *self.plan.pools)
        first = round(self.settle_s / BLOCK_S)
        busy = np.array(
            [[i.busy_ns / i.length_ns for i in history.station(n).intervals[first : first + count]] for n in names]
        ).T
        metered = dict(zip(names, busy.mean(axis=0).tolist(), strict=True)) if metrics else {}
        return Level(
            name=name,
            begins_s=self.settle_s,
            length_s=self.length_s,
            offered=dict(zip(steps, offered.sum(axis=0).tolist(), strict=True)),
            ok={each: latencies.count for each, latencies in response.items()},
            response=response,
            service=response,
            busy=metered,
            blocks=Blocks(
                BLOCK_S, steps, offered, mean_s, names if metrics else (), busy if metrics else np.empty((count, 0))
            ),
            servers={
                **{name: station.servers or 1 for name, station in self.plan.stations.items()},
                **{name: pool.tokens or 1 for name, pool in self.plan.pools.items()},
            },
        )

    def levels(self, *rates: float, metrics: bool = True) -> list[Level]:
        """Measure levels of rates, each with sessions of its own."""
        return [self.level(rate, metrics=metrics) for rate in rates]

    def with_seed(self, seed: int) -> "Truth":
        return replace(self, seed=seed)


@cache
def _sessions(rate: float, length_s: float, seed: int) -> tuple[Any, Any]:
    return Schedule(Profile(((0, rate), (length_s, rate))), seed).window(0, length_s)


def portal(seed: int = 1, length_s: float = 60.0) -> Truth:
    """One server; two thirds of `home` and `submit` occupy it, half of `search`; its knee is at 78 sessions/s."""
    programs = {
        "home": [{"station": "portal", "service": law(0.004, 0.4)}, {"delay": law(0.002, 0.4)}],
        "search": [{"station": "portal", "service": law(0.004, 0.4)}, {"delay": law(0.004, 0.4)}],
        "submit": [
            {"station": "portal", "service": law(0.006, 0.4)},
            {"station": "portal", "service": law(0.012, 0.4)},
            {"delay": law(0.009, 0.4)},
        ],
    }
    journeys = (journey("look", "home", "search"), journey("file", "home", "submit"), journey("glance", "home"))
    return Truth(plan_of({"portal": 1}, programs), journeys, (0.4, 0.4, 0.2), length_s, seed=seed)
