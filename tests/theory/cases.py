"""Networks and arrivals that cases of queueing theory are made of."""

from collections.abc import Iterable, Iterator

import numpy as np

from models.draws import stream, uniforms
from models.engines.batch import Batch, batches
from models.engines.source import poisson
from models.journeys import Journey, Step
from models.laws import Constant, Erlang, Exponential, Gamma, Hyperexponential, Law, Lognormal
from models.network import Body, Citizens, Network, NetworkStation, NetworkStep, Visit
from models.schedule import Profile, Schedule
from tests.theory.playing import Case, S

LIMIT_S = 1e6


def constant(mean_s: float) -> Law:
    return Constant(law="constant", mean_s=mean_s)


def exponential(mean_s: float, shift_s: float = 0.0) -> Law:
    return Exponential(law="exponential", mean_s=mean_s, shift_s=shift_s)


def erlang(mean_s: float, shape: int) -> Law:
    return Erlang(law="erlang", mean_s=mean_s, shape=shape)


def gamma(mean_s: float, cv: float) -> Law:
    return Gamma(law="gamma", mean_s=mean_s, cv=cv)


def lognormal(mean_s: float, cv: float) -> Law:
    return Lognormal(law="lognormal", mean_s=mean_s, cv=cv)


def hyperexponential(mean_s: float, cv: float) -> Law:
    return Hyperexponential(law="hyperexponential", mean_s=mean_s, cv=cv)


def journey(name: str, think: Law | None = None) -> Journey:
    """Return a journey of one step, which a think time repeats for ever where there is one."""
    following = ((None if think is None else name, 1.0),)
    return Journey(name, (Step(name, think or constant(0.0), LIMIT_S, following),))


def network(stations: Iterable[NetworkStation], citizens: Citizens | None = None, **programs: Body) -> Network:
    """Return a network with a journey of one step for each program."""
    steps = tuple((NetworkStep(name, round(LIMIT_S * S)),) for name in programs)
    return Network("n", tuple(stations), programs, steps, citizens=citizens or Citizens())


def opened(net: Network, *rates_rps: float) -> Case:
    """Return a case in which each journey has Poisson arrivals at a rate of its own."""
    journeys = tuple(journey(name) for name in net.programs)
    shares = np.cumsum(rates_rps) / sum(rates_rps)

    def arrive(seed: int, replication: int, until_ns: int) -> Iterator[Batch]:
        key = stream(seed, replication, "journey")
        for batch in poisson(sum(rates_rps), until_ns, seed, replication):
            drawn = np.searchsorted(shares[:-1], uniforms(key, batch.session, 0), side="right")
            yield batch._replace(journey=drawn.astype(np.int32))

    return Case(net, journeys, arrive)


def closed(net: Network, population: int, think: Law) -> Case:
    """Return a case in which so many, who begin at once, think and take the step again for ever."""
    [name] = net.programs
    rows = [(session, 0, 0) for session in range(population)]
    return Case(net, (journey(name, think),), lambda *_: batches(rows))


def varying(net: Network, cycle: tuple[tuple[float, float], ...]) -> Case:
    """Return a case whose Poisson arrivals follow a rate again and again: linear between points (t_s, rate)."""
    [name] = net.programs
    period_s = cycle[-1][0]

    def arrive(seed: int, replication: int, until_ns: int) -> Iterator[Batch]:
        cycles = -(-until_ns // round(period_s * S))
        points = [(n * period_s + t, rate) for n in range(cycles) for t, rate in cycle[:-1]]
        profile = Profile((*points, (cycles * period_s, cycle[-1][1])))
        numbers, instants_ns = Schedule(profile, seed, replication).window(0, until_ns / S)
        zeros = np.zeros(numbers.size, np.int32)
        yield Batch(numbers, instants_ns, zeros, zeros)

    return Case(net, (journey(name),), arrive)


def single(servers: int, law: Law, queue: int | None = None, patience_s: float | None = None, **more: str) -> Network:
    """Return a network of one station, at which every step is one visit."""
    patience_ns = None if patience_s is None else round(patience_s * S)
    visit = Visit(1, "a/s/0", 0, law, patience_ns=patience_ns)
    return network((NetworkStation("s", servers, queue, **more),), a=(visit,))  # type: ignore[arg-type]
