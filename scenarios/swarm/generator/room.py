"""How many connections a scenario needs, known before it begins: so that none runs out of descriptors or ports."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Self

from models.journeys import Journey, expected_visits
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.browser.limits import check_room
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.target import Target
from scenarios.volume import busiest_per_s


@dataclass(frozen=True)
class Need:
    """Connections of one worker at the busiest moment, on average, if answers take no time.

    Each visit has one of its own: so many at once, and so many opened in a second.
    """

    at_once: int
    opened_per_s: float

    @classmethod
    def of(cls, scenario: Scenario, sessions: Sessions, workers: int) -> Self:
        """Return what each of so many workers needs."""
        busiest = busiest_per_s(scenario, sessions) / workers
        shares = scenario.shares or (1.0,) * len(scenario.journeys)
        thinking = [share * thinking_s(each) for share, each in zip(shares, scenario.journeys, strict=False)]
        return cls(round(busiest * sum(thinking) / sum(shares)), busiest)


def thinking_s(journey: Journey) -> float:
    """Return how long a session thinks on average: not before its first step."""
    visits = expected_visits(journey)
    return sum(visits[step.name] * step.think.mean_s for step in journey.steps) - journey.steps[0].think.mean_s


def check(need: Need, target: Target, options: NetworkOptions) -> None:
    """Raise InvalidRun, with the remedy, when a worker would run out of descriptors or ports.

    Connections go to the proxy where there is one, and to the one address that a host is pinned to.
    """
    if options.pooled:
        check_room(1, 0.0, loopback=True)  # how many are shared at once depends on how fast answers come
        return
    to, pins = options.proxy_used or target, options.pins
    try:
        found = _addresses(to.host, to.port) if (to.host, to.port) not in pins else {pins[to.host, to.port]}
    except OSError:
        return  # a name that nobody knows is told by whoever asks for the first page
    loopback = all(ipaddress.ip_address(address).is_loopback for address in found)
    check_room(need.at_once, need.opened_per_s, len(options.source_addresses), len(found), loopback=loopback)


def _addresses(host: str, port: int) -> set[str]:
    return {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
