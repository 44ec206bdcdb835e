"""Random small networks of all elements, in which much happens in the same nanosecond."""

from dataclasses import dataclass
from random import Random

from models.engines.batch import Batch, batches
from models.faults import Fault
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Exponential, Law
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

S = 10**9
TIMES_S = (0.0, 1e-9, 0.25, 0.5, 1.0, 1.0, 2.0, 3.0)
PAUSES_S = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Case:
    """A network, the sessions that arrive, their walk, the run's end, its intervals and when the first one ends."""

    network: Network
    rows: tuple[tuple[int, int, int, int], ...]
    walk: Walk
    until_ns: int
    interval_ns: int
    first_ns: int | None = None

    def arrivals(self) -> list[Batch]:
        """Return the sessions in batches, of which the first is short."""
        return list(batches(self.rows, 7))


def random_case(random: Random) -> Case:
    """Make a case of a random number generator, such as one of Hypothesis."""
    journeys = [_journey(random, number) for number in range(random.randint(1, 3))]
    network = _Maker(random).network(journeys)
    instants = [random.randint(0, 25) * S // 2 for _ in range(25)]
    numbers = random.sample(range(100), len(instants))
    rows = [
        (number, instant, random.randrange(len(journeys)), random.randrange(34))
        for instant, number in sorted(zip(instants, numbers, strict=True))
    ]
    until_ns = random.choice((20 * S, 33 * S, 10 * S + 1))
    walk = Walk(journeys, random.randint(0, 1 << 40), random.randint(0, 3))
    first_ns = random.choice((None, 1, 5 * S, 13 * S // 2, 50 * S))
    return Case(network, tuple(rows), walk, until_ns, random.choice((S, 7 * S, 40 * S)), first_ns)


def _law(random: Random, times_s: tuple[float, ...] = TIMES_S) -> Law:
    if random.random() < 0.15:
        return Exponential(law="exponential", mean_s=random.choice(PAUSES_S))
    return Constant(law="constant", mean_s=random.choice(times_s))


def _ns(random: Random) -> int:
    return round(random.choice(TIMES_S) * S)


def _maybe(random: Random, share: float, value: int) -> int | None:
    return value if random.random() < share else None


def _journey(random: Random, number: int) -> Journey:
    names = random.sample("abc", random.randint(1, 3))
    steps = []
    for place, name in enumerate(names):
        onwards = names[place + 1] if place + 1 < len(names) else None
        following = ((onwards, 0.7), (None, 0.3)) if random.random() < 0.3 and onwards else ((onwards, 1.0),)
        steps.append(Step(name, _law(random), random.choice((0.5, 2.0, 4.0, 1e6)), following))
    return Journey(f"j{number}", tuple(steps))


class _Maker:
    """Makes a network; operations are numbered in the order of writing."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._number = 0
        self._program = ""

    def network(self, journeys: list[Journey]) -> Network:
        random = self.random
        self._stations = [self._station(f"s{place}") for place in range(random.randint(1, 4))]
        self._serving = len(self._stations)
        self._stations += [
            NetworkStation(f"p{place}", random.randint(1, 3), _maybe(random, 0.4, random.randint(0, 2)), "pool")
            for place in range(random.randint(0, 2))
        ]
        self._families = self._family() if random.random() < 0.3 else ()
        programs = {name: self._named(name) for name in "abc"}
        admission = self._admission() if random.random() < 0.25 else None
        return Network(
            "random",
            tuple(self._stations),
            programs,
            tuple(tuple(NetworkStep(step.name, round(step.limit_s * S)) for step in each.steps) for each in journeys),
            self._families,
            self._citizens(),
            admission,
            tuple(self._slow(number) for number in range(random.choice((0, 0, 1, 2)))),
            tuple(self._job(number) for number in range(random.choice((0, 0, 1, 2)))),
            tuple(self._fault() for _ in range(random.choice((0, 0, 1, 3)))),
        )

    def _station(self, name: str) -> NetworkStation:
        random = self.random
        scaler = None
        if random.random() < 0.15:
            cooldown_ns, start_up_ns = random.choice((0, S, 5 * S)), random.choice((0, S, S // 2))
            scaler = Scaler(random.choice((S, 2 * S)), 700, 200, random.randint(1, 2), 1, 4, cooldown_ns, start_up_ns)
        changes = sorted({random.randint(0, 12) * S for _ in range(2)}) if random.random() < 0.2 else []
        return NetworkStation(
            name,
            random.randint(1, 3),
            _maybe(random, 0.4, random.randint(0, 3)),
            random.choice(("fcfs", "fcfs", "priority", "sharing")),
            tuple((at, random.randint(0, 3)) for at in changes),
            random.choice((0.0, 0.0, 0.3)),
            Breaker(random.randint(1, 3), random.choice((S, 3 * S))) if random.random() < 0.2 else None,
            scaler,
        )

    def _family(self) -> tuple[Family, ...]:
        shares = (0.5, 1.0) if self.random.random() < 0.5 else None
        first = len(self._stations)
        self._stations += [NetworkStation(f"f[{member}]", 1) for member in range(2)]
        return (Family("f", first, 2, shares),)

    def _named(self, name: str) -> Body:
        self._number, self._program = 0, name
        return self._body(0)

    def _body(self, depth: int, least: int = 1) -> Body:
        return tuple(self._operation(depth) for _ in range(self.random.randint(least, 3 - depth if depth < 2 else 1)))

    def _operation(self, depth: int) -> Operation:
        random = self.random
        self._number += 1
        number, purpose = self._number, f"{self._program}/{self._number}"
        pools = [place for place, station in enumerate(self._stations) if station.discipline == "pool"]
        kinds = ["visit", "visit", "visit", "delay", "transfer"]
        if depth < 3:
            kinds += ["choice", "block", "block"] + ["hold", "hold"] * bool(pools)
        match random.choice(kinds):
            case "visit":
                return self._visit(number, purpose)
            case "delay":
                return Delay(number, purpose, _law(random))
            case "transfer":
                return Transfer(number, purpose, Constant(law="constant", mean_s=random.choice((0.5, 1.0, 3.0))))
            case "choice":
                shares = random.choice(((0.5,), (0.3, 0.8), (0.5, 1.0)))
                return Choice(number, purpose, shares, tuple(self._body(depth + 1, 0) for _ in shares))
            case "hold":
                wait_ns = _maybe(random, 0.5, _ns(random))
                return Hold(number, purpose, random.choice(pools), self._body(depth + 1, 0), wait_ns)
            case _:
                return self._block(number, purpose, depth)

    def _visit(self, number: int, purpose: str) -> Visit:
        random = self.random
        patience_ns, priority = _maybe(random, 0.3, _ns(random)), random.randint(0, 2)
        if self._families and random.random() < 0.4:
            return Visit(number, purpose, self._families[0].first, _law(random), 0, patience_ns, priority)
        return Visit(number, purpose, random.randrange(self._serving), _law(random), None, patience_ns, priority)

    def _block(self, number: int, purpose: str, depth: int) -> Block:
        random = self.random
        return Block(
            number,
            purpose,
            tuple(self._body(depth + 1, 0) for _ in range(random.choice((1, 1, 2, 3)))),
            _maybe(random, 0.6, _ns(random)),
            random.random() < 0.5,
            random.choice((1, 1, 2, 3)),
            _law(random) if random.random() < 0.5 else None,
            random.choice((1.0, 2.0, 1.5)),
        )

    def _citizens(self) -> Citizens:
        random = self.random
        chances = (0.5, 1.0)
        reload = come_back = None
        if random.random() < 0.35:
            reload = Again(random.choice(chances), _law(random), random.randint(1, 3))
        if random.random() < 0.25:
            come_back = Again(random.choice(chances), _law(random), random.randint(1, 2))
        return Citizens(Constant(law="constant", mean_s=random.choice((4.0, 8.0))), reload, come_back)

    def _admission(self) -> Admission:
        random = self.random
        if random.random() < 0.5:
            return Admission(every_ns=random.choice((S, S // 2)), burst=random.randint(1, 3))
        self._stations.append(NetworkStation("room", random.randint(1, 4), _maybe(random, 0.3, 2), "pool"))
        return Admission(room=len(self._stations) - 1, wait_ns=_maybe(random, 0.6, _ns(random)))

    def _slow(self, number: int) -> Slow:
        places = tuple(sorted(self.random.sample(range(self._serving), self.random.randint(1, self._serving))))
        random = self.random
        return Slow(f"slow{number}", places, _law(random, PAUSES_S), _law(random), random.choice((2.0, 1.3)))

    def _job(self, number: int) -> Job:
        random = self.random
        body, pause = self._named(f"job{number}"), _law(random, PAUSES_S)
        workers, from_ns = random.randint(1, 2), random.choice((0, S, 3 * S))
        return Job(f"job{number}", workers, body, from_ns, from_ns + 6 * S, pause, _maybe(random, 0.5, 3))

    def _fault(self) -> Fault:
        random = self.random
        from_ns = random.randint(0, 10) * S
        return Fault(
            random.choice(self._stations).name,
            from_ns,
            from_ns + random.choice((S, 2 * S, 5 * S)),
            random.choice((1.0, 0.5, 0.0)),
            random.choice((1.0, 2.0, 1.5)),
            random.choice((0.0, 0.5)),
            random.random() < 0.3,
        )
