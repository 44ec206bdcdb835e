"""Whether a target answers, asked once before any citizen comes, on the way that the run will go.

That is by its proxy and its pinned addresses, with its certificates and its headers.
"""

import asyncio
import errno
import ssl

import uvloop

from cutover.base.errors import BadInput, CutoverError, InvalidRun
from scenarios.swarm.asks import Get
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import PROXY_LOGIN, NetworkOptions
from scenarios.swarm.identification import identification
from scenarios.swarm.order import Order
from scenarios.swarm.target.secret import Secret
from scenarios.target import ANSWER_WITHIN_S, Target, not_trusted

PROXY_S = (407, 502, 503, 504)
"""What a proxy answers in the place of a target that it cannot, or may not, reach (RFC 9110, 15.5.8 and 15.6)."""


def check_answers(order: Order, target: Target, secrets: dict[str, Secret] | None = None) -> None:
    """Send one request for `/`; any answer will do.

    Raises InvalidRun, with the reason, unless it is answered within 8 s in all, and BadInput when nobody who is trusted
    vouches for the target, or the network's options cannot be used.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        error = runner.run(_ask(order, target, dict(identification(order, secrets).headers)))
    if error is not None:
        raise _refusal(error, target, NetworkOptions.of_message(order.network))


def _refusal(error: Exception, target: Target, options: NetworkOptions) -> CutoverError:
    """Return the error with which no load begins."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return not_trusted(target, error)
    if options.source_addresses and isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL:
        rule, remedy = "is no address of this machine", "name one that `ip address` shows"
        return BadInput.single("options", "--source-address", options.source_addresses[0], rule, remedy)
    why = str(error) or type(error).__name__
    way, what = ("", "its") if options.proxy is None else (f" by the proxy {options.proxy}", "their")
    return InvalidRun(f"{target.url} does not answer{way} ({why}); start it, or correct {what} address")


async def _ask(order: Order, target: Target, headers: dict[str, str]) -> Exception | None:
    """Return what kept the target from answering, None when it did."""
    loop = asyncio.get_running_loop()
    network = Network(loop, target, NetworkOptions.of_message(order.network), order.allowed)
    seen: list[Exchanged] = []
    browser = network.browser(network.identity(0, headers), seen.append)
    ended: asyncio.Future[Exception | None] = loop.create_future()
    browser.ask(Get("/"), lambda _: ended.set_result(None), ended.set_result)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            error = await ended
    except TimeoutError:
        error = TimeoutError("timed out")
    finally:
        browser.close()
        await network.close()
    if not seen or not seen[0].status:
        return error or ConnectionError("no answer was seen")
    return None if network.options.proxy is None or target.scheme == "https" else _proxy_s(seen[0].status)


def _proxy_s(status: int) -> Exception | None:
    if status not in PROXY_S:
        return None
    return ConnectionError(f"the proxy answered {status}" + (f": set {PROXY_LOGIN}" if status == PROXY_S[0] else ""))
