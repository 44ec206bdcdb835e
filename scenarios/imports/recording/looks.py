"""What a value looks like: made by a machine, an identifier, a secret, a clock's reading. Guesses, all of them."""

import re

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_CLOCK = re.compile(r"1[5-9]\d{8}(\d{3})?")
_ID_NAME = re.compile(
    r"(^|[_.-])(id|ids|uuid|token|csrf|xsrf|state|nonce|code|ticket|key|session|receipt|ref|reference)$"
    r"|[a-z](Id|Token|State|Code|Key)$|csrf|xsrf|token|nonce|verificationtoken",
)
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?\d?$|pwd|secret(key|id)?$|^pin$|^x?auth(entication)?$|authori[sz]ation|credential|token$|"
    r"jwt|bearer|apikey|signature$|^sid$|session(id|key)$|(access|private|subscription|auth|app|client|account)key$"
)
_OF_ONE_PAGE = re.compile(r"csrf|xsrf|forgery|nonce|verification")
_JWT = r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
_LOGIN = r"\b(?:bearer|basic|token|apikey|negotiate)\s+(?=\S*[\d=])[\w.~+/=-]{8,}"
_NAMED = r"(?:password|passwd|passphrase|pwd|secret|api[_-]?key|(?:access|auth|refresh)[_-]?token)"
_GIVEN = _NAMED + r"""["']?\s*[:=>]\s*["']?[^\s"'<]"""
_SECRET_TEXT = re.compile(f"{_JWT}|{_LOGIN}|{_GIVEN}", re.IGNORECASE)
_SECRET_WORD = re.compile(
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|credential|authori[sz]ation|signature|session[_-]?id|\bpin\b|"
    rf"\bauth\b|{_JWT}|{_LOGIN}",
    re.IGNORECASE,
)
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
    """Tell whether a name says that its value is nobody else's business: a password, a key, a login's token.

    What a page gives against forged requests is none: it is worth nothing without the login.
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return _SECRET_NAME.search(plain) is not None and _OF_ONE_PAGE.search(plain) is None


def is_credential(value: str) -> bool:
    """Tell whether a value is, or holds, a credential whatever its name: a JWT, a login's header, `password: …`."""
    return _SECRET_TEXT.search(value) is not None


def speaks_of_secrets(body: str) -> bool:
    """Tell whether a body whose parts nobody knows has a word in it that goes with credentials."""
    return _SECRET_WORD.search(body) is not None
