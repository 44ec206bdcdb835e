"""Visitors: the browser of each visit, with the identity that the target sees."""

import asyncio
import hashlib
from collections.abc import Mapping

from scenarios.sessions import Session
from scenarios.swarm.addresses import address
from scenarios.swarm.browser.lines import line_of
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.generator.surfing import Observe, OpenBrowser, Surf


def network_of(loop: asyncio.AbstractEventLoop, prepared: Prepared) -> Network:
    """Make the network that an order asks for; raise BadInput where it cannot be."""
    order = prepared.order
    return Network(loop, prepared.target, NetworkOptions.of_message(order.network), order.allowed)


def trace_of(run: str, session: int) -> str:
    """Return the trace id of a session's requests (W3C Trace Context): 8 bytes of the run's name, 8 of the session."""
    return f"{hashlib.sha256(run.encode()).hexdigest()[:16]}{session:016x}"


def browsers(network: Network, prepared: Prepared) -> OpenBrowser:
    """Return a function that makes the browser of a session's visit."""
    order, citizen = prepared.order, prepared.population.citizen
    known, run = prepared.identification(), trace_of(order.run, 0)[:16]
    headers, insisted = known.headers, known.insisted
    forwarded, lines = order.forwarded, network.options.lines

    def browser(session: Session, observe: Observe) -> Surf:
        own: Mapping[str, str] = {**headers, "X-Forwarded-For": address(session)} if forwarded else headers
        line = line_of(citizen(session.citizen), assisted=session.assisted) if lines else None
        identity = network.identity(session.number, own, f"{run}{session.number:016x}", line, insisted)
        return network.browser(identity, observe)

    return browser
