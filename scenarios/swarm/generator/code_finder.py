"""One-time codes for steps, found in threads of their own: hooks block as long as they take."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scenarios.swarm.answer import Answer
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.target.supplied import Supplied

MOST_AT_ONCE = 256
"""So many codes are waited for at once; a session beyond them waits for a thread (assumed: 8 a second for 30 s)."""

Found = Callable[[Answer | StepFailed], None]
"""Takes a code as a page whose text it is, or why there is none."""

FindCode = Callable[[Supplied, str, int, Found], None]
"""Finds the code that was sent to somebody, for a session of these supplies; hands it on later."""


def code_finder(loop: asyncio.AbstractEventLoop) -> FindCode:
    """Return a function that finds codes beside a loop."""
    threads = ThreadPoolExecutor(MOST_AT_ONCE, "one-time code")

    def find(supplied: Supplied, to: str, session: int, then: Found) -> None:
        def done(future: "asyncio.Future[str]") -> None:
            error = future.exception()
            if error is None:
                then(Answer(200, "", future.result().encode()))
            else:
                then(error if isinstance(error, StepFailed) else StepFailed(f"no one-time code: {error}"))

        loop.run_in_executor(threads, supplied.code, to, session).add_done_callback(done)

    return find
