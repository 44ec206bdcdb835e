"""Who a browser is to the network: its address, its headers, its access line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scenarios.swarm.browser.pacing import Profile


@dataclass(frozen=True)
class Identity:
    """One visitor as the target sees it.

    `source` is the address of this machine that connections leave from (None: the system's choice); `headers` go with
    every request (User-Agent, X-Forwarded-For, the run's identification), and those named in `insisted` (small letters)
    whatever a step sends itself; `profile` paces what is sent and read, and
    gives the browser connections of its own whatever `pooled` says; `trace` is 32 hexadecimal digits: each exchange
    then carries a W3C `traceparent` with them and a span of its own, counted from 1.
    """

    source: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    profile: Profile | None = None
    pooled: bool = False
    trace: str | None = None
    insisted: frozenset[bytes] = frozenset()
