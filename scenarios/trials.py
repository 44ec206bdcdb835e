"""Trials: pieces of work that need nothing of each other, played here or on a cluster, none lost or counted twice.

What a trial leaves is on disk, whole or not at all, so that a trial that is done is never played again: not when its
worker dies before it has said so, and not when the same trials are asked for another day. A trial whose worker dies is
played again, up to three times; one that fails is told of, and the rest go on.
"""

import contextlib
import functools
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Protocol

from cutover.base.errors import BadInput, InvalidRun

if TYPE_CHECKING:
    from distributed import Client

ANSWER_WITHIN_S = 5
ALONE = 2  # after it fell with others: three attempts in all, as many as Dask allows


class Trial(Protocol):
    """A piece of work that can be sent to another process; the folder it writes to is shared with that."""

    @property
    def name(self) -> str:
        """What it is called; no two trials that are played together share a name."""

    def is_done(self) -> bool:
        """Tell whether its result is there, whole."""

    def play(self) -> None:
        """Leave its result, whatever an earlier attempt left behind."""


@dataclass(frozen=True)
class Failure:
    """A trial without a result: the error in a line, and where it arose."""

    trial: str
    error: str
    trace: str = ""


OnEnd = Callable[[Trial, Failure | None], None]
Workers = Callable[[Sequence[Trial], OnEnd], None]


def ignore(_trial: Trial, _failure: Failure | None) -> None:
    """Do nothing when a trial has ended."""


@contextlib.contextmanager
def workers(cluster: str | None) -> Iterator[Workers]:
    """Yield who plays trials: this machine's cores, or the Dask cluster whose scheduler has the address `cluster`.

    Raises BadInput when the cluster does not answer or has no worker.
    """
    if cluster is None:
        yield _play_here
    else:
        with _client(cluster) as client:
            yield functools.partial(_play_there, client)


def run_trials(trials: Iterable[Trial], workers: Workers, on_end: OnEnd = ignore) -> tuple[Failure, ...]:
    """Play the trials that are not done, and return those that failed, in the order of the trials.

    `on_end` is called in this thread, once for each trial played, as it ends. Raises InvalidRun when the cluster is
    lost on the way; what was done until then, or until Ctrl-C, is kept.
    """
    left = [trial for trial in trials if not trial.is_done()]
    failures: dict[str, Failure] = {}

    def end(trial: Trial, failure: Failure | None) -> None:
        if failure is None and not trial.is_done():
            failure = Failure(trial.name, "its result is not here: do all workers write to this folder?")
        if failure is not None:
            failures[trial.name] = failure
        on_end(trial, failure)

    if left:
        workers(left, end)
    return tuple(failures[trial.name] for trial in left if trial.name in failures)


def _play(trial: Trial) -> Failure | None:
    """Play a trial in a worker, unless an attempt whose worker died had done it."""
    try:
        if not trial.is_done():
            trial.play()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other trials go on, and it is told
        return Failure(trial.name, _line(error), traceback.format_exc())
    return None


def _play_numbered(number: int, trial: Trial) -> tuple[int, Failure | None]:
    return number, _play(trial)


def _play_here(trials: Sequence[Trial], on_end: OnEnd) -> None:
    """Play trials on this machine's cores; those that ran when a worker died are played again, one at a time."""
    if len(trials) == 1:  # as `Parallel` would play it, which takes a tenth of a second to load
        on_end(trials[0], _play(trials[0]))
        return
    from joblib import Parallel, delayed

    left, workers = dict(enumerate(trials)), min(len(trials), os.cpu_count() or 1)
    while left:
        pool = Parallel(n_jobs=workers, batch_size=1, return_as="generator_unordered")
        try:
            with _uninterrupted():
                ended = pool(delayed(_play_numbered)(*item) for item in tuple(left.items()))
            for number, failure in ended:
                on_end(left.pop(number), failure)
        except BrokenExecutor:
            for number in [number for number, trial in left.items() if trial.is_done()]:
                on_end(left.pop(number), None)
            for number in list(left)[:workers]:  # workers take trials in their order: these had been begun
                trial = left.pop(number)
                on_end(trial, _play_alone(trial))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C; processes begun meanwhile never see it, and end when this one ends them."""
    resource_tracker.ensure_running()  # begun later, it would let Ctrl-C through (CPython 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _play_alone(trial: Trial) -> Failure | None:
    """Play a trial in a process where nothing else runs, so that its death is nobody else's fault."""
    from joblib import Parallel, delayed

    for _ in range(ALONE):
        try:
            ended: list[Failure | None] = Parallel(n_jobs=2)([delayed(_play)(trial)])  # 1 would play it in this process
        except BrokenExecutor:
            continue
        return ended[0]
    return Failure(trial.name, f"its worker died {ALONE + 1} times")


def _play_there(client: "Client", trials: Sequence[Trial], on_end: OnEnd) -> None:
    """Play trials on a Dask cluster, which gives those of a worker that dies to another."""
    from distributed import as_completed

    futures = {client.submit(_play, trial, pure=False): trial for trial in trials}
    for future in as_completed(tuple(futures)):  # type: ignore[no-untyped-call] # it has no types
        trial = futures.pop(future)
        try:
            failure = future.result()
        except CancelledError:
            raise InvalidRun("the cluster was lost; what is done is kept: start it and ask again") from None
        except Exception as error:  # noqa: BLE001 - its workers died, or cannot read it: it failed as any other
            failure = Failure(trial.name, _line(error))
        on_end(trial, failure)


def _client(cluster: str) -> "Client":
    try:
        from distributed import Client
    except ImportError:
        remedy = "install it with: pip install 'cutover[cluster]'"
        raise BadInput.single("--cluster", "distributed", None, "is not installed", remedy) from None
    try:
        client = Client(cluster, timeout=ANSWER_WITHIN_S)  # type: ignore[no-untyped-call] # it has no types
    except (OSError, ValueError) as error:
        remedy = "start the scheduler, or correct the address"
        raise BadInput.single("--cluster", "address", cluster, f"does not answer ({error})", remedy) from None
    try:
        client.wait_for_workers(1, timeout=ANSWER_WITHIN_S)
    except TimeoutError:
        client.close()  # type: ignore[no-untyped-call]
        raise BadInput.single("--cluster", "address", cluster, "has no workers", "start some: dask worker") from None
    return client


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
