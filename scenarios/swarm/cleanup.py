"""Cleaning up behind a run: withdrawing the dossiers that it made, each as the citizen who got its receipt.

What was done stands in the run's `withdrawn.jsonl`, a line each, written at once: a cleanup that broke off goes on.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from reports.lines import SCHEMA, read_records
from reports.receipts import Receipt
from reports.run import Run
from scenarios.swarm.asks import Get, Post
from scenarios.swarm.checks import needed
from scenarios.swarm.errands import NoSoundAnswer, Turn, Way, answered, run_errands
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.tracking import NOT_THERE, held

NAME: Final = "withdrawn.jsonl"
CONCLUDED: Final = 409
AT_MOST_WRONG: Final = 20
"""So many receipts in a row without a sound answer end a cleanup: the portal is gone, or another. Assumed."""

Outcome = Literal["withdrawn", "gone", "refused", "unanswered"]
WORDS: Final[dict[Outcome, str]] = {
    "withdrawn": "taken back by their citizens",
    "gone": "the portal holds no such dossier",
    "refused": "the portal did not take them back, as where a result was issued: name them to its owner",
    "unanswered": "no sound answer: ask again",
}
SETTLED: Final = ("withdrawn", "gone")
"""Outcomes after which a receipt is not asked about again."""


@dataclass
class Cleanup:
    """How many of a run's receipts came to which outcome, by earlier calls too; `why` is the first thing amiss.

    `unseen` submissions were sent, and neither accepted nor refused as far as the run saw: they may have left dossiers.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    unseen: int = 0
    left: int = 0
    why: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing that is known of is left at the portal."""
        return self.left == 0 and self.unseen == 0

    def to_dict(self) -> dict[str, object]:
        """Return it as it stands in `findings.json`."""
        counts: dict[str, object] = {outcome: self.outcomes[outcome] for outcome in WORDS}
        return {**counts, "unseen": self.unseen, "left": self.left, "why": self.why}


def clean_up(run: Run, way: Way, asked: Callable[[], None]) -> Cleanup:
    """Withdraw each dossier of a run that was not withdrawn before; `asked` is called after each.

    Raises BadInput when the scenario is not the one that the run played.
    """
    path = run.folder / NAME
    known = read_outcomes(path)
    _mend(path)
    found = Cleanup(unseen=len(unseen(run.receipts)))
    outcomes: dict[str, Outcome] = {}
    receipts = answered(run.receipts)
    wrong = 0

    async def withdraw(receipt: Receipt, turn: Turn) -> None:
        outcomes[str(receipt.receipt)] = await _withdraw(receipt, turn)

    with path.open("a", encoding="utf-8") as lines:

        def done(receipt: Receipt, error: NoSoundAnswer | None) -> None:
            nonlocal wrong
            number = str(receipt.receipt)
            outcome = outcomes.setdefault(number, "unanswered")
            found.why = found.why or (None if error is None else str(error))
            lines.write(json.dumps({"receipt": number, "outcome": outcome}) + "\n")
            lines.flush()
            asked()
            wrong = wrong + 1 if error is not None else 0
            if wrong == AT_MOST_WRONG:
                raise _GivenUp

        try:
            run_errands(run, to_withdraw(run), way, withdraw, done)
        except _GivenUp:
            found.why = f"{AT_MOST_WRONG} receipts in a row had no sound answer, the first: {found.why}"
    all_of_them = {**known, **outcomes}
    found.outcomes.update(all_of_them.values())
    found.left = sum(all_of_them.get(str(each.receipt)) not in SETTLED for each in receipts)
    return found


class _GivenUp(Exception):
    """The portal gives no sound answers."""


def to_withdraw(run: Run) -> list[Receipt]:
    """Return the receipts of a run that no cleanup has settled yet."""
    known = read_outcomes(run.folder / NAME)
    return [receipt for receipt in answered(run.receipts) if known.get(str(receipt.receipt)) not in SETTLED]


def unseen(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Return the submissions, one line each, of which neither a receipt nor a refusal was seen."""
    last = {line.key: line for line in receipts}
    seen = {line.key for line in receipts if line.receipt or line.refused}
    return [line for key, line in last.items() if key not in seen]


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """Return what earlier cleanups came to, by receipt; raise BadInput for a file that is none of theirs."""
    records = read_records(path)
    return {str(record.get("receipt")): record["outcome"] for record in records if record.get("outcome") in WORDS}


def _mend(path: Path) -> None:
    """Begin the file, or cut off the line at which an earlier cleanup was killed."""
    if not path.exists():
        path.write_text(json.dumps({"schema": SCHEMA}) + "\n", encoding="utf-8")
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])


async def _withdraw(receipt: Receipt, turn: Turn) -> Outcome:
    """Withdraw one dossier, and look whether it is."""
    path = f"/dossiers/{receipt.receipt}"
    page = await turn(Get(path))
    if page.status == NOT_THERE:
        return "gone"
    if held(receipt, page).state == "withdrawn":
        return "withdrawn"
    page = await turn(Get(f"{path}/withdraw"))
    page = await turn(Post(f"{path}/withdraw", {"csrf": needed(page.csrf, "csrf token", page)}))
    if page.status == CONCLUDED:
        return "refused"
    if held(receipt, page).state != "withdrawn":
        raise StepFailed(f"{page.path} does not say that it is withdrawn")
    return "withdrawn"


COLUMNS: Final = ("receipt", "digest", "key", "session", "visit")


def export(run: Run, path: Path) -> int:
    """Write what a run submitted as CSV, for the owner of its target; return how many lines. Raises OSError.

    `receipt` and `digest` are empty where no answer was seen: the portal knows such a dossier by its key.
    """
    known = [*answered(run.receipts), *unseen(run.receipts)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in known:
            writer.writerow(["" if value is None else value for value in (getattr(line, name) for name in COLUMNS)])
    return len(known)
