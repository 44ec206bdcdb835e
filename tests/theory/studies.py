"""Which cases are simulated, for how long, and what of them must agree with theory.

Case numbers are those of `test_analytic_values.py`, which holds `models.theory` to the printed values.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.laws import Law
from models.network import Again, Block, Choice, Citizens, Delay, Network, NetworkStation, Outcome, Visit
from models.theory.closed import Closed, mva
from models.theory.constant_patience import ConstantPatience
from models.theory.delay import Mmc
from models.theory.erlang import erlang_b
from models.theory.fork_join import fork_join_response_s
from models.theory.infinite import Sinusoid, sinusoidal
from models.theory.priority import PriorityMg1
from models.theory.retrial import orbit_mean
from models.theory.sharing import sharing_response_s
from models.theory.single import mg1_wait_s
from models.theory.time_varying import TimeVarying, Trajectory
from tests.theory.cases import (
    closed,
    constant,
    erlang,
    exponential,
    gamma,
    hyperexponential,
    lognormal,
    network,
    opened,
    single,
    varying,
)
from tests.theory.playing import Case, Played


@dataclass(frozen=True)
class Quantity:
    """What a replication measures, its theory when services are `longer` than the case's, and how sure we must be.

    `bound` is the greatest half-width of the 99.9 % interval, as a share of theory.
    """

    measure: Callable[[Played], float]
    theory: Callable[[float], float]
    bound: float


@dataclass(frozen=True)
class Study:
    """A case, the length of a replication, the fastest engine that covers it, and the quantities by name.

    `longer` is the planted error: theory of services so many times as long must be refused.
    """

    case: Case
    until_s: float
    engine: str
    quantities: dict[str, Quantity]
    longer: float = 1.05


def _many_servers(arrival_rps: float, service_s: float, servers: int) -> tuple[Case, Callable[[float], Mmc]]:
    case = opened(single(servers, exponential(service_s)), arrival_rps)
    return case, lambda longer: Mmc(arrival_rps, longer * service_s, servers)


def _mean_wait_s(played: Played) -> float:
    return float(played.waits_s.mean())


def _mean_response_s(played: Played) -> float:
    return float(played.responses_s.mean())


def _case_1() -> Study:
    case, theory = _many_servers(2, 1, 3)

    def quantile(fraction: float, bound: float) -> Quantity:
        return Quantity(
            lambda played: float(np.quantile(played.responses_s, fraction)),
            lambda longer: theory(longer).response_quantile(fraction),
            bound,
        )

    quantities = {
        "wait": Quantity(_mean_wait_s, lambda longer: theory(longer).wait_s, 0.04),
        "waits": Quantity(Played.waiting_share, lambda longer: theory(longer).wait_probability, 0.02),
        "in system": Quantity(Played.at_station, lambda longer: theory(longer).in_system, 0.02),
        "p50": quantile(0.5, 0.015),
        "p90": quantile(0.9, 0.02),
        "p95": quantile(0.95, 0.02),
        "p99": quantile(0.99, 0.03),
    }
    return Study(case, 40_000, "recursion", quantities)


def _case_2(arrival_rps: float, service_s: float, servers: int, until_s: float) -> Study:
    case, theory = _many_servers(arrival_rps, service_s, servers)
    quantities = {
        "wait": Quantity(_mean_wait_s, lambda longer: theory(longer).wait_s, 0.08),
        "waits": Quantity(Played.waiting_share, lambda longer: theory(longer).wait_probability, 0.03),
        "in system": Quantity(Played.at_station, lambda longer: theory(longer).in_system, 0.06),
    }
    return Study(case, until_s, "recursion", quantities)


def _case_4() -> Study:
    case, theory = _many_servers(100 / 1800, 180, 14)
    quantities = {
        "waits": Quantity(Played.waiting_share, lambda longer: theory(longer).wait_probability, 0.05),
        "within 20 s": Quantity(
            lambda played: float((played.waits_s <= 20.0).mean()),
            lambda longer: 1 - theory(longer).waits_longer(20),
            0.01,
        ),
        "wait": Quantity(_mean_wait_s, lambda longer: theory(longer).wait_s, 0.1),
        "occupancy": Quantity(lambda played: played.busy() / 14, lambda longer: theory(longer).utilisation, 0.01),
    }
    return Study(case, 1_000_000, "recursion", quantities)


def _case_5(servers: int, load: float, service: Law, until_s: float, bound: float) -> Study:
    """Blocked calls are cleared: a queue without a place; the law of service (of mean 1 s) does not matter."""
    lost = Quantity(
        lambda played: played.share(Outcome.REJECTED), lambda longer: erlang_b(servers, longer * load), bound
    )
    return Study(opened(single(servers, service, queue=0), load), until_s, "recursion", {"lost": lost})


def _case_6() -> Study:
    """Erlang A with the patience that plans have: the same for all (see `test_simulated_patience.py` for the other)."""

    def theory(longer: float) -> ConstantPatience:
        return ConstantPatience(0.1, longer * 240, 20, 60)

    quantities = {
        "abandoned": Quantity(
            lambda played: played.share(Outcome.REJECTED), lambda longer: theory(longer).abandoned, 0.04
        ),
        "backlog": Quantity(Played.backlog, lambda longer: theory(longer).backlog, 0.03),
    }
    return Study(opened(single(20, exponential(240), patience_s=60), 0.1), 400_000, "recursion", quantities)


def _case_7() -> Study:
    first = Visit(1, "high/s", 0, exponential(1), priority=0)
    second = Visit(1, "low/s", 0, exponential(1), priority=1)
    net = network((NetworkStation("s", 1, discipline="priority"),), high=(first,), low=(second,))

    def response(place: int, step: str, bound: float) -> Quantity:
        return Quantity(
            lambda played: float(played.responses_of_s(step).mean()),
            lambda longer: PriorityMg1((0.2, 0.6), (longer, longer), (1, 1)).non_preemptive_response_s()[place],
            bound,
        )

    quantities = {"high": response(0, "high", 0.02), "low": response(1, "low", 0.06)}
    return Study(opened(net, 0.2, 0.6), 80_000, "event", quantities)


def _case_8(service: Law, scv: float, until_s: float, bound: float) -> Study:
    wait = Quantity(
        lambda played: played.backlog() / played.throughput_rps(), lambda longer: mg1_wait_s(0.8, longer, scv), bound
    )
    return Study(opened(single(1, service), 0.8), until_s, "recursion", {"wait": wait})


def _case_9(arrival_rps: float, service: Law, until_s: float, bound: float) -> Study:
    response = Quantity(
        _mean_response_s, lambda longer: sharing_response_s(arrival_rps, longer * service.mean_s), bound
    )
    return Study(
        opened(single(1, service, discipline="sharing"), arrival_rps), until_s, "event", {"response": response}
    )


def _case_11(arrival_rps: float, until_s: float, bound: float) -> Study:
    bodies = tuple((Visit(2 + at, f"a/s{at}", at, exponential(1)),) for at in (0, 1))
    net = network((NetworkStation("s0", 1), NetworkStation("s1", 1)), a=(Block(1, "a/fork", bodies),))
    response = Quantity(_mean_response_s, lambda longer: fork_join_response_s(arrival_rps, longer), bound)
    return Study(opened(net, arrival_rps), until_s, "event", {"response": response})


def _case_12() -> Study:
    visit = Visit(2, "a/s", 0, exponential(1.5))
    net = network((NetworkStation("s", 1),), a=(Choice(1, "a/breaks", (0.3,), ((visit,),)),))

    def theory(longer: float) -> Closed:
        return mva(10, (longer * 1.5,), 1 / 0.3)

    quantities = {
        "throughput": Quantity(Played.throughput_rps, lambda longer: theory(longer).throughput_rps, 0.01),
        "at the station": Quantity(Played.at_station, lambda longer: theory(longer).in_system[0], 0.006),
        "response": Quantity(
            lambda played: played.at_station() / played.throughput_rps(), lambda longer: theory(longer).response_s, 0.02
        ),
    }
    return Study(closed(net, 10, exponential(1)), 30_000, "event", quantities)


def _case_13(think: Law, engine: str) -> Study:
    """Client and database; neither the law of thinking (of mean 5 s) matters, nor that at a sharing station."""
    visits = (Visit(1, "a/client", 0, exponential(1)), Visit(2, "a/database", 1, exponential(2)))
    net = network((NetworkStation("c", 1), NetworkStation("d", 1)), a=visits)
    return _client_and_database(net, think, 40_000, engine)


def _case_13_sharing() -> Study:
    visits = (Visit(1, "a/client", 0, constant(1)), Visit(2, "a/database", 1, hyperexponential(2, 2)))
    stations = (NetworkStation("c", 1, discipline="sharing"), NetworkStation("d", 1, discipline="sharing"))
    return _client_and_database(network(stations, a=visits), exponential(5), 160_000, "event")


def _client_and_database(net: Network, think: Law, until_s: float, engine: str) -> Study:
    def theory(longer: float) -> Closed:
        return mva(10, (longer * 1, longer * 2), 5)

    def response(station: int, bound: float) -> Quantity:
        return Quantity(
            lambda played: played.at_station(station) / played.throughput_rps(station),
            lambda longer: theory(longer).responses_s[station],
            bound,
        )

    quantities = {
        "throughput": Quantity(Played.throughput_rps, lambda longer: theory(longer).throughput_rps, 0.01),
        "client": response(0, 0.025),
        "database": response(1, 0.02),
    }
    return Study(closed(net, 10, think), until_s, engine, quantities)


def _case_15(retry_rps: float, until_s: float) -> Study:
    """Who finds the server busy is turned away, and reloads after an exponential time, for ever."""
    visit, stations = (Visit(1, "a/s", 0, exponential(1)),), (NetworkStation("s", 1, queue=0),)
    for_ever = Again(1.0, exponential(1 / retry_rps), 1 << 40)
    net = network(stations, Citizens(reload=for_ever), a=visit)
    orbit = Quantity(
        lambda played: played.in_system() - played.busy(), lambda longer: orbit_mean(0.5, longer, retry_rps), 0.04
    )
    return Study(opened(net, 0.5), until_s, "event", {"orbit": orbit})


PERIOD_S = 24.0
PIECES = 240
"""Of a cycle, in which the rate is linear: at most A·(2π/240)²/8 = 0.0034 of 140 from the sine of amplitude A = 40."""


def _wave(mean_rps: float, amplitude_rps: float) -> tuple[tuple[float, float], ...]:
    instants_s = np.linspace(0.0, PERIOD_S, PIECES + 1)
    rates_rps = mean_rps + amplitude_rps * np.sin(2 * math.pi * instants_s / PERIOD_S)
    return tuple(zip(instants_s.tolist(), rates_rps.tolist(), strict=True))


def _instants_s(played: Played, phases_s: Sequence[float]) -> np.ndarray:
    """Return the instants of these phases in each whole cycle of the measured time, as (cycles, phases)."""
    first, last = played.from_ns / 1e9 / PERIOD_S, played.to_ns / 1e9 / PERIOD_S
    return PERIOD_S * np.arange(math.ceil(first), math.floor(last))[:, None] + np.asarray(phases_s)


def _case_16() -> Study:
    """An infinite server is a delay. A rate of linear pieces has the sine's harmonic, (sin(π/240)/(π/240))² as high.

    That is 6 in 100,000 less, and as linear as the system is, nothing else of it enters the first harmonic.
    """
    case = varying(network((), a=(Delay(1, "a/d", exponential(1)),)), _wave(100, 30))
    phases_s = np.arange(48) * PERIOD_S / 48

    def harmonic(played: Played) -> complex:
        counts = played.in_system_at(_instants_s(played, phases_s)).mean(axis=0)
        return complex(np.mean(counts * np.exp(2j * math.pi * phases_s / PERIOD_S))) * 2

    def lag_s(played: Played) -> float:
        found = harmonic(played)
        return math.atan2(found.real * -1, found.imag) * PERIOD_S / (2 * math.pi)

    def theory(longer: float) -> Sinusoid:
        return sinusoidal(100, 30, PERIOD_S, longer)

    quantities = {
        "mean": Quantity(Played.in_system, lambda longer: theory(longer).mean, 0.01),
        "amplitude": Quantity(lambda played: abs(harmonic(played)), lambda longer: theory(longer).amplitude, 0.03),
        "lag": Quantity(lag_s, lambda longer: theory(longer).lag_s, 0.08),
    }
    return Study(case, 80 * PERIOD_S, "recursion", quantities, longer=1.1)


@cache
def _day(longer: float) -> Trajectory:
    return TimeVarying(lambda t: 100 + 40 * math.sin(2 * math.pi * t / PERIOD_S), longer, 130).periodic(
        PERIOD_S, PIECES
    )


def _case_17() -> Study:
    """Before, at and after the worst of the day: delay at 8.1, queue and number at 8.9, after arrivals' peak at 6."""
    step_s = PERIOD_S / PIECES

    def delayed(instant_s: float, bound: float) -> Quantity:
        return Quantity(
            lambda played: float((played.in_system_at(_instants_s(played, [instant_s])) >= 130).mean()),
            lambda longer: float(_day(longer).wait_probability[round(instant_s / step_s)]),
            bound,
        )

    def waiting(instant_s: float, bound: float) -> Quantity:
        return Quantity(
            lambda played: float(np.maximum(played.in_system_at(_instants_s(played, [instant_s])) - 130, 0).mean()),
            lambda longer: float(_day(longer).backlog[round(instant_s / step_s)]),
            bound,
        )

    number = Quantity(
        lambda played: float(played.in_system_at(_instants_s(played, [8.9])).mean()),
        lambda longer: float(_day(longer).in_system[round(8.9 / step_s)]),
        0.03,
    )
    quantities = {
        "delay at 8.1": delayed(8.1, 0.04),
        "in system at 8.9": number,
        "backlog at 6": waiting(6.0, 0.12),
        "backlog at 8.9": waiting(8.9, 0.09),
        "backlog at 12": waiting(12.0, 0.2),
        "mean backlog": Quantity(Played.backlog, lambda longer: float(_day(longer).backlog.mean()), 0.12),
    }
    case = varying(single(130, exponential(1)), _wave(100, 40))
    return Study(case, 80 * PERIOD_S, "recursion", quantities)


