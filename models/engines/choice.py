"""Which engine solves a network: the fastest that gives the reference's answer, or the one that is asked for."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from cutover.base.errors import BadInput
from models.engines.batch import Arrivals
from models.engines.observer import WholeObserver
from models.history import History
from models.journeys import Journey, Walk
from models.network import Network

Wish = Literal["auto", "recursion", "event", "simpy"]
WISHES: tuple[Wish, ...] = get_args(Wish)


class Chosen(NamedTuple):
    """An engine by name, and why it is the one, in words."""

    name: Literal["recursion", "event", "simpy"]
    why: str


def choose(network: Network, journeys: Sequence[Journey], wish: str = "auto") -> Chosen:
    """Choose the engine for a network; raise BadInput for an unknown one, or `recursion` where it does not apply."""
    from models.engines.recursion.scope import applies

    if wish not in WISHES:
        raise BadInput.single("options", "--engine", wish, "is no engine", f"choose one of {', '.join(WISHES)}")
    if wish == "simpy":
        return Chosen("simpy", "asked for: the reference")
    if wish == "event":
        return Chosen("event", "asked for")
    reason = applies(network, journeys)
    if reason is None:
        return Chosen("recursion", "it applies: first come first served, and no way back to a station but a thought")
    if wish == "recursion":
        raise BadInput.single("options", "--engine", wish, f"does not apply: {reason}", "choose event, simpy or auto")
    return Chosen("event", f"recursion does not apply: {reason}")


def is_compiled(chosen: Chosen) -> bool:
    """Tell whether a process before this one has compiled the engine, which takes up to a minute."""
    from models.kernel import is_warm

    return is_warm({"recursion": "windows.", "event": "loop.run-", "simpy": ""}[chosen.name])


def simulate(
    chosen: Chosen,
    network: Network,
    arrivals: Arrivals,
    walk: Walk,
    until_ns: int,
    observer: WholeObserver,
    interval_ns: int = 1_000_000_000,
    first_ns: int | None = None,
) -> History:
    """Simulate by the chosen engine, as `models.engines.simpy_engine.simulate` tells; only that engine is loaded."""
    if chosen.name == "simpy":
        from models.engines import simpy_engine

        return simpy_engine.simulate(network, arrivals, walk, until_ns, observer, interval_ns, first_ns)
    if chosen.name == "event":
        from models.engines.event import engine as event_engine

        return event_engine.simulate(network, arrivals, walk, until_ns, observer, interval_ns, first_ns)
    from models.engines.recursion import engine as recursion_engine

    return recursion_engine.simulate(network, arrivals, walk, until_ns, observer, interval_ns, first_ns)
