"""The greeting: how a worker and a coordinator come to share a seal, and what goes over the channel.

    worker → coordinator   {"hello": {"protocol", "version", "nonce"}}         again each second until it is answered
    coordinator → worker   {"welcome": {"nonce", "proof"}} or {"refused": words}
    worker → coordinator   {"sealed": …} of {"kind": "here", "host": …, "cores": …}, then whatever there is to say
    coordinator → worker   {"unknown": true} to a worker that it has not greeted: greet me

What stands in an envelope is sealed (seal.py); nothing outside of one is believed further than a greeting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.guest import Guest
from scenarios.swarm.conduct.seal import COORDINATOR, WORKER, ForgedError, Seal, nonce

PROTOCOL = 1
Data = Mapping[str, Any]


@dataclass
class _Guest:
    """What a reception keeps of an address: the nonces of the last greeting, and the seals."""

    theirs: bytes = b""
    ours: bytes = b""
    pending: Seal | None = None
    seal: Seal | None = None


@dataclass(frozen=True)
class Came:
    """What came of data on the channel: what to answer, and the message in it, if it held one that can be trusted."""

    answer: Data | None = None
    message: Message | None = None


@dataclass
class Reception:
    """The coordinator's side: greets workers by address, opens what they say, seals what is said to them."""

    token: str
    version: str
    _guests: dict[str, _Guest] = field(default_factory=dict)

    def came(self, address: str, data: Data) -> Came:
        """Take data from an address."""
        if "hello" in data:
            return Came(answer=self._greet(address, data["hello"]))
        guest = self._guests.get(address)
        if guest is None:
            return Came(answer={"unknown": True})
        message = self._opened(guest, data.get("sealed"))
        if message is None:
            return Came(answer={"refused": "another token is needed here: give both sides the same"})
        return Came(message=message)

    def sealed(self, address: str, message: Message) -> Data | None:
        """Return a message as it goes to an address; None when nobody there has been greeted."""
        guest = self._guests.get(address)
        return None if guest is None or guest.seal is None else {"sealed": guest.seal.sealed(message)}

    def _greet(self, address: str, hello: object) -> Data:
        if not isinstance(hello, dict) or not isinstance(hello.get("nonce"), bytes):
            return {"refused": "no greeting of a cutover worker"}
        if hello.get("protocol") != PROTOCOL or hello.get("version") != self.version:
            words = f"version {hello.get('version')} there and {self.version} here: install the same cutover on both"
            return {"refused": words}
        guest = self._guests.setdefault(address, _Guest())
        if guest.theirs != hello["nonce"]:
            guest.theirs, guest.ours = hello["nonce"], nonce()
            guest.pending = Seal(self.token, address, guest.theirs, guest.ours, COORDINATOR)
        seal = guest.pending or guest.seal
        assert seal is not None, "a greeted guest has a seal"
        return {"welcome": {"nonce": guest.ours, "proof": seal.proof(COORDINATOR)}}

    def _opened(self, guest: _Guest, envelope: object) -> Message | None:
        """Open an envelope with the seal in use, or with that of the last greeting, which then comes into use."""
        if not isinstance(envelope, dict):
            return None
        for seal in (guest.seal, guest.pending):
            if seal is None:
                continue
            try:
                message = seal.opened(envelope)
            except ForgedError:
                continue
            if seal is guest.pending:
                guest.seal, guest.pending = seal, None
            return message
        return None


class Greeter:
    """The worker's side: greets until it is welcomed by somebody who knows the token."""

    def __init__(self, token: str, version: str, me: Guest) -> None:
        self._token, self._version, self._me = token, version, me
        self._nonce = nonce()
        self._seal: Seal | None = None
        self.refused: str | None = None

    @property
    def is_welcome(self) -> bool:
        """Whether messages can be sent."""
        return self._seal is not None

    def hello(self) -> Data:
        """Return the greeting."""
        return {"hello": {"protocol": PROTOCOL, "version": self._version, "nonce": self._nonce}}

    def came(self, data: Data) -> Came:
        """Take data from the coordinator."""
        if "welcome" in data and self._seal is None:
            return self._welcomed(data["welcome"])
        if "unknown" in data and self._seal is not None:
            self._seal, self._nonce = None, nonce()
            return Came(answer=self.hello())
        if "refused" in data and self._seal is None:
            self.refused = str(data["refused"])
        if "sealed" in data and self._seal is not None:
            try:
                return Came(message=self._seal.opened(data["sealed"]))
            except ForgedError:
                return Came()
        return Came()

    def sealed(self, message: Message) -> Data | None:
        """Return a message as it goes to the coordinator; None before it has welcomed us."""
        return None if self._seal is None else {"sealed": self._seal.sealed(message)}

    def _welcomed(self, welcome: object) -> Came:
        if not isinstance(welcome, dict) or not isinstance(welcome.get("nonce"), bytes):
            return Came()
        seal = Seal(self._token, self._me.address, self._nonce, welcome["nonce"], WORKER)
        if not seal.is_proof(COORDINATOR, welcome.get("proof")):
            self.refused = "the coordinator has another token: give both sides the same"
            return Came()
        self._seal = seal
        return Came(answer=self.sealed({"kind": "here", "host": self._me.host, "cores": self._me.cores}))
