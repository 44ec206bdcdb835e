"""What a browser keeps of page resources, as far as it decides what is asked for again (RFC 9111)."""

import re
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from scenarios.swarm.browser.encoding import Fields
from scenarios.swarm.browser.origins import Origin

MOST_KEPT = 1000  # resources of one citizen (assumed: more than any portal has on the way of one session)
HEURISTIC_SHARE = 0.1  # of the time since it last changed: RFC 9111, 4.2.2
_AGE = re.compile(r"\d{1,10}")


@dataclass(slots=True)
class Kept:
    """A resource that is kept: until when it is fresh (monotonic, seconds), and what tells whether it has changed."""

    fresh_until: float
    tag: str
    modified: str


class Cache:
    """The resources that one browser has; bodies are not kept, for nobody looks at them."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[Origin, bytes], Kept] = {}

    def is_fresh(self, origin: Origin, path: bytes) -> bool:
        """Tell whether a resource need not be asked for."""
        kept = self._kept.get((origin, path))
        return kept is not None and kept.fresh_until > time.monotonic()

    def conditions(self, origin: Origin, path: bytes) -> Fields:
        """Return the fields that ask for a resource only if it has changed."""
        kept = self._kept.get((origin, path))
        if kept is None:
            return ()
        pairs = ((b"If-None-Match", kept.tag), (b"If-Modified-Since", kept.modified))
        return tuple((name, value.encode("latin-1")) for name, value in pairs if value)

    def keep(self, origin: Origin, path: bytes, status: int, headers: dict[str, str]) -> None:
        """Take note of a resource that came (200), or that has not changed (304)."""
        key = (origin, path)
        known = self._kept.get(key)
        rules = directives(headers.get("cache-control", ""))
        if "no-store" in rules or headers.get("vary", "").strip() == "*" or (status != 304 and status != 200):
            self._kept.pop(key, None)
            return
        tag, modified = headers.get("etag", ""), headers.get("last-modified", "")
        if status == 304 and known is not None:
            tag, modified = tag or known.tag, modified or known.modified
        fresh_s = freshness_s(rules, headers)
        if not (tag or modified or fresh_s > 0):
            self._kept.pop(key, None)
            return
        if known is None and len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = Kept(time.monotonic() + fresh_s, tag, modified)


def directives(text: str) -> dict[str, str]:
    """Return the directives of a Cache-Control field by lower-case name."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def freshness_s(rules: dict[str, str], headers: dict[str, str]) -> float:
    """Return for how many seconds a 200 or 304 is fresh from now: RFC 9111, 4.2, for a cache that is nobody else's."""
    if "no-cache" in rules:
        return 0.0
    age = headers.get("age", "")
    old_s = int(age) if _AGE.fullmatch(age) else 0
    longest = rules.get("max-age")
    if longest is not None:
        return float(int(longest) - old_s) if _AGE.fullmatch(longest) else 0.0
    now_s = _date_s(headers.get("date", "")) or time.time()
    if "expires" in headers:
        ends_s = _date_s(headers["expires"])
        return 0.0 if ends_s is None else ends_s - now_s - old_s
    changed_s = _date_s(headers.get("last-modified", ""))
    if changed_s is None:
        return 0.0
    return HEURISTIC_SHARE * (now_s - changed_s) - old_s


def _date_s(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
