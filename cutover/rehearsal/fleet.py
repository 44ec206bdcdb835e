"""A fleet: one coordinator and its workers, each a locust process of its own, followed until the run is closed."""

import contextlib
import importlib.util
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack

from cutover.base.errors import BadInput, CutoverError, Interrupted
from cutover.rehearsal.child import child, end
from cutover.rehearsal.control import ask, watch
from cutover.rehearsal.prolonged import Prolonged
from reports.header import NAME, State, read_header
from reports.looks import Look
from reports.run import Run, free_folder
from reports.writer import add_validity
from scenarios.swarm.order import Order

LOOPBACK, ANYWHERE = "127.0.0.1", "*"
LOG = "locust.log"
LOOKS_EVERY_S = 0.1
WAITS_S = 60
"""Workers have so long to come; assumed."""

TABLE = "Type     Name"
"""What locust's table begins with, which it prints of a run that never began too."""

GAVE_UP = "Gave up waiting for workers to connect"
"""What locust says when they have not."""

Show = Callable[[Mapping[str, Any]], None]
Follow = Callable[[Path, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Page:
    """Locust's web page: where it is bound, and the file of its password."""

    host: str = LOOPBACK
    port: int = 8089
    password_file: Path | None = None


@dataclass(frozen=True)
class Fleet:
    """Who plays an order: `workers` processes here, `expected` of them in all, elsewhere included.

    One worker here and none elsewhere needs no channel: coordinator and worker are one process. `port` is the
    channel's, None for a free one; `looks` are when a run that is prolonged is judged on the way.
    """

    order: Order
    workers: int = 1
    expected: int = 1
    bind: str = LOOPBACK
    port: int | None = None
    token_file: Path | None = None
    page: Page | None = None
    storm: float | None = None
    target_metrics: str | None = None
    looks: tuple[Look, ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether coordinator and worker are one process."""
        return self.workers == self.expected == 1 and self.bind == LOOPBACK and self.port is None

    def coordinator(self, folder: Path, order: Path) -> list[str]:
        """Return the arguments of Python that start the coordinator; `order` is the file that it reads."""
        page = ["--headless"] if self.page is None else _page(self.page)
        channel: list[str] = []
        if not self.is_alone:
            channel = ["--master", "--master-bind-host", self.bind, "--master-bind-port", str(self.port)]
            channel += ["--expect-workers", str(self.expected), "--expect-workers-max-wait", str(WAITS_S)]
        return [
            *_locust(),
            *(*page, "--users", "1", "--only-summary", "--host", self.order.url),
            *("--order-file", str(order), "--run-folder", str(folder)),
            *_parent(),
            *channel,
            *_option("--token-file", self.token_file),
            *_option("--stop-at-errors", self.storm),
            *_option("--target-metrics", self.target_metrics),
        ]

    def worker(self) -> list[str]:
        """Return the arguments of Python that start a worker on this machine."""
        host = LOOPBACK if self.bind == ANYWHERE else self.bind
        return [*worker_arguments(host, self.port or 0, self.token_file), *_parent()]


def worker_arguments(host: str, port: int, token_file: Path | None) -> list[str]:
    """Return the arguments of Python that start a worker of a coordinator at a host and port."""
    channel = ("--worker", "--master-host", host, "--master-port", str(port))
    return [*_locust(), *channel, *_option("--token-file", token_file)]


def _locust() -> list[str]:
    spec = importlib.util.find_spec("locustfile")
    if spec is None or spec.origin is None:
        raise CutoverError("locustfile.py is not installed beside cutover; install cutover again")
    return ["-m", "locust", "-f", spec.origin, "--loglevel", "WARNING"]


def _page(page: Page) -> list[str]:
    bound = ("--autostart", "--web-host", page.host, "--web-port", str(page.port))
    return [*bound, *_option("--web-password-file", page.password_file)]


def _parent() -> list[str]:
    return ["--parent-pid", str(os.getpid())]


def _option(name: str, value: object) -> list[str]:
    return [] if value is None else [name, str(value)]


@dataclass(frozen=True)
class Played:
    """A swarm's run, and whether it was the user who ended it early, or it was stopped because its fellow had ended."""

    run: Run
    interrupted: bool
    was_stopped: bool = False


def play_fleet(fleet: Fleet, out: Path, look: Show) -> Played:
    """Play a fleet's order to its end, or until Ctrl-C, and return its run; `look` is shown how it stands.

    A coordinator that dies on the way leaves an interrupted run that says so. Raises BadInput when a port is in use
    or workers do not come, and the error whose exit code the coordinator ended with when no run was begun.
    """
    folder = free_folder(out, datetime.now(UTC), Path(fleet.order.scenario).stem, "measured")
    with contextlib.ExitStack() as stack:
        flight = Flight(fleet, folder, stack)
        interrupted = flight.follow(Prolonged(fleet.looks, look))
    return flight.landed(interrupted=interrupted)


def play_turns(base: Fleet, head: Fleet, out: Path, look: Show) -> tuple[Played, Played]:
    """Play one schedule on two targets that take turns, and return a run of each; both begin at the same instant.

    When one of them ends before its time, or never begins, the other is stopped. Raises as `play_fleet` does, and what
    it raises is about the one that was not stopped.
    """
    stem, now = Path(base.order.scenario).stem, datetime.now(UTC)
    folders = [free_folder(out, now, f"{stem}-{name}", "measured") for name in ("base", "head")]
    with contextlib.ExitStack() as stack:
        together = stack.enter_context(tempfile.TemporaryDirectory(prefix="cutover-turns-"))
        flights = [
            Flight(
                replace(fleet, order=replace(fleet.order, arm=arm, other=folders[1 - arm].name, together=together)),
                folders[arm],
                stack,
            )
            for arm, fleet in enumerate((base, head))
        ]
        one, other = flights
        interrupted = other.follow(lambda _, status: look(status), unless=lambda: one.is_broken)
        interrupted = one.follow(lambda *_: None, unless=lambda: other.is_broken) or interrupted
    landed = {each: each.landed(interrupted=interrupted) for each in sorted(flights, key=lambda each: each.was_stopped)}
    return landed[one], landed[other]


class Flight:
    """A fleet that plays: its coordinator and workers, started here, ended with the stack."""

    def __init__(self, fleet: Fleet, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder, self._expected = folder, fleet.expected
        self.was_stopped = False
        fleet = replace(fleet, order=replace(fleet.order, run=folder.name, workers=fleet.expected))
        if not fleet.is_alone:
            option = "--master-port" if fleet.port else "--bind"
            fleet = replace(fleet, port=free_port(fleet.bind, fleet.port or 0, option))
        if fleet.page is not None:
            free_port(fleet.page.host, fleet.page.port, "--web-port")
        names = [LOG, *(f"worker-{number + 1}.log" for number in range(0 if fleet.is_alone else fleet.workers))]
        self._logs = {name: folder.with_name(f".{folder.name}.{name}") for name in names}
        self._words = ""
        stack.callback(self._take_logs)
        order = stack.enter_context(_written(fleet.order))
        for name in names[1:]:
            stack.enter_context(child(fleet.worker(), self._logs[name]))
        self._coordinator = stack.enter_context(child(fleet.coordinator(folder, order), self._logs[LOG]))

    @property
    def is_over(self) -> bool:
        """Whether the coordinator has ended, or closed its run."""
        return self._coordinator.poll() is not None or self._state in ("complete", "interrupted")

    @property
    def is_broken(self) -> bool:
        """Whether it is over before its time."""
        return self.is_over and self._state != "complete"

    @property
    def _state(self) -> State | None:
        return read_header(self._folder).state if (self._folder / NAME).exists() else None

    def follow(self, look: Follow, unless: Callable[[], bool] = lambda: False) -> bool:
        """Show how the run stands until it is over; stop it in order on Ctrl-C, and return whether that was so.

        It is stopped, too, when `unless` comes true: then it `was_stopped`.
        """
        interrupted = False
        while not self.is_over:
            try:
                self._stop_if(unless)
                with contextlib.suppress(BadInput):
                    for status in watch(self._folder):
                        look(self._folder, status)
                        self._stop_if(unless)
                time.sleep(LOOKS_EVERY_S)
            except KeyboardInterrupt:
                interrupted = True
                self.stop()
        return interrupted

    def _stop_if(self, must: Callable[[], bool]) -> None:
        if not self.was_stopped and must():
            self.was_stopped = True
            self.stop()

    def stop(self) -> None:
        """Stop the run in order; where there is none yet, end its coordinator."""
        try:
            ask(self._folder, "stop")
        except BadInput:
            end(self._coordinator)

    def _take_logs(self) -> None:
        """Take the logs, when all who write them have ended."""
        self._words = _taken(self._logs, self._folder)

    def landed(self, *, interrupted: bool) -> Played:
        """Return the run, when all has ended; raise the error of a coordinator that began none."""
        code, folder = self._coordinator.wait(), self._folder
        if not folder.exists():
            if interrupted:
                raise Interrupted("interrupted before the first session")
            raise _error(code, self._words, self._expected)
        if code != 0 and not interrupted and not self.was_stopped:
            add_validity(folder, f"The swarm's coordinator ended by itself with {code}; see {LOG}.")
        return Played(Run.open(folder), interrupted, self.was_stopped)


def work(host: str, port: int, token_file: Path | None, count: int) -> int:
    """Run workers of a coordinator until it lets them go, or until Ctrl-C; return the exit code.

    Raises the error of the first that ended with another than 0.
    """
    command = worker_arguments(host, port, token_file)
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory(prefix="cutover-workers-") as folder:
        logs = [Path(folder) / f"worker-{number + 1}.log" for number in range(count)]
        processes = [stack.enter_context(child([*command, *_parent()], log)) for log in logs]
        try:
            codes = [process.wait() for process in processes]
        except KeyboardInterrupt:
            return Interrupted.exit_code
        failed = [(code, log) for code, log in zip(codes, logs, strict=True) if code]
        if not failed:
            return 0
        code, log = failed[0]
        raise _error(code, log.read_text(encoding="utf-8"), count)


@contextlib.contextmanager
def _written(order: Order) -> Iterator[Path]:
    """Write an order where the coordinator can read it, and nobody else."""
    with tempfile.NamedTemporaryFile(prefix="cutover-order-") as file:
        file.write(msgpack.packb(order.to_message(), use_bin_type=True))
        file.flush()
        yield Path(file.name)


def free_port(host: str, port: int, option: str) -> int:
    """Return a port that is free now: the one asked for, or any (0); raise BadInput when it cannot be bound."""
    try:
        with socket.create_server(("" if host == ANYWHERE else host, port)) as server:
            return int(server.getsockname()[1])
    except OSError as error:
        rule = f"cannot be bound ({os.strerror(error.errno or 0)})"
        raise BadInput.single(option, "address", f"{host}:{port}", rule, "name another") from None


def _taken(logs: Mapping[str, Path], folder: Path) -> str:
    """Put the logs into the run's folder; return the coordinator's words, and the last of each worker's."""
    begun = {name: log for name, log in logs.items() if log.exists()}
    texts = {name: log.read_text(encoding="utf-8", errors="replace") for name, log in begun.items()}
    said = {name: text.partition(TABLE)[0].strip() for name, text in texts.items()}
    for name, log in begun.items():
        if folder.exists():
            log.rename(folder / name)
        else:
            log.unlink()
    last = [f"{name}: {words.splitlines()[-1]}" for name, words in said.items() if words and name != LOG]
    return "\n".join([said.get(LOG, ""), *last])


def _error(code: int, words: str, expected: int) -> CutoverError:
    """Return the error that a swarm without a run ended with: its words, under its exit code."""
    if GAVE_UP in words:
        remedy = "start them: cutover swarm --worker --master-host HOST"
        rule = f"did not all come in {WAITS_S} s"
        return BadInput.single("--expect-workers", "workers", expected, rule, remedy)
    error = CutoverError(words.strip() or f"locust ended with {code} and said nothing")
    error.exit_code = code if code in (2, 5, 6) else CutoverError.exit_code
    return error
