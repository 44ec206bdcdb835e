"""Assembly: from a plan, journeys and faults to the network that engines play."""

import difflib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from cutover.base.document import dotted
from cutover.base.errors import BadInput, Mistake
from models.conduct import AdmissionEntry, AgainEntry, CitizensEntry
from models.faults import Fault
from models.journeys import Journey
from models.laws import Constant, Law, Lognormal
from models.network import (
    Admission,
    Again,
    Block,
    Body,
    Breaker,
    Choice,
    Citizens,
    Delay,
    Family,
    Hold,
    Job,
    Network,
    NetworkStation,
    NetworkStep,
    Operation,
    Scaler,
    Slow,
    Transfer,
    Visit,
)
from models.operations import JobEntry
from models.operations import Operation as Entry
from models.plan import Plan
from models.plan_checks import ROOM, plan_mistakes
from models.stations import Pool, ScalerEntry, Schedule, Station


def assemble(
    plan: Plan, journeys: Sequence[Journey], faults: Sequence[Fault] = (), jobs: Sequence[JobEntry] = ()
) -> Network:
    """Return the network of a plan for some journeys; `jobs` run beside the plan's own.

    Raises BadInput that lists every step without a program, every fault of a station that is not there, and all that
    is wrong between the jobs and the plan.
    """
    missing = [*_missing(plan, journeys), *_misplaced(plan, faults), *_unfit(plan, jobs)]
    if missing:
        raise BadInput(missing)
    stations, places, families = _stations(plan)
    return Network(
        name=plan.name,
        stations=stations,
        programs={step: _Program(step, places, families).body(entries) for step, entries in plan.programs.items()},
        journeys=tuple(tuple(NetworkStep(step.name, _ns(step.limit_s)) for step in each.steps) for each in journeys),
        families=tuple(families.values()),
        citizens=_citizens(plan.citizens),
        admission=None if plan.admission is None else _admission(plan.admission, places),
        slow=tuple(
            Slow(
                s.name,
                tuple(at for name in s.stations for at in _members(plan, places, name)),
                s.every,
                s.lasts,
                s.times,
            )
            for s in plan.slow
        ),
        jobs=tuple(
            Job(
                job.name,
                job.workers,
                _Program(f"job/{job.name}", places, families).body(job.do),
                _ns(job.from_s),
                _ns(job.to_s),
                job.pause,
                job.rounds,
            )
            for job in (*plan.jobs, *jobs)
        ),
        faults=tuple(fault for each in faults for fault in _of_members(plan, each)),
    )


