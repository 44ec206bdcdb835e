"""Which run may become a baseline: one that passes by its own budgets, compared with the baselines so far."""

from collections.abc import Sequence
from datetime import datetime

from cutover.base.clock import VIETNAM
from reports.baselines.comparable import is_comparable
from reports.baselines.comparison import Baselines
from reports.baselines.store import Move, Store
from reports.budgets import Budget
from reports.gate import judge
from reports.run import Run


def accepted(run: Run, store: Store, name: str, reason: str | None, budgets: Sequence[Budget] | None = None) -> Move:
    """Make a run a baseline under a name in a store; raise BadInput or InvalidRun when it cannot be one.

    It is judged by budgets (default: its header's). A run enters that passes, or, as the first of its name, one of
    which only comparisons are undecided; any run that is valid with a reason.
    """
    known = [other for other in store.baselines(name) if is_comparable(run, other)] if name in store.names() else []
    verdict = judge(run, budgets, baseline=Baselines(tuple(known)) if known else None)
    compared = [judgement for judgement in verdict.judgements if judgement.budget.is_relative]
    others = {judgement.verdict for judgement in verdict.judgements if judgement not in compared and judgement.counts}
    is_first = not known and verdict.verdict == "inconclusive" and others <= {"pass"}
    word = "pass" if is_first and compared else verdict.verdict
    return store.accept(run, name, word, reason, datetime.now(VIETNAM))