STUDIES = {
    "1": _case_1(),
    "2 at 10/s": _case_2(10, 0.25, 3, 10_000),
    "2 one server": _case_2(1, 0.8, 1, 80_000),
    "2 slow": _case_2(1, 2.5, 3, 100_000),
    "4": _case_4(),
    "5 one server": _case_5(1, 5, constant(1), 10_000, 0.005),
    "5 ten in twenty": _case_5(10, 20, exponential(1), 4000, 0.01),
    "5 many servers": _case_5(190, 200, gamma(1, 2), 1000, 0.06),
    "6 same patience": _case_6(),
    "7": _case_7(),
    "8 constant": _case_8(constant(1), 0, 80_000, 0.05),
    "8 erlang": _case_8(erlang(1, 4), 0.25, 80_000, 0.06),
    "8 gamma": _case_8(gamma(1, 0.5), 0.25, 80_000, 0.06),
    "8 lognormal": _case_8(lognormal(1, 0.5), 0.25, 80_000, 0.06),
    "8 exponential": _case_8(exponential(1), 1, 80_000, 0.08),
    "8 hyperexponential": _case_8(hyperexponential(1, 2), 4, 160_000, 0.1),
    "9 light, constant": _case_9(3, constant(1 / 6), 20_000, 0.02),
    "9 half, exponential": _case_9(3, exponential(1 / 5), 20_000, 0.03),
    "9 half, gamma": _case_9(3, gamma(1 / 5, 0.5), 20_000, 0.03),
    "9 half, hyperexponential": _case_9(3, hyperexponential(1 / 5, 2), 20_000, 0.03),
    "9 busy, constant": _case_9(4, constant(1 / 5), 20_000, 0.06),
    "9 busy, hyperexponential": _case_9(4, hyperexponential(1 / 5, 2), 20_000, 0.06),
    "11 half": _case_11(0.5, 40_000, 0.03),
    "11 busy": _case_11(0.8, 80_000, 0.06),
    "12": _case_12(),
    "13": _case_13(exponential(5), "event"),
    "13 constant thoughts": _case_13(constant(5), "recursion"),
    "13 shifted thoughts": _case_13(exponential(5, shift_s=1), "recursion"),
    "13 sharing": _case_13_sharing(),
    "15 soon": _case_15(1, 80_000),
    "15 late": _case_15(0.2, 40_000),
    "16": _case_16(),
    "17": _case_17(),
}