def _missing(plan: Plan, journeys: Sequence[Journey]) -> Iterator[Mistake]:
    steps = dict.fromkeys(step.name for journey in journeys for step in journey.steps)
    for name in steps:
        if name not in plan.programs:
            close = difflib.get_close_matches(name, plan.programs, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"add [[programs.{name}]] to the plan"
            rule = "is missing, yet a journey needs it"
            yield Mistake(f"plan {plan.name}", f"programs.{name}", None, rule, remedy)


def _misplaced(plan: Plan, faults: Sequence[Fault]) -> Iterator[Mistake]:
    for fault in dict.fromkeys(faults):
        name = fault.station
        station = plan.stations.get(name)
        if station is None and name not in plan.pools:
            remedy = f"use one of {', '.join([*plan.stations, *plan.pools])}"
            rule = "is missing, yet a fault names it"
            yield Mistake(f"plan {plan.name}", f"stations.{name}", None, rule, remedy)
            continue
        count = (station.members if station else None) or 0
        for member in fault.members or ():
            if member >= count:
                rule = f"has no member {member}, which a fault names"
                remedy = f"name members from 0 to {count - 1}" if count else "name no members: it is a single station"
                yield Mistake(f"plan {plan.name}", f"stations.{name}", None, rule, remedy)


def _unfit(plan: Plan, jobs: Sequence[JobEntry]) -> Iterator[Mistake]:
    """Yield what is wrong with jobs that a plan is to play beside its own."""
    if jobs:
        dumped = [job.model_dump(by_alias=True, exclude_defaults=True) for job in (*plan.jobs, *jobs)]
        whole = plan.model_dump(by_alias=True, exclude_defaults=True) | {"jobs": dumped}
        for keys, value, rule, remedy in plan_mistakes(whole):
            yield Mistake(f"plan {plan.name} with the scenario's jobs", dotted(keys), value, rule, remedy)


def _of_members(plan: Plan, fault: Fault) -> Iterator[Fault]:
    """Yield a fault for each station of a family that it befalls."""
    station = plan.stations.get(fault.station)
    count = None if station is None else station.members
    if count is None:
        yield fault
        return
    for member in range(count) if fault.members is None else fault.members:
        yield fault.at(_member(fault.station, member))


def _stations(plan: Plan) -> tuple[tuple[NetworkStation, ...], dict[str, int], dict[str, Family]]:
    """Return all stations, pools and members of families; where each name begins; and the families by name."""
    made: list[NetworkStation] = []
    places: dict[str, int] = {}
    families: dict[str, Family] = {}
    for name, station in plan.stations.items():
        places[name] = len(made)
        count = station.members
        if count is None:
            made.append(_station(name, station))
            continue
        families[name] = Family(name, len(made), count, _cumulative(station.weights))
        made += [_station(_member(name, member), station) for member in range(count)]
    for name, pool in plan.pools.items():
        places[name] = len(made)
        made.append(_pool(name, pool))
    if plan.admission is not None and plan.admission.inside is not None:
        places[ROOM] = len(made)
        made.append(NetworkStation(ROOM, plan.admission.inside, plan.admission.queue, "pool"))
    return tuple(made), places, families


def _station(name: str, station: Station) -> NetworkStation:
    servers, schedule = _servers(station.servers, station.schedule)
    breaker = station.breaker
    return NetworkStation(
        name,
        servers,
        station.queue,
        station.discipline,
        schedule,
        station.fails,
        None if breaker is None else Breaker(breaker.failures, _ns(breaker.open_s)),
        None if station.scaler is None else _scaler(station.scaler),
    )


def _pool(name: str, pool: Pool) -> NetworkStation:
    tokens, schedule = _servers(pool.tokens, pool.schedule)
    return NetworkStation(name, tokens, pool.queue, "pool", schedule)


def _servers(fixed: int | None, schedule: Schedule | None) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the servers at first, and when there are how many afterwards."""
    if schedule is None:
        assert fixed is not None, "the plan's own rule"
        return fixed, ()
    return schedule[0][1], tuple((_ns(at_s), servers) for at_s, servers in schedule[1:])


def _scaler(entry: ScalerEntry) -> Scaler:
    return Scaler(
        _ns(entry.window_s),
        round(1000 * entry.up),
        round(1000 * entry.down),
        entry.step,
        entry.least,
        entry.most,
        _ns(entry.cooldown_s),
        _ns(entry.start_up_s),
    )


def _members(plan: Plan, places: Mapping[str, int], name: str) -> range:
    return range(places[name], places[name] + (plan.stations[name].members or 1))


def _member(name: str, member: int) -> str:
    return f"{name}[{member}]"


def _cumulative(weights: tuple[float, ...] | None) -> tuple[float, ...] | None:
    if weights is None:
        return None
    sums = list(accumulate(weights))
    return (*(each / sums[-1] for each in sums[:-1]), 1.0)


def _citizens(entry: CitizensEntry) -> Citizens:
    band = entry.bandwidth
    bandwidth = None if band is None else _spread(band.mean_mbps, band.cv)
    return Citizens(bandwidth, _again(entry.reload), _again(entry.come_back))


def _again(entry: AgainEntry | None) -> Again | None:
    return None if entry is None else Again(entry.probability, entry.wait, entry.times)


def _admission(entry: AdmissionEntry, places: Mapping[str, int]) -> Admission:
    if entry.rate_rps is not None:
        return Admission(every_ns=round(1e9 / entry.rate_rps), burst=entry.burst or 1)
    return Admission(room=places[ROOM], wait_ns=None if entry.wait_s is None else _ns(entry.wait_s))


def _spread(mean: float, cv: float) -> Law:
    if cv == 0.0:
        return Constant(law="constant", mean_s=mean)
    return Lognormal(law="lognormal", mean_s=mean, cv=cv)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


class _Program:
    """Makes the body of one program, numbering its operations and naming their draws in the order of writing."""

    def __init__(self, step: str, places: Mapping[str, int], families: Mapping[str, Family]) -> None:
        self._step = step
        self._places = places
        self._families = {name: index for index, name in enumerate(families)}
        self._seen = Counter[str]()
        self._number = 0

    def body(self, entries: Sequence[Entry]) -> Body:
        """Return the operations of some entries."""
        return tuple(self._operation(entry) for entry in entries)

    def _operation(self, entry: Entry) -> Operation:
        purpose = self._purpose(entry)
        if entry.probability == 1.0:
            return self._bare(entry, purpose)
        number = self._next()
        return Choice(number, purpose, (entry.probability,), ((self._bare(entry, purpose),),))

    def _bare(self, entry: Entry, purpose: str) -> Operation:
        """Return an operation as it is where its probability has been seen to."""
        number = self._next()
        if entry.station is not None:
            return self._visit(entry, number, purpose)
        if entry.delay is not None:
            return Delay(number, purpose, entry.delay)
        if entry.transfer is not None:
            return Transfer(number, purpose, _spread(entry.transfer.bytes / 1e6, entry.transfer.cv))
        if entry.hold is not None:
            wait_ns = None if entry.wait_s is None else _ns(entry.wait_s)
            return Hold(number, purpose, self._places[entry.hold], self.body(entry.do or ()), wait_ns)
        if entry.choose is not None:
            shares = tuple(accumulate(course.probability for course in entry.choose))
            whole = math.isclose(shares[-1], 1.0, abs_tol=1e-9)
            bodies = tuple(self.body(course.do) for course in entry.choose)
            return Choice(number, purpose, (*shares[:-1], 1.0) if whole else shares, bodies)
        if entry.cache is not None:
            return Choice(number, purpose, (1.0 - entry.cache,), (self.body(entry.do or ()),))
        return self._block(entry, number, purpose)

    def _visit(self, entry: Entry, number: int, purpose: str) -> Visit:
        assert entry.station is not None, "the plan's own rule"
        assert entry.service is not None, "the plan's own rule"
        patience_ns = None if entry.patience_s is None else _ns(entry.patience_s)
        station, family = self._places[entry.station], self._families.get(entry.station)
        return Visit(number, purpose, station, entry.service, family, patience_ns, entry.priority or 0)

    def _block(self, entry: Entry, number: int, purpose: str) -> Block:
        bodies = (entry.do or (),) if entry.fork is None else entry.fork
        return Block(
            number,
            purpose,
            tuple(self.body(body) for body in bodies),
            None if entry.timeout_s is None else _ns(entry.timeout_s),
            entry.on_timeout == "cancel",
            entry.tries or 1,
            entry.backoff,
            entry.factor or 1.0,
        )

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _purpose(self, entry: Entry) -> str:
        """Name an operation's draws by the step, what it uses, and how often that came before; none shifts others."""
        what = entry.station or next(
            (
                f"{kind}/{entry.hold}" if kind == "hold" else kind
                for kind in ("delay", "transfer", "hold", "choose", "fork", "cache")
                if getattr(entry, kind) is not None
            ),
            "try",
        )
        self._seen[what] += 1
        return f"{self._step}/{what}/{self._seen[what] - 1}"
