"""The network of a generator: what all its browsers share."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence

from scenarios.swarm.browser.addresses import Addresses
from scenarios.swarm.browser.browser import Browser
from scenarios.swarm.browser.dial import Dialler
from scenarios.swarm.browser.exchanged import Observe
from scenarios.swarm.browser.firewall import Firewall
from scenarios.swarm.browser.home import Home, Sockets
from scenarios.swarm.browser.identity import Identity
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.browser.origins import Origin, Origins
from scenarios.swarm.browser.pacing import Profile
from scenarios.swarm.browser.tls import make_context
from scenarios.target import Target


class Network:
    """Makes browsers that speak to a target, and to nobody else but the hosts allowed by name.

    `allowed` are hosts beside the target's: `name` (its ports 80 and 443) or `name:port`. Raises BadInput when the
    options cannot be used.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        target: Target,
        options: NetworkOptions,
        allowed: Sequence[str] = (),
    ) -> None:
        options.check()
        self.loop, self.options = loop, options
        self.origins = Origins(target, allowed)
        self.firewall = Firewall(options.signs)
        self._authority = options.authority or target.authority
        self._addresses = Addresses(loop, options.pins)
        protocols = ("h2", "http/1.1") if options.http2 else ("http/1.1",)
        self.dialler = Dialler(loop, self._addresses, self._context(protocols), options.proxy_used)
        self._sockets = Sockets()
        self._pools: dict[tuple[Origin, str | None], Home] = {}

    def _context(self, protocols: Sequence[str]) -> ssl.SSLContext:
        return make_context(self._authority, self.options.certificate, self.options.key, protocols)

    @property
    def open_sockets(self) -> int:
        """How many sockets are open."""
        return self._sockets.open

    def identity(
        self,
        number: int,
        headers: Mapping[str, str],
        trace: str | None = None,
        profile: Profile | None = None,
        insisted: frozenset[bytes] = frozenset(),
    ) -> Identity:
        """Return who the visitor of a numbered session is to the network: source addresses take turns."""
        sources = self.options.source_addresses
        source = sources[number % len(sources)] if sources else None
        return Identity(source, headers, profile, self.options.pooled, trace, insisted)

    def browser(self, identity: Identity, observe: Observe | None = None) -> Browser:
        """Make the browser of one visitor; `observe` is told of each of its exchanges."""
        return Browser(self, identity, observe)

    def home(self, origin: Origin) -> Home:
        """Return a place for connections that one browser keeps for itself."""
        return Home(self._sockets, may_share=self.options.http2 and origin.secure)

    def pool(self, origin: Origin, source: str | None) -> Home:
        """Return the place of connections that all browsers of a source address share."""
        home = self._pools.get((origin, source))
        if home is None:
            home = self._pools[origin, source] = self.home(origin)
        return home

    async def offers_h2(self) -> bool:
        """Tell whether the target speaks HTTP/2 to who asks for it; raise OSError when it cannot be reached.

        A run over HTTP/1.1 against a portal whose citizens' browsers speak HTTP/2 measured something else.
        """
        origin = self.origins.target
        if not origin.secure:
            return False
        context = self._context(("h2", "http/1.1"))
        return await Dialler(self.loop, self._addresses, context, self.options.proxy_used).agreed(origin) == "h2"

    async def close(self) -> None:
        """Close the shared connections; browsers are closed by whom they were made for."""
        for home in self._pools.values():
            home.close()
        self._pools.clear()
        await asyncio.sleep(0)
