"""Receipts against what the portal holds: each dossier must be stored exactly once, as receipted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

from reports.receipts import Receipt

BROKEN = ("lost", "altered", "duplicated", "foreign")
"""The classes of which a run may have no dossier."""

WORDS = {
    "submitted": "sent by the swarm",
    "receipted": "answered with a receipt",
    "matched": "stored exactly once, as receipted",
    "unseen": "stored without receipt: the answer was not seen (allowed)",
    "lost": "receipted, but not stored, or deleted, rejected or cancelled since",
    "altered": "stored with another content",
    "duplicated": "stored more than once",
    "foreign": "unknown: stored, but never submitted",
    "unasked": "receipted, but the portal did not tell what it holds",
    "arrived": "matched, and every connected system that it was handed over to has it",
    "waiting": "matched, and on its way to a connected system",
}
"""Each class in words, in the order in which people read them."""

GONE: Final = frozenset(
    {"deleted", "removed", "purged", "discarded", "rejected", "refused", "cancelled", "canceled", "void"}
)
"""States, in small letters, of a dossier that a portal no longer keeps for its citizen: as if it were not there.

In any other it is held: words for work that goes on cannot all be listed, and what a citizen took back (`withdrawn`)
was not lost.
"""

_LISTED = ("unseen", *BROKEN)


class Stored(Protocol):
    """A dossier as the portal holds it."""

    @property
    def receipt(self) -> str:
        """The receipt number."""

    @property
    def key(self) -> str:
        """The idempotency key of its submission."""

    @property
    def digest(self) -> str:
        """The digest of its content."""

    @property
    def state(self) -> str:
        """The state that it is in."""

    @property
    def arrived(self) -> bool | None:
        """Whether all connected systems that it was handed over to have it; None when it was to none."""


@dataclass(frozen=True)
class Reconciliation:
    """Every receipt and every stored dossier in one class.

    `submitted` counts keys that were sent, `receipted` those whose answer was seen, `matched` those stored
    once under their receipt and digest. The others are listed, by receipt number: `unseen` is stored and its
    answer was not seen (allowed: the network may lose an answer); `lost` is receipted and not stored, or gone since;
    `altered` is stored with another digest; `duplicated` is stored again under a key that has its dossier;
    `foreign` is stored and was never submitted, was refused, or bears another receipt than the one given out.
    `unasked` are receipts that the portal gave no answer about, so nothing is known of them. Of the matched, `arrived`
    counts those that every connected system has, and `waiting` lists those that are on their way. `unjudged` names
    the classes that cannot be told from what the portal gave out.
    """

    submitted: int
    receipted: int
    matched: int
    unseen: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    arrived: int = 0
    waiting: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether a dossier is lost, altered, duplicated or foreign."""
        return any(getattr(self, name) for name in BROKEN)

    @property
    def exit_code(self) -> int:
        """3 when it fails, 4 when the portal did not tell of each receipt or nothing was submitted, else 0."""
        if self.fails:
            return 3
        return 4 if self.unasked or not self.submitted else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the figures and lists as a part of `findings.json`."""
        return {**asdict(self), "fails": self.fails}


def reconcile(receipts: Iterable[Receipt], stored: Iterable[Stored], unasked: Collection[str] = ()) -> Reconciliation:
    """Put each receipt of a run, and each dossier stored under the run's keys, into its class.

    A dossier in a state of `GONE` is not there. `unasked` are the numbers of receipts that the portal gave no answer
    about.
    """
    sent: dict[str, list[Receipt]] = defaultdict(list)
    held: dict[str, list[Stored]] = defaultdict(list)
    for receipt in receipts:
        sent[receipt.key].append(receipt)
    for dossier in stored:
        if dossier.state.strip().lower() not in GONE:
            held[dossier.key].append(dossier)
    classes: dict[str, list[str]] = defaultdict(list)
    for key in sorted({*sent, *held}):
        for name, number in _classified(sent.get(key, []), held.get(key, [])):
            classes["unasked" if name == "lost" and number in unasked else name].append(number)
    matched = set(classes["matched"])
    ways = {dossier.receipt: dossier.arrived for dossiers in held.values() for dossier in dossiers}
    return Reconciliation(
        len(sent),
        sum(any(line.receipt for line in lines) for lines in sent.values()),
        len(classes["matched"]),
        **{name: tuple(classes[name]) for name in (*_LISTED, "unasked")},
        arrived=sum(ways[number] is True for number in matched),
        waiting=tuple(sorted(number for number in matched if ways[number] is False)),
    )


def _classified(sent: list[Receipt], held: list[Stored]) -> Iterator[tuple[str, str]]:
    """Yield class and receipt number of all that one key has: receipts given out, and dossiers held."""
    given = {line.receipt for line in sent if line.receipt}
    for number in sorted(given - {dossier.receipt for dossier in held}):
        yield "lost", number
    own = [dossier for dossier in held if dossier.receipt in given] if given else held
    refused = any(line.refused for line in sent) and not given
    if not sent or not own or refused:
        yield from (("foreign", dossier.receipt) for dossier in held)
        return
    original = own[0]
    digests = {line.digest for line in sent if line.digest and line.receipt in (None, original.receipt)}
    is_altered = bool(digests - {original.digest})
    yield "altered" if is_altered else "matched" if given else "unseen", original.receipt
    yield from (("duplicated", dossier.receipt) for dossier in held if dossier is not original)
