"""The access lines of citizens, by how they reach the portal and where they live."""

from fixtures.access import Access
from fixtures.citizens import Citizen
from scenarios.swarm.browser.pacing import Profile

DENSE_4G = Profile(down_bps=10.24e6, up_bps=5.12e6, round_trip_s=0.040)
"""Lighthouse's `desktopDense4G` (core/config/constants.js); half of it upwards is assumed."""

SLOW_4G = Profile(down_bps=1.6e6, up_bps=0.768e6, round_trip_s=0.150)
"""WebPageTest's `3GFast` (www/settings/connectivity.ini.sample), which Lighthouse calls slow 4G."""

FIBRE = Profile(down_bps=20e6, up_bps=5e6, round_trip_s=0.004)
"""WebPageTest's `FIOS`."""

LINES: dict[tuple[Access, bool], Profile] = {
    ("own", True): DENSE_4G,
    ("own", False): SLOW_4G,
    ("shared", True): DENSE_4G,
    ("shared", False): SLOW_4G,
    ("counter", True): FIBRE,
    ("counter", False): FIBRE,
}
"""Who has which line: by access, and town (True) or country (False). Assumed."""


def line_of(citizen: Citizen, *, assisted: bool) -> Profile:
    """Return the line that a citizen comes by; `assisted` ones come by their counter's."""
    return LINES["counter" if assisted else citizen.access, citizen.urban]
