"""Speaking with a swarm that is being played, over the socket in its run's folder."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from cutover.base.errors import BadInput

NAME = ".control"
ANSWERS_WITHIN_S = 10.0


def ask(run: Path, what: str, **more: object) -> dict[str, Any]:
    """Ask the swarm that writes a run to do something, and return its answer.

    Raises BadInput when nobody plays that run, or it refuses, or does not answer in time.
    """
    with _opened(run, what, more) as lines:
        try:
            answer = _read(lines.readline())
        except TimeoutError:
            rule, remedy = f"did not answer in {ANSWERS_WITHIN_S:g} s", "look at it with: cutover swarm watch"
            raise BadInput.single("swarm", what, str(run), rule, remedy) from None
        except OSError:  # it was over before it answered
            answer = None
    if answer is None:
        raise _nobody(run)
    if "error" in answer:
        raise BadInput.single("swarm", what, str(run), str(answer["error"]), "look at it with: cutover swarm watch")
    return answer


def watch(run: Path) -> Iterator[dict[str, Any]]:
    """Yield how a run stands, each half second until it is over; raise BadInput when nobody plays it."""
    # a coordinator that was killed, or stands still, ends this: the run's folder tells
    with _opened(run, "watch", {}) as lines, contextlib.suppress(OSError):
        for line in lines:
            status = _read(line)
            if status is not None:
                yield status


@contextlib.contextmanager
def _opened(run: Path, what: str, more: dict[str, object]) -> Iterator[TextIO]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWERS_WITHIN_S)
    with connection:
        try:
            descriptor = os.open(run, os.O_RDONLY)
            try:  # a socket's path may have 107 bytes only, and a run's has more
                connection.connect(f"/proc/self/fd/{descriptor}/{NAME}")
            finally:
                os.close(descriptor)
            connection.sendall(json.dumps({"do": what, **more}).encode() + b"\n")
        except OSError:
            raise _nobody(run) from None
        with connection.makefile("r", encoding="utf-8") as lines:
            yield lines


def _nobody(run: Path) -> BadInput:
    remedy = "name the folder of a run that `cutover swarm` is playing on this machine"
    return BadInput.single("swarm", "run", str(run), "is not being played", remedy)


def _read(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
