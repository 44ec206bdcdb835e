"""The ways between a coordinator and its workers: inside one process, or over locust's own channel."""

import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Protocol

import gevent

from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.generator_process import Command
from scenarios.swarm.conduct.greeting import Data, Greeter, Reception
from scenarios.swarm.conduct.guest import Guest, this_machine
from scenarios.swarm.conduct.station import LOCAL, Station
from scenarios.swarm.generator.child import command

CHANNEL = "cutover"
"""The name of our messages among locust's."""

GREETS_EVERY_S = 1.0

log = logging.getLogger(__name__)


class Runner(Protocol):
    """What we need of locust's runners."""

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send a message."""

    def register_message(self, msg_type: str, listener: Callable[..., None], concurrent: bool = False) -> None:
        """Say who takes messages."""


class LocalLink:
    """One worker, in the coordinator's own process."""

    def __init__(self, heard: Callable[[str, Message], None], make_command: Command = command) -> None:
        self._station = Station(lambda message: heard(LOCAL, message), make_command)

    def send(self, _: str, message: Message) -> None:
        """Hand a message to the worker."""
        self._station.told(message)

    def present(self) -> list[Guest]:
        """Return the one worker."""
        return [this_machine(LOCAL)]

    def close(self) -> None:
        """End the worker."""
        self._station.close()


class MasterLink:
    """The workers of locust's master; `joined` is told of each that was greeted, `heard` of what it says."""

    def __init__(
        self,
        runner: Runner,
        token: str,
        joined: Callable[[Guest], None],
        heard: Callable[[str, Message], None],
    ) -> None:
        self._runner, self._joined, self._heard = runner, joined, heard
        self._reception = Reception(token, version("cutover"))
        self._guests: dict[str, Guest] = {}
        runner.register_message(CHANNEL, self._came)

    def send(self, address: str, message: Message) -> None:
        """Send a message to a worker that has been greeted."""
        data = self._reception.sealed(address, message)
        if data is not None:
            self._send(address, data)

    def present(self) -> list[Guest]:
        """Return the workers that have been greeted and have not left."""
        return list(self._guests.values())

    def close(self) -> None:
        """Leave the workers to locust, which tells them to quit."""

    def _came(self, msg: Any, **_: Any) -> None:
        address = str(msg.node_id)
        came = self._reception.came(address, msg.data)
        if came.answer is not None:
            if "refused" in came.answer:
                log.warning("worker %s was refused: %s", address, came.answer["refused"])
            self._send(address, came.answer)
        message = came.message
        if message is None:
            return
        if message["kind"] == "here":
            guest = self._guests[address] = Guest(address, str(message["host"]), int(message["cores"]))
            self._joined(guest)
            return
        if message["kind"] == "left":
            self._guests.pop(address, None)
        self._heard(address, message)

    def _send(self, address: str, data: Data) -> None:
        self._runner.send_message(CHANNEL, dict(data), address)


class WorkerLink:
    """A worker's way to its coordinator: greets until it is welcome; `refused` is given the words when it is not.

    `me` is the address by which locust's master knows it.
    """

    def __init__(
        self, runner: Runner, me: str, token: str, refused: Callable[[str], None], make_command: Command = command
    ) -> None:
        self._runner, self._refused = runner, refused
        self._greeter = Greeter(token, version("cutover"), this_machine(me))
        self._station = Station(self._tell, make_command)
        runner.register_message(CHANNEL, self._came)
        self._greenlet = gevent.spawn(self._greet)

    def close(self) -> None:
        """Say that this worker leaves, and end its generator."""
        self._greenlet.kill()
        self._station.close()

    def _greet(self) -> None:
        while True:
            if not self._greeter.is_welcome:
                self._send(self._greeter.hello())
            gevent.sleep(GREETS_EVERY_S)

    def _came(self, msg: Any, **_: Any) -> None:
        came = self._greeter.came(msg.data)
        if came.answer is not None:
            self._send(came.answer)
        if came.message is not None:
            self._station.told(came.message)
        if self._greeter.refused is not None:
            self._refused(self._greeter.refused)

    def _tell(self, message: Message) -> None:
        data = self._greeter.sealed(message)
        if data is not None:
            self._send(data)

    def _send(self, data: Data) -> None:
        try:
            self._runner.send_message(CHANNEL, dict(data))
        except Exception as error:  # noqa: BLE001 # locust's own errors of a broken link: reports come again by themselves
            log.warning("a message to the coordinator was not sent: %s", error)
