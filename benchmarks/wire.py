"""What a request costs the browser of the swarm, without journeys and recording, beside locust's FastHttpUser.

A static 1 KB page on nginx, one core each, in the same run. Both sides are measured by the CPU seconds that they use.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.results import spread, write
from benchmarks.swarm import AT_ONCE, LOAD, PER_SESSION, nginx, on, peer

RUNS, LASTS_S = 5, 4
CITIZENS = """
import asyncio, sys, time
import uvloop
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.asks import Get
from scenarios.target import parse_target

url, pooled, http2, authority, at_once, per_session, lasts_s = sys.argv[1:]
options = NetworkOptions(pooled=pooled == "True", http2=http2 == "True", authority=authority or None)
PAGE, HEADERS = Get("/k"), {"User-Agent": "cutover", "X-Cutover-Run": "a-benchmark", "Accept": "text/html"}


class Citizen:
    __slots__ = ("browser", "left")

    def __init__(self):
        self.come()

    def come(self):
        self.left = int(per_session)
        trace = f"{next(numbers):032x}"
        self.browser = network.browser(network.identity(0, HEADERS, trace), exchanges.append)
        self.browser.ask(PAGE, self.answered, self.broken)

    def answered(self, page):
        global asked
        asked += 1
        if page.status != 200 or b'data-page="k"' not in page.body[:200]:
            raise SystemExit(f"answered {page.status}")
        self.left -= 1
        if self.left:
            self.browser.ask(PAGE, self.answered, self.broken)
            return
        exchanges.clear()
        self.browser.close()
        if time.monotonic() < ends:
            loop.call_soon(self.come)
        elif not over.done():
            over.set_result(None)

    def broken(self, error):
        over.set_exception(error)


async def main():
    global loop, network, over, ends, asked, exchanges, numbers
    loop, exchanges, asked, numbers = asyncio.get_running_loop(), [], 0, iter(range(1, 1 << 60))
    network, over = Network(loop, parse_target(url), options), loop.create_future()
    ends = time.monotonic() + float(lasts_s)
    begun = time.process_time()
    for _ in range(int(at_once)):
        Citizen()
    await over
    print((time.process_time() - begun) / asked)


uvloop.run(main())
"""


@dataclass(frozen=True)
class Mode:
    """A way to connect."""

    name: str
    is_tls: bool = False
    pooled: bool = True
    http2: bool = False


MODES = (
    Mode("pooled"),
    Mode("pooled TLS", is_tls=True),
    Mode("a connection a session", pooled=False),
    Mode("a connection a session, TLS", is_tls=True, pooled=False),
    Mode("pooled HTTP/2", is_tls=True, http2=True),
    Mode("a connection a session, HTTP/2", is_tls=True, pooled=False, http2=True),
)


def main() -> None:
    """Measure each mode several times, in turn with the peer."""
    ours: dict[Mode, list[float]] = {mode: [] for mode in MODES}
    theirs: dict[Mode, list[float]] = {mode: [] for mode in MODES if not mode.http2}
    with nginx() as urls:
        for _ in range(RUNS):
            for mode in MODES:
                url = urls[mode.is_tls]
                ours[mode].append(cost_s(url, mode))
                if mode in theirs:
                    theirs[mode].append(1 / peer(url, anew=not mode.pooled))
    rows = []
    for mode in MODES:
        bound = "12 to 15 us" if mode is MODES[0] else ""
        rows.append((f"{mode.name}: CPU a request", spread(ours[mode], "us", 1e6), bound))
        if mode in theirs:
            times = statistics.median(theirs[mode]) / statistics.median(ours[mode])
            cost = spread(theirs[mode], "us", 1e6)
            rows.append(("the same by locust's FastHttpUser", cost, f"peer; {times:.1f} x ours"))
    claim = (
        "A request costs the swarm's browser a fraction of what it costs locust's, with parsing, cookies, trace and "
        f"observer. Sessions of {PER_SESSION} requests, {AT_ONCE} at once."
    )
    write("Wire", claim, rows, ("locust", "geventhttpclient", "uvloop", "httptools", "h2"))


def cost_s(url: str, mode: Mode) -> float:
    """Return the CPU seconds of a request."""
    authority = os.environ["BENCH_AUTHORITY"] if urlsplit(url).scheme == "https" else ""
    choices = [str(each) for each in (mode.pooled, mode.http2, authority, AT_ONCE, PER_SESSION, LASTS_S)]
    command = [*on(LOAD), sys.executable, "-c", CITIZENS, url, *choices]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


if __name__ == "__main__":
    main()
