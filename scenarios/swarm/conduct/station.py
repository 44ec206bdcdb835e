"""The station: a worker with its generator in a locust process, driven by real clocks.

All that reaches the worker goes through one queue and one greenlet.
"""

import contextlib
import time
from collections.abc import Callable
from functools import partial

import gevent
from gevent.queue import Empty, Queue

from cutover.base.clock import SECOND_NS
from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.generator_process import Command, GeneratorProcess
from scenarios.swarm.conduct.terms import FLUSH_NS
from scenarios.swarm.conduct.worker import Deed, Hand, Start, Tell, Worker
from scenarios.swarm.generator.child import command

LOCAL = "local"


class Station:
    """One worker process; `tell` sends a message to the coordinator."""

    def __init__(self, tell: Callable[[Message], None], make_command: Command = command) -> None:
        self._tell, self._make_command = tell, make_command
        self._worker = Worker()
        self._generator: GeneratorProcess | None = None
        self._queue: Queue[Callable[[int], list[Deed]]] = Queue()
        self._greenlet = gevent.spawn(self._work)

    def told(self, message: Message) -> None:
        """Take a message of the coordinator."""
        self._queue.put(partial(self._worker.told, message))

    def close(self) -> None:
        """Report what is there, say that this worker leaves, and end the generator."""
        self._greenlet.kill()
        while not self._queue.empty():
            self._do(self._queue.get_nowait()(time.monotonic_ns()))
        self._do(self._worker.broke("it was told to end"))
        self._end()

    def _work(self) -> None:
        flushed_ns = 0
        while True:
            left_ns = flushed_ns + FLUSH_NS - time.monotonic_ns()
            with contextlib.suppress(Empty):
                self._do(self._queue.get(timeout=max(0.0, left_ns / SECOND_NS))(time.monotonic_ns()))
            if time.monotonic_ns() - flushed_ns >= FLUSH_NS:
                flushed_ns = time.monotonic_ns()
                self._do([*self._worker.flush(), *self._worker.tick(flushed_ns)])

    def _do(self, deeds: list[Deed]) -> None:
        for deed in deeds:
            if isinstance(deed, Tell):
                self._tell(deed.message)
            elif isinstance(deed, Hand):
                if self._generator is not None:
                    self._generator.hand(deed.message)
            elif isinstance(deed, Start):
                self._start()
            else:
                self._end()

    def _start(self) -> None:
        self._end()
        generator: list[GeneratorProcess] = []

        def made(message: Message) -> None:
            self._queue.put(lambda _: self._worker.made(message) if self._generator in generator else [])

        def broke(words: str) -> None:
            self._queue.put(lambda _: self._worker.broke(words) if self._generator in generator else [])

        generator.append(GeneratorProcess(made, broke, self._make_command))
        self._generator = generator[0]

    def _end(self) -> None:
        if self._generator is not None:
            self._generator.end()
            self._generator = None
