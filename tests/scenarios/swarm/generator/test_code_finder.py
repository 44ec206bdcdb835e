"""One-time codes: found in a thread, handed on as a page, or as the reason why there is none."""

import asyncio
import threading

import pytest

from scenarios.swarm.failures import StepFailed
from scenarios.swarm.generator.code_finder import code_finder


class Supplies:
    def __init__(self, found):
        self.found, self.thread = found, None

    def code(self, to, session):
        self.thread = threading.get_ident()
        if isinstance(self.found, Exception):
            raise self.found
        return f"{to}-{session}-{self.found}"


def found_by(supplies):
    async def find():
        loop, found = asyncio.get_running_loop(), asyncio.Queue()
        code_finder(loop)(supplies, "0912", 7, found.put_nowait)
        assert found.empty()  # never before the call returns
        return await found.get()

    return asyncio.run(find())


def test_a_code_comes_as_a_page_from_another_thread():
    supplies = Supplies("4711")
    assert found_by(supplies).text == "0912-7-4711"
    assert supplies.thread != threading.get_ident()


@pytest.mark.parametrize(
    ("error", "words"),
    [(StepFailed("the inbox is empty"), "the inbox is empty"), (KeyError("x"), "no one-time code: 'x'")],
)
def test_a_hook_that_fails_says_why(error, words):
    found = found_by(Supplies(error))
    assert isinstance(found, StepFailed)
    assert str(found) == words


def test_sessions_that_wait_for_codes_do_not_wait_for_each_other():
    together = threading.Barrier(60, timeout=20)

    class Slow:
        def code(self, _to, session):
            together.wait()
            return str(session)

    async def find():
        loop, found = asyncio.get_running_loop(), asyncio.Queue()
        search = code_finder(loop)
        for session in range(60):
            search(Slow(), "0912", session, found.put_nowait)
        return {(await found.get()).text for _ in range(60)}

    assert asyncio.run(find()) == {str(session) for session in range(60)}
