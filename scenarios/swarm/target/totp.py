"""Time-based one-time passwords (RFC 6238) over HMAC (RFC 4226): truncate(HMAC(K, ⌊t/X⌋)) mod 10^digits."""

import base64
import binascii
import hashlib
import hmac
from typing import Literal

Algorithm = Literal["sha1", "sha256", "sha512"]


def key_of(text: str) -> bytes:
    """Return the key that a secret in base32 stands for, as authenticator apps show it; ValueError for any other."""
    plain = text.replace(" ", "").replace("-", "").upper().rstrip("=")
    try:
        return base64.b32decode(plain + "=" * (-len(plain) % 8))
    except binascii.Error:
        raise ValueError("is not base32") from None


def totp(key: bytes, now_s: float, digits: int = 6, period_s: int = 30, algorithm: Algorithm = "sha1") -> str:
    """Return the code at a wall time in seconds since 1970."""
    counter = int(now_s // period_s).to_bytes(8, "big")
    mac = hmac.new(key, counter, getattr(hashlib, algorithm)).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"
