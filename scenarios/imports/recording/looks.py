"""What a value looks like: made by a machine, an identifier, a secret, a clock's reading. Guesses, all of them."""

import re

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_CLOCK = re.compile(r"1[5-9]\d{8}(\d{3})?")
_ID_NAME = re.compile(
    r"(^|[_.-])(id|ids|uuid|token|csrf|xsrf|state|nonce|code|ticket|key|session|receipt|ref|reference)$"
    r"|[a-z](Id|Token|State|Code|Key)$|csrf|xsrf|token|nonce|verificationtoken",
)
_SECRET_NAME = re.compile(r"pass(word|wd|phrase|code)?\d?$|pwd|secret$|^pin$", re.IGNORECASE)
LEAST = 16
"""A text of letters and digits so long, without a blank, is taken for a machine's (assumed)."""


def is_generated(value: str) -> bool:
    """Tell whether a machine seems to have made a value: a token, a UUID, a hash, a clock's reading."""
    if _UUID.fullmatch(value) or _HEX.fullmatch(value) or is_clock(value):
        return True
    if len(value) < LEAST or re.search(r"\s|://", value) or re.fullmatch(r"[\w.+-]+@[\w.-]+", value):
        return False
    letters, digits = re.search(r"[A-Za-z]", value), re.search(r"\d", value)
    mixed = re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
    return bool(letters and (digits or mixed)) and not re.fullmatch(r"[\w ]+/[\w.+-]+", value)


def is_clock(value: str) -> bool:
    """Tell whether a value looks like seconds or milliseconds since 1970, of 2017 to 2033."""
    return _CLOCK.fullmatch(value) is not None


def is_identifier(name: str, value: str) -> bool:
    """Tell whether a name says that its value tells one thing from others."""
    return bool(value) and value.lower() not in ("true", "false", "on", "off") and bool(_ID_NAME.search(name))


def is_secret(name: str) -> bool:
    """Tell whether a name says that its value is nobody else's business."""
    return _SECRET_NAME.search(name) is not None
