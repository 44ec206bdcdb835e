"""A child process in a session of its own, so that Ctrl-C reaches only us and we end it in order."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ENDS_WITHIN_S = 10.0


@contextlib.contextmanager
def child(arguments: Sequence[str], log: Path, *, piped: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Run `python ARGUMENTS` with its words in a log file; end it, by its id, when the block ends.

    With `piped`, its stdout is a pipe of lines instead.
    """
    with log.open("a", encoding="utf-8") as words:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments],  # -P: a folder of the user's named `reports` is not ours
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else words,
            stderr=words,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, wait 10 s, and kill it only if it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
