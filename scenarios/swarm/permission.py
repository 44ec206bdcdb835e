"""What a swarm may do: whom it may contact, and whether its steps may write there. Looked at before anything is sent.

Loopback is free. Any other host must be allowed by name, and what changes anything there by --allow-writes besides.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cutover.base.errors import TargetRefused
from scenarios.swarm.asks import Get, Post, Send
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.target.writing import READING, SIGN_IN, writing
from scenarios.target import Target, check_allowed, is_loopback, named_host, parse_target

if TYPE_CHECKING:
    from scenarios.swarm.answer import Answer
    from scenarios.swarm.asks import Asking
    from scenarios.swarm.order import Order
    from scenarios.swarm.target.steps_file import Step

READS = frozenset(("home", "search", "browse", "procedure", "sign_in", "track", "result"))
"""The stand-in's steps that leave nothing at a portal but a session; all others write."""


def permit(order: "Order", steps: Iterable[str]) -> tuple[Target, bool]:
    """Return an order's target, and whether its steps may write; `steps` are those that the scenario plays.

    Raises TargetRefused for a host that may not be contacted, and where steps would write without permission; BadInput
    for options that say nothing.
    """
    target, options = parse_target(order.url), NetworkOptions.of_message(order.network)
    options.check()
    check_reach(target, options, order.allowed)
    if order.may_write or is_here(target, options, order.allowed):
        return target, True
    if order.locustfile is not None:
        refuse_writing(target, "a locustfile may write")
    written = [step for step in steps if step not in READS] if order.steps is None else writing(order.steps, steps)
    if written:
        refuse_writing(target, f"{', '.join(written)} {'writes' if len(written) == 1 else 'write'} there")
    return target, False


def refuse_writing(target: Target, why: str) -> None:
    """Raise TargetRefused: what would write is not allowed to."""
    raise TargetRefused(
        f"{target.host}, or another host that is allowed, is not loopback, and {why}: no request was sent; "
        "if its owner agrees that dossiers are made there, add --allow-writes"
    )


def check_reach(target: Target, options: NetworkOptions, allowed: tuple[str, ...]) -> None:
    """Raise TargetRefused unless target, proxy and pinned addresses are loopback or named in `allowed`."""
    check_allowed(target, allowed)
    proxy = options.proxy_used
    if proxy is not None:
        check_allowed(Target("http", proxy.host, proxy.port), allowed)
    named = {named_host(text)[0] for text in allowed}
    for (host, port), address in options.pins.items():
        if host not in named:
            check_allowed(Target("http", address, port), allowed)


def is_here(target: Target, options: NetworkOptions, allowed: tuple[str, ...]) -> bool:
    """Tell whether all that a run may contact is loopback: its target, and all hosts, pins and the proxy beside it."""
    proxy = options.proxy_used
    named = (named_host(text)[0] for text in allowed)
    hosts = {target.host, *named, *options.pins.values(), *(() if proxy is None else (proxy.host,))}
    return all(map(is_loopback, hosts))


def reading_only(steps: "Mapping[str, Step]") -> "dict[str, Step]":
    """Return steps that fail instead of sending what would write, whatever their text made of it; `sign_in` may."""
    return {name: step if name == SIGN_IN else _reading_only(step) for name, step in steps.items()}


def _reading_only(step: "Step") -> "Step":
    def guarded(visit: Any) -> "Asking":
        asks = step(visit)
        answer: Answer | None = None
        while True:
            try:
                ask = asks.send(answer)  # type: ignore[arg-type] # None starts a generator
            except StopIteration:
                return
            if _writes(ask):
                raise StepFailed("it would write, which needs --allow-writes: not sent")
            answer = yield ask

    return guarded


def _writes(ask: object) -> bool:
    if type(ask) is Get:
        return False
    return isinstance(ask, Post) or (isinstance(ask, Send) and ask.method.upper() not in READING)
