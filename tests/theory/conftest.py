"""One station under Poisson arrivals, simulated in replications, and the rule that accepts a value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from models.assembly import assemble
from models.draws import stream
from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.history import History
from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.plan import Plan
from models.schedule import Profile, Schedule

WARM_UP_S = 200
COOL_DOWN_S = 100


class Responses:
    """An observer that keeps response times of steps meant between warm-up and cool-down."""

    def __init__(self, to_ns: int) -> None:
        self.to_ns = to_ns
        self.sessions: list[int] = []
        self.response_ns: list[int] = []

    def session(self, instant_ns: int) -> None:
        pass

    def offered(self, step: str, intended_ns: int) -> None:
        pass

    def step(
        self,
        step: str,  # noqa: ARG002 - the engine's protocol
        outcome: str,
        session: int,
        ordinal: int,  # noqa: ARG002 - the engine's protocol
        intended_ns: int,
        sent_ns: int,  # noqa: ARG002 - the engine's protocol
        end_ns: int,
        visit: int = 1,  # noqa: ARG002 - the engine's protocol
    ) -> None:
        if WARM_UP_S * 10**9 <= intended_ns < self.to_ns:
            assert outcome == "ok"
            self.sessions.append(session)
            self.response_ns.append(end_ns - intended_ns)


@dataclass(frozen=True)
class Replication:
    """What one replication measured, in seconds."""

    waits_s: NDArray[np.float64]
    responses_s: NDArray[np.float64]
    in_system: float


@dataclass(frozen=True)
class Station:
    """Poisson arrivals at one station: `law` as in a plan file."""

    arrival_rps: float
    servers: int
    law: dict[str, Any]
    duration_s: int

    def replicate(self, replication: int) -> Replication:
        service = {"station": "s", "service": self.law}
        data = {"schema": 1, "name": "one", "description": "", "stations": {"s": {"servers": self.servers}}}
        plan = Plan.model_validate({**data, "programs": {"a": [service]}})
        none = Constant(law="constant", mean_s=0)
        journeys = [Journey("j", (Step("a", none, 1e6, ((None, 1.0),)),))]
        schedule = Schedule(Profile(((0, self.arrival_rps), (self.duration_s, self.arrival_rps))), 11, replication)
        numbers, instants = schedule.window(0, self.duration_s)
        arrivals = zip(numbers.tolist(), instants.tolist(), [0] * len(numbers), strict=True)
        observer = Responses((self.duration_s - COOL_DOWN_S) * 10**9)
        walk = Walk(journeys, 11, replication)
        history = simulate(assemble(plan, journeys), batches(arrivals), walk, self.duration_s * 10**9, observer)
        law = plan.programs["a"][0].service
        assert law is not None
        key = stream(11, replication, "a/s/0/time")
        services_ns = [law.sample_ns(key, session, 0) for session in observer.sessions]
        responses_ns = np.array(observer.response_ns)
        return Replication((responses_ns - services_ns) / 1e9, responses_ns / 1e9, _in_system(history, observer.to_ns))


def _in_system(history: History, to_ns: int) -> float:
    station, from_ns = history.stations[0], WARM_UP_S * 10**9
    busy = station.utilisation(from_ns, to_ns) * station.servers
    return busy + station.backlog(from_ns, to_ns)


@pytest.fixture(scope="session")
def single_station() -> Callable[..., list[Replication]]:
    """Return a function that replicates a station: arrival rate, servers, law, duration in s, how often.

    The same study is simulated once.
    """
    done: dict[str, list[Replication]] = {}

    def replicate(
        arrival_rps: float, servers: int, law: dict[str, Any], duration_s: int, count: int
    ) -> list[Replication]:
        station = Station(arrival_rps, servers, law, duration_s)
        if str((station, count)) not in done:
            done[str((station, count))] = [station.replicate(number) for number in range(count)]
        return done[str((station, count))]

    return replicate


@pytest.fixture(scope="session")
def accepts() -> Callable[[Sequence[float], float, float], bool]:
    """Return the rule: theory lies in the 99.9 % interval, whose half-width is at most `bound` of theory."""

    def judge(values: Sequence[float], theory: float, bound: float) -> bool:
        half = stats.t.ppf(0.9995, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
        assert half <= bound * theory, f"the interval ± {half / theory:.1%} is too wide to tell anything"
        return bool(abs(np.mean(values) - theory) <= half)

    return judge
