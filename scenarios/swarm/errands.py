"""Errands: what is asked of the stand-in portal for each receipt of a run, as the citizen who got it, signed in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import uvloop

from fixtures.population import Population
from reports.receipts import Receipt
from reports.run import Run
from scenarios.kept import kept_scenario
from scenarios.run_keys import RunKeys
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Ask, Get, Post
from scenarios.swarm.browser.browser import Browser
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.steps import STEPS
from scenarios.swarm.visit import Visit
from scenarios.target import ANSWER_WITHIN_S, Target

Turn = Callable[[Ask], Awaitable[Answer]]
"""Sends what is asked for, and returns the answer; raises StepFailed or OSError."""

Errand = Callable[[Receipt, Turn], Awaitable[None]]
"""What is done for one receipt, once its citizen is signed in."""


@dataclass(frozen=True)
class Way:
    """How the portal is reached: at most `rate` receipts a second, with `headers`.

    `allowed` are hosts beside the target's that redirects may lead to.
    """

    target: Target
    rate: float
    allowed: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class NoSoundAnswer(Exception):
    """The portal gave no sound answer, within 8 s an exchange, about a receipt."""


def run_errands(
    run: Run,
    receipts: Sequence[Receipt],
    way: Way,
    errand: Errand,
    done: Callable[[Receipt, NoSoundAnswer | None], None],
) -> None:
    """Do an errand for each receipt, in order; `done` is called after each, with what went wrong.

    What `done` raises ends it. Raises BadInput when the scenario is not the one that the run played.
    """
    scenario = kept_scenario(run)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_errands(run, scenario, receipts, way, errand, done))


async def _run_errands(
    run: Run,
    scenario: Scenario,
    receipts: Sequence[Receipt],
    way: Way,
    errand: Errand,
    done: Callable[[Receipt, NoSoundAnswer | None], None],
) -> None:
    loop = asyncio.get_running_loop()
    network = Network(loop, way.target, NetworkOptions(), way.allowed)
    citizens = dict(_citizens(run, scenario, {receipt.session for receipt in receipts}))
    find = Population(run.header.seed, places=scenario.places).citizen
    keys = RunKeys(run.folder.resolve().name)
    begun = loop.time()
    try:
        for number, receipt in enumerate(receipts):
            await asyncio.sleep(max(0.0, begun + number / way.rate - loop.time()))
            visit = Visit(receipt.session, citizens[receipt.session], find, keys, scenario.file.seed)
            browser = network.browser(network.identity(receipt.session, way.headers))
            try:
                await _signed_in(visit, browser)
                await errand(receipt, partial(_exchange, browser))
            except (StepFailed, OSError) as error:  # TimeoutError is an OSError
                done(receipt, NoSoundAnswer(str(error) or type(error).__name__))
            else:
                done(receipt, None)
            finally:
                browser.close()
    finally:
        await network.close()


def answered(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return the lines with a receipt, one for each number."""
    return list({line.receipt: line for line in receipts if line.receipt}.values())


def _citizens(run: Run, scenario: Scenario, wanted: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the sessions wanted and of their citizens."""
    header = run.header
    sessions = Sessions(scenario, scale=header.scale, warp=header.warp)
    for session in sessions.window(0.0, sessions.duration_s) if wanted else ():
        if session.number in wanted:
            yield session.number, session.citizen


async def _signed_in(visit: Visit, browser: Browser) -> None:
    asks = STEPS["sign_in"](visit)
    page = await _exchange(browser, next(asks))
    while True:
        try:
            ask = asks.send(page)
        except StopIteration:
            return
        page = await _exchange(browser, ask)


async def _exchange(browser: Browser, ask: Ask) -> Answer:
    """Send what is asked for and wait for its answer, as long as one may take."""
    assert isinstance(ask, Get | Post), "whoever signs in asks for pages alone"
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    browser.ask(ask, future.set_result, future.set_exception)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await future
    except TimeoutError:
        browser.drop()
        raise
