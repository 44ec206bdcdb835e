"""Receipts against the portal's database: each dossier must be stored exactly once, as receipted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from reports.receipts import Receipt

BROKEN = ("lost", "altered", "duplicated", "foreign")
"""The classes of which a run may have no dossier."""

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


@dataclass(frozen=True)
class Reconciliation:
    """Every receipt and every stored dossier in one class.

    `submitted` counts keys that were sent, `receipted` those whose answer was seen, `matched` those stored
    once under their receipt and digest. The others are listed, by receipt number: `unseen` is stored and its
    answer was not seen (allowed: the network may lose an answer); `lost` is receipted and not stored;
    `altered` is stored with another digest; `duplicated` is stored again under a key that has its dossier;
    `foreign` is stored and was never submitted, was refused, or bears another receipt than the one given out.
    """

    submitted: int
    receipted: int
    matched: int
    unseen: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether a dossier is lost, altered, duplicated or foreign."""
        return any(getattr(self, name) for name in BROKEN)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures and lists as a part of `findings.json`."""
        return {**asdict(self), "fails": self.fails}


def reconcile(receipts: Iterable[Receipt], stored: Iterable[Stored]) -> Reconciliation:
    """Put each receipt of a run, and each dossier stored under the run's keys, into its class."""
    sent: dict[str, list[Receipt]] = defaultdict(list)
    held: dict[str, list[Stored]] = defaultdict(list)
    for receipt in receipts:
        sent[receipt.key].append(receipt)
    for dossier in stored:
        held[dossier.key].append(dossier)
    classes: dict[str, list[str]] = defaultdict(list)
    for key in sorted({*sent, *held}):
        for name, number in _classified(sent.get(key, []), held.get(key, [])):
            classes[name].append(number)
    receipted = sum(any(line.receipt for line in lines) for lines in sent.values())
    listed = {name: tuple(classes[name]) for name in _LISTED}
    return Reconciliation(len(sent), receipted, len(classes["matched"]), **listed)


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
