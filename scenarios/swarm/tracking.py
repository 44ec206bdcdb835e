"""Asking a portal about each receipt of a run, as the citizen who got it would: sign in, then `track`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fixtures.portal.records import StoredDossier
from reports.receipts import Receipt
from reports.run import Run
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get
from scenarios.swarm.errands import NoSoundAnswer, Turn, Way, answered, run_errands
from scenarios.swarm.failures import StepFailed
from scenarios.target import Target

NOT_THERE: Final = 404
UNJUDGED: Final = ("unseen", "duplicated", "foreign")
"""Classes that tracking cannot tell: who asks for a receipt learns of no other dossier."""

ARRIVED: Final = {"arrived": True, "under-way": False}
HEADERS: Final = {"User-Agent": "cutover-tracking"}


@dataclass
class Tracked:
    """What the portal told: the dossiers that it holds, and the receipts that it gave no sound answer about."""

    dossiers: list[StoredDossier] = field(default_factory=list)
    unasked: set[str] = field(default_factory=set)


def track_all(
    run: Run, target: Target, rate: float, asked: Callable[[], None], allowed: tuple[str, ...] = ()
) -> Tracked:
    """Ask for each receipt of a run, at most `rate` a second; `asked` is called after each.

    A receipt whose page is not there is lost; one without a sound answer, within 8 s an exchange, is unasked.
    `allowed` are hosts beside the target's that redirects may lead to. Raises BadInput when the scenario is not the one
    that the run played.
    """
    told = Tracked()

    async def track(receipt: Receipt, turn: Turn) -> None:
        page = await turn(Get(f"/dossiers/{receipt.receipt}"))
        if page.status != NOT_THERE:
            told.dossiers.append(held(receipt, page))

    def done(receipt: Receipt, wrong: NoSoundAnswer | None) -> None:
        if wrong is not None:
            told.unasked.add(str(receipt.receipt))
        asked()

    run_errands(run, answered(run.receipts), Way(target, rate, allowed, HEADERS), track, done)
    return told


def held(receipt: Receipt, page: Answer) -> StoredDossier:
    """Read a dossier's page. Raises StepFailed when it is none, or another dossier's."""
    number, digest, state = (page.attribute(f"data-{name}") for name in ("receipt", "digest", "state"))
    if not page.is_page("dossier") or number != receipt.receipt or digest is None or state is None:
        raise StepFailed(f"{page.path} is not the page of {receipt.receipt}")
    return StoredDossier(
        receipt.receipt or "", receipt.key, digest, state, ARRIVED.get(page.attribute("data-way") or "")
    )
