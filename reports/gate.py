"""The gate: judges a run by its budgets, and says how sure it is.

A budget fails when its whole interval lies beyond the limit, passes when the interval lies inside, and is
inconclusive otherwise. The error rate of 5 % is shared by all budgets of a run after Holm (1979): with k
budgets undecided, each is judged at level 1 − 0.05/k; those decided step out, and the rest is judged again.
No data is never a pass.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.statistics.quantiles import least_samples
from reports.budgets import DOSSIERS, Budget, read_budgets
from reports.evidence import evidence
from reports.observed import NoEvidence
from reports.quantities import count, interval, quantity, share
from reports.reconciliation import BROKEN
from reports.run import Run
from reports.statistics import Bounds, Estimate
from reports.validity import findings

LEVEL = 0.95

PRECEDENCE = (130, 6, 2, 5, 3, 4, 0)
"""Exit codes, the one that counts first where several hold."""

Word = Literal["pass", "fail", "inconclusive", "invalid"]

EXIT_CODES: Mapping[Word, int] = {"pass": 0, "fail": 3, "inconclusive": 4, "invalid": 5}


@dataclass(frozen=True)
class Judgement:
    """One budget judged: the value, its interval at `level`, its sample size, and the reason in a sentence.

    Values are in the budget's unit (`budget.unit`); None where there is no data. `level` is None where
    nothing was estimated. `margin` is how far the value keeps from the limit, as a share of the limit;
    negative when beyond it.
    """

    budget: Budget
    verdict: Word
    reason: str
    samples: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None

    @property
    def margin(self) -> float | None:
        """The distance from value to limit as a share of the limit; None without a value or limit."""
        if self.value is None or not self.budget.limit:
            return None
        beyond = self.value / self.budget.limit - 1
        return -beyond if self.budget.caps else beyond

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as a JSON object; a bound that is infinite or unknown is None."""
        return {
            "budget": self.budget.text,
            "verdict": self.verdict,
            "reason": self.reason,
            "unit": self.budget.unit,
            "limit": self.budget.limit,
            "value": _finite(self.value),
            "is_reached": self.value is not None and math.isfinite(self.value),
            "interval": [_finite(self.low), _finite(self.high)],
            "level": self.level,
            "margin_share": _finite(self.margin),
            "samples": self.samples,
        }


