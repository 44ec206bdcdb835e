"""Asking a portal about each receipt of a run, as the citizen who got it would: sign in, then `track`."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import uvloop

from cutover.base.errors import BadInput
from fixtures.citizens import Citizen
from fixtures.population import Population
from fixtures.portal.records import StoredDossier
from reports.receipts import Receipt
from reports.run import Run
from scenarios.run_keys import RunKeys
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.browser.browser import Browser
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.exchanges import Get, Page, Post, StepFailed
from scenarios.swarm.steps import STEPS
from scenarios.swarm.visit import Visit
from scenarios.target import ANSWER_WITHIN_S, Target

NOT_THERE: Final = 404
UNJUDGED: Final = ("unseen", "duplicated", "foreign")
"""Classes that tracking cannot tell: who asks for a receipt learns of no other dossier."""

ARRIVED: Final = {"arrived": True, "under-way": False}


@dataclass
class Tracked:
    """What the portal told: the dossiers that it holds, and the receipts that it gave no sound answer about."""

    dossiers: list[StoredDossier] = field(default_factory=list)
    unasked: set[str] = field(default_factory=set)


HEADERS: Final = {"User-Agent": "cutover-tracking"}


def track_all(
    run: Run, target: Target, rate: float, asked: Callable[[], None], allowed: tuple[str, ...] = ()
) -> Tracked:
    """Ask for each receipt of a run, at most `rate` a second; `asked` is called after each.

    A receipt whose page is not there is lost; one without a sound answer, within 8 s an exchange, is unasked.
    `allowed` are hosts beside the target's that redirects may lead to. Raises BadInput when the scenario is not the one
    that the run played.
    """
    scenario = _played(run)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_track_all(run, scenario, target, allowed, rate, asked))


async def _track_all(
    run: Run, scenario: Scenario, target: Target, allowed: tuple[str, ...], rate: float, asked: Callable[[], None]
) -> Tracked:
    loop = asyncio.get_running_loop()
    network = Network(loop, target, NetworkOptions(), allowed)
    citizens = dict(_citizens(run, scenario))
    keys, told = RunKeys(run.folder.resolve().name), Tracked()
    begun = loop.time()
    for number, receipt in enumerate(answered(run.receipts)):
        await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
        visit = Visit(receipt.session, citizens[receipt.session], keys, scenario.file.seed)
        browser = network.browser(network.identity(receipt.session, HEADERS))
        try:
            await _track(receipt, visit, browser, told)
        finally:
            browser.close()
        asked()
    await network.close()
    return told


def _played(run: Run) -> Scenario:
    header = run.header
    scenario = read_scenario(find_scenario(header.scenario), header.as_of)
    if scenario.hash != header.scenario_hash:
        rule, remedy = "is not what the run played", "restore the file as it was, or reconcile from an export"
        raise BadInput.single(str(scenario.path), "scenario", header.scenario, rule, remedy)
    return scenario


def answered(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return the lines with a receipt, one for each number."""
    return list({line.receipt: line for line in receipts if line.receipt}.values())


def _citizens(run: Run, scenario: Scenario) -> Iterator[tuple[int, Citizen]]:
    """Yield session and citizen of each receipt."""
    header = run.header
    sessions = Sessions(scenario, scale=header.scale, warp=header.warp)
    population = Population(header.seed, places=scenario.places)
    wanted = {line.session for line in answered(run.receipts)}
    for session in sessions.window(0.0, sessions.duration_s) if wanted else ():
        if session.number in wanted:
            yield session.number, population.citizen(session.citizen)


async def _track(receipt: Receipt, visit: Visit, browser: Browser, told: Tracked) -> None:
    assert receipt.receipt is not None
    try:
        exchanges = STEPS["sign_in"](visit)
        page = await _exchange(browser, next(exchanges))
        while True:
            try:
                page = await _exchange(browser, exchanges.send(page))
            except StopIteration:
                break
        page = await _exchange(browser, Get(f"/dossiers/{receipt.receipt}"))
        if page.status != NOT_THERE:
            told.dossiers.append(_held(receipt, page))
    except (StepFailed, OSError):  # TimeoutError is an OSError
        told.unasked.add(receipt.receipt)


async def _exchange(browser: Browser, ask: Get | Post) -> Page:
    """Send what a step asks for and wait for its answer, as long as one may take."""
    future: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
    browser.ask(ask, future.set_result, future.set_exception)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await future
    except TimeoutError:
        browser.drop()
        raise


def _held(receipt: Receipt, page: Page) -> StoredDossier:
    """Read a dossier's page. Raises StepFailed when it is none, or another dossier's."""
    number, digest, state = (page.attribute(f"data-{name}") for name in ("receipt", "digest", "state"))
    if not page.is_page("dossier") or number != receipt.receipt or digest is None or state is None:
        raise StepFailed(f"{page.path} is not the page of {receipt.receipt}")
    return StoredDossier(
        receipt.receipt or "", receipt.key, digest, state, ARRIVED.get(page.attribute("data-way") or "")
    )
