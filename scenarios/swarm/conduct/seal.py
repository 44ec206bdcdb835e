"""The seal: how a coordinator and a worker know each other over a channel that has neither login nor encryption.

Both hold the same token. A worker's greeting carries a nonce, the coordinator's answer another with the proof that it
knows the token; from both nonces and the token comes a key, and each message bears its number and an HMAC-SHA256 under
that key. So nobody without the token can order load or report samples, and what was said once cannot be said again.
What is said can still be read by who listens: off loopback the channel belongs into a tunnel. Where no token is asked
for, on loopback, it is empty and all else is the same.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

import msgpack

from scenarios.swarm.conduct.effects import Message

NONCE_BYTES = 16
COORDINATOR, WORKER = b"coordinator", b"worker"


class ForgedError(ValueError):
    """A message that was not sent by who holds the token, or was sent before."""


def nonce() -> bytes:
    """Return fresh random bytes."""
    return secrets.token_bytes(NONCE_BYTES)


class Seal:
    """Seals what one side says and opens what the other said; both made from the same token and nonces."""

    def __init__(self, token: str, address: str, theirs: bytes, ours: bytes, side: bytes) -> None:
        """`theirs` is the worker's nonce, `ours` the coordinator's, on both sides; `side` is who holds this seal."""
        nonces = hashlib.sha256(theirs).digest() + hashlib.sha256(ours).digest()
        self._key = hmac.digest(token.encode(), b"cutover swarm" + nonces + address.encode(), "sha256")
        self._side, self._other = (side, WORKER) if side == COORDINATOR else (side, COORDINATOR)
        self._said = self._opened = 0

    def proof(self, side: bytes) -> bytes:
        """Return what shows that a side knows the token."""
        return hmac.digest(self._key, b"proof of " + side, "sha256")

    def is_proof(self, side: bytes, proof: object) -> bool:
        """Tell whether a side's proof is right."""
        return isinstance(proof, bytes) and hmac.compare_digest(proof, self.proof(side))

    def sealed(self, message: Message) -> dict[str, Any]:
        """Return a message in its envelope."""
        self._said += 1
        body: bytes = msgpack.packb(dict(message), use_bin_type=True)
        return {"number": self._said, "body": body, "mac": self._mac(self._side, self._said, body)}

    def opened(self, envelope: Mapping[str, Any]) -> Message:
        """Return the message of an envelope; raise ForgedError when it is not the other side's, or not new."""
        number, body, mac = envelope.get("number"), envelope.get("body"), envelope.get("mac")
        if not (isinstance(number, int) and isinstance(body, bytes) and isinstance(mac, bytes)):
            raise ForgedError("is no sealed message")
        if not hmac.compare_digest(mac, self._mac(self._other, number, body)):
            raise ForgedError("bears another seal")
        if number <= self._opened:
            raise ForgedError("was said before")
        self._opened = number
        message: Message = msgpack.unpackb(body, raw=False, strict_map_key=False)
        return message

    def _mac(self, side: bytes, number: int, body: bytes) -> bytes:
        return hmac.digest(self._key, side + number.to_bytes(8, "big") + body, "sha256")