@dataclass(frozen=True)
class Verdict:
    """The verdict over a run, the reason in words, each judgement, and what makes it invalid.

    `left_out` are budgets that do not apply: a simulated run has no dossiers to lose.
    """

    verdict: Word
    reason: str
    judgements: tuple[Judgement, ...]
    findings: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code that a command with this verdict ends with."""
        return EXIT_CODES[self.verdict]

    def words(self) -> str:
        """Return the verdict as lines for a terminal."""
        lines = [
            f"{self.verdict.upper()}: {self.reason}",
            *(f"  invalid: {finding}" for finding in self.findings if len(self.findings) > 1),
        ]
        return "\n".join([*lines, *(f"  {j.verdict:<12} {j.budget.text}: {j.reason}" for j in self.judgements)])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as the JSON object that `cutover gate --json` prints."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "exit_code": self.exit_code,
            "findings": list(self.findings),
            "left_out": list(self.left_out),
            "budgets": [judgement.to_dict() for judgement in self.judgements],
        }


def judge(run: Run, budgets: Sequence[Budget] | None = None) -> Verdict:
    """Judge a run by budgets (default: its header's); raise BadInput when the header's cannot be read."""
    if budgets is None:
        source = run.folder / "run.json"
        budgets = read_budgets(run.header.budgets, run.header.steps, source=source)
    budgets = [*budgets, *_implied(run, budgets)]
    wrong = findings(run)
    left_out = tuple(budget.text for budget in budgets if _is_beside_the_point(run, budget))
    judgements = _judgements(run, [budget for budget in budgets if budget.text not in left_out])
    if wrong:
        judgements = tuple(_void(judgement) for judgement in judgements)
    word = _overall(judgements, wrong)
    reason = _reason(word, judgements, wrong)
    if left_out:
        reason += f" Left out, since a simulation stores no dossiers: {'; '.join(left_out)}."
    return Verdict(word, reason, judgements, wrong, left_out)


def first_exit_code(codes: Iterable[int]) -> int:
    """Return the exit code that counts where several hold; 0 of none."""
    return min(codes, key=PRECEDENCE.index, default=0)


def _implied(run: Run, budgets: Sequence[Budget]) -> tuple[Budget, ...]:
    """Return those budgets, of the ones that every run has unwritten, that this run breaks or cannot show to be kept.

    One of them is that no dossier is lost.
    """
    part = run.findings.get("reconciliation")
    known = {budget.metric for budget in budgets if budget.subject == DOSSIERS}
    doubted = {"lost"} if part and part.get("unasked") else set()
    broken = [name for name in BROKEN if part and (part.get(name) or name in doubted) and name not in known]
    return read_budgets([f"{DOSSIERS} {name} == 0" for name in broken], ())


def _is_beside_the_point(run: Run, budget: Budget) -> bool:
    """Tell whether a kind of run can have no data on a budget by its nature, rather than by failing to look."""
    return run.header.kind == "simulated" and budget.subject == DOSSIERS


def _judgements(run: Run, budgets: Sequence[Budget]) -> tuple[Judgement, ...]:
    estimates: dict[int, Estimate] = {}
    missing: dict[int, str] = {}
    for number, budget in enumerate(budgets):
        try:
            estimates[number] = evidence(run, budget)
        except NoEvidence as reason:
            missing[number] = f"No data: {reason}."
    decided = _holm({number: (budgets[number], estimate) for number, estimate in estimates.items()})
    return tuple(
        Judgement(budget, "inconclusive", missing[number])
        if number in missing
        else _judgement(budget, estimates[number], *decided[number])
        for number, budget in enumerate(budgets)
    )


def _holm(subjects: Mapping[int, tuple[Budget, Estimate]]) -> dict[int, tuple[float, Bounds]]:
    """Return each budget's level and interval at which it was decided, or at which it stays undecided."""
    exact = {number for number, (budget, _) in subjects.items() if budget.unit == "count"}
    results = {number: (1.0, subjects[number][1].interval(1.0)) for number in exact}
    undecided = set(subjects) - exact
    while undecided:
        level = 1 - (1 - LEVEL) / len(undecided)
        for number in undecided:
            results[number] = level, subjects[number][1].interval(level)
        left = {n for n in undecided if _word(subjects[n][0], results[n][1]) == "inconclusive"}
        if left == undecided:
            break
        undecided = left
    return results


def _word(budget: Budget, bounds: Bounds) -> Word:
    kept = [budget.holds(bound) for bound in bounds]
    return "pass" if all(kept) else "inconclusive" if any(kept) else "fail"


def _judgement(budget: Budget, estimate: Estimate, level: float, bounds: Bounds) -> Judgement:
    word = _word(budget, bounds)
    reason = _sentence(budget, estimate, level, bounds, word)
    return Judgement(budget, word, reason[:1].upper() + reason[1:], estimate.samples, estimate.value, *bounds, level)


def _sentence(budget: Budget, estimate: Estimate, level: float, bounds: Bounds, word: Word) -> str:
    """Say why a budget has its verdict."""
    limit, value = quantity(budget.limit, budget.unit), quantity(estimate.value, budget.unit)
    span = interval(*bounds, budget.unit)
    if budget.unit == "count":
        return f"{value} of {count(estimate.samples)} dossiers; the limit is {budget.relation} {limit}."
    if word == "pass":
        return f"{value}, and the whole interval ({span}) keeps {budget.relation} {limit}."
    if word == "fail":
        return f"{value}, and the whole interval ({span}) lies beyond {limit}."
    if budget.quantile is not None and estimate.samples < least_samples(budget.quantile, level):
        need = count(least_samples(budget.quantile, level))
        return f"Too few samples: {count(estimate.samples)} steps, and p{100 * budget.quantile:g} needs {need}."
    return f"{value}, but the interval ({span}) reaches over {limit}; a longer run would decide."


def _void(judgement: Judgement) -> Judgement:
    """Take away a verdict, since the run is invalid; figures stay, and so does a breach that was counted."""
    if judgement.budget.unit == "count" and judgement.verdict == "fail":
        return judgement
    reason = f"No verdict, since the run is invalid. {judgement.reason}"
    return Judgement(**{**vars(judgement), "verdict": "invalid", "reason": reason})


def _overall(judgements: Sequence[Judgement], wrong: Sequence[str]) -> Word:
    words = {judgement.verdict for judgement in judgements}
    if wrong:
        return "invalid"
    if "fail" in words:
        return "fail"
    return "pass" if words == {"pass"} else "inconclusive"


def _reason(word: Word, judgements: Sequence[Judgement], wrong: Sequence[str]) -> str:
    """Say in a sentence why the run has its verdict."""
    if word == "invalid":
        more = f" ({len(wrong) - 1} more findings below)" if len(wrong) > 1 else ""
        return wrong[0] + more
    if not judgements:
        return "The run has no budgets to judge it by."
    if word == "pass":
        met = f"All {len(judgements)} budgets are met" if len(judgements) > 1 else "The only budget is met"
        return f"{met}, at {share(LEVEL)} confidence{' over all of them' if len(judgements) > 1 else ''}."
    named = [judgement.budget.text for judgement in judgements if judgement.verdict == word]
    said = "breached" if word == "fail" else "undecided"
    verb = "is" if len(named) == 1 else "are"
    return f"{len(named)} of {len(judgements)} budgets {verb} {said}: {'; '.join(named)}."


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
