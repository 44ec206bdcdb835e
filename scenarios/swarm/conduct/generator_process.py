"""The generator's process: a child that speaks over a socket pair, and ends when that closes."""

import contextlib
import socket
import subprocess
from collections.abc import Callable, Sequence

import gevent

from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.generator.child import command
from scenarios.swarm.generator.frames import BrokenStreamError, Unpacker, packed

READ_BYTES = 1 << 18
ENDS_WITHIN_S = 2.0

Command = Callable[[int], Sequence[str]]


class GeneratorProcess:
    """One generator; `made` is given each of its messages, `broke` once, when it has ended without being told to."""

    def __init__(
        self, made: Callable[[Message], None], broke: Callable[[str], None], make_command: Command = command
    ) -> None:
        ours, theirs = socket.socketpair()
        self._end, self._made, self._broke = ours, made, broke
        self._is_told_to_end = False
        with theirs:
            self._process = subprocess.Popen(
                make_command(theirs.fileno()), pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
            )
        self._reader = gevent.spawn(self._read)

    def hand(self, message: Message) -> None:
        """Send it a message; one to a generator that has ended is lost."""
        with contextlib.suppress(OSError):
            self._end.sendall(packed(message))

    def end(self) -> None:
        """End it: by closing its channel, and by its id if that does not help."""
        self._is_told_to_end = True
        self._reader.kill(block=False)
        self._end.close()
        gevent.spawn(self._see_off)

    def _see_off(self) -> None:
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        unpacker, why = Unpacker(), ""
        while True:
            try:
                data = self._end.recv(READ_BYTES)
                messages = unpacker.feed(data)
            except (OSError, BrokenStreamError) as error:
                data, messages, why = b"", [], f" ({error})"
            for message in messages:
                self._made(message)
            if not data:
                break
        if not self._is_told_to_end:
            self._end.close()
            self._broke(f"its generator ended with {self._code()}{why}")

    def _code(self) -> int:
        """Return the exit code of a generator that has closed its end, ending it if it has not ended."""
        self._see_off()
        return int(self._process.returncode)
