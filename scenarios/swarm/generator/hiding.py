"""Texts that no record may show, such as those of a test account: taken out of what travelled, however it was encoded.

Encodings: plain, percent and form encoding, JSON's and HTML's escapes, and base64 of two of them as basic
authentication joins them. Names stay: those of JSON's members and of parameters.
"""

import base64
import html
import json
import re
from functools import lru_cache
from itertools import permutations
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
WHOLE_BELOW = 6
"""Shorter texts are taken out where they stand alone: `1` stands in many a word."""

_LEFT_BY = ("", "/", "!'()*~", "/?&=%:@!$'()*+,;~[]")
"""What ways to percent-encode leave: all of it, a path's, encodeURIComponent's, a request target's."""


def without(text: str, hidden: tuple[str, ...]) -> str:
    """Return a text with all that is to be hidden taken out."""
    for form in forms(hidden):
        if form in text:
            text = _pattern(form).sub(lambda found: found["name"] or REDACTED, text)
    return text


@lru_cache(maxsize=1024)
def forms(hidden: tuple[str, ...]) -> tuple[str, ...]:
    """Return all that the texts may look like where they travelled, the longest first."""
    found = {form for text in hidden for form in _forms(text)}
    found |= {base64.b64encode(f"{user}:{password}".encode()).decode() for user, password in permutations(hidden, 2)}
    return tuple(sorted(found - {""}, key=lambda form: (-len(form), form)))


def _forms(text: str) -> set[str]:
    quoted = {quote(text, safe=safe) for safe in _LEFT_BY} | {quote_plus(text)}
    lower = {re.sub("%..", lambda found: found[0].lower(), each) for each in quoted}
    escaped = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    slashed = {each.replace("/", "\\/") for each in escaped}
    marked = {html.escape(text, quote=False), html.escape(text), html.escape(text).replace("&#x27;", "&#39;")}
    misread = {text.encode().decode("latin-1")}  # as headers are read
    return {text} | quoted | lower | escaped | slashed | marked | misread


def _pattern(form: str) -> re.Pattern[str]:
    own = re.escape(form)
    alone = rf"(?<!\w){own}(?!\w)" if len(form) < WHOLE_BELOW else own
    return re.compile(rf'(?P<name>"{own}"\s*:|(?<=[?&]){own}=)|{alone}')
