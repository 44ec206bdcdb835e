"""The gate: judges a run by its budgets, and says how sure it is.

A budget fails when its whole interval lies beyond the limit, passes when the interval lies inside, and is
inconclusive otherwise. The error rate of 5 % is shared by all budgets of a run after Holm (1979): with k
budgets undecided, each is judged at level 1 − 0.05/k; those decided step out, and the rest is judged again.
Comparisons with a baseline share a rate of their own (`reports.decision`), and so do budgets whose breach is only told.
No data is never a pass.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput, Mistake
from reports.budgets import DOSSIERS, Budget, read_budgets, read_budgets_file
from reports.decision import COMPARISON_ERROR_RATE, Word
from reports.evidence import evidence
from reports.header import ERROR_RATE
from reports.holm import Decided, shared
from reports.judgement import Breach, Judgement, standing_of
from reports.no_evidence import NoEvidence
from reports.notes import notes
from reports.outcomes import MOST_WRONG
from reports.quantities import count, duration, share
from reports.reasons import reason, with_standing
from reports.reconciliation import BROKEN
from reports.run import Run
from reports.spans import ScenarioClock, spans
from reports.statistics import Estimate
from reports.stops import Stop, stop_of
from reports.summary import wrong_of
from reports.validity import findings
from reports.windowed import Windowed

LEVEL = 1 - ERROR_RATE

PRECEDENCE = (130, 6, 2, 5, 3, 4, 0)
"""Exit codes, the one that counts first where several hold."""

EXIT_CODES: Mapping[Word, int] = {"pass": 0, "fail": 3, "inconclusive": 4, "invalid": 5}


class Baseline(Protocol):
    """What runs are compared with."""

    def estimate(self, run: Run, budget: Budget) -> Estimate:
        """Estimate how far a run's value lies from the baseline's, as a share of it; raise NoEvidence without data."""


@dataclass(frozen=True)
class Verdict:
    """The verdict over a run, the reason in words, each judgement, and what makes it invalid.

    `left_out` are budgets that do not apply: a simulated run has no dossiers to lose. `notes` are sentences to be known
    beside it that change nothing.
    """

    verdict: Word
    reason: str
    judgements: tuple[Judgement, ...]
    findings: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code that a command with this verdict ends with."""
        return EXIT_CODES[self.verdict]

    def words(self) -> str:
        """Return the verdict as lines for a terminal."""
        lines = [
            f"{self.verdict.upper()}: {self.reason}",
            *(f"  invalid: {finding}" for finding in self.findings if len(self.findings) > 1),
            *(f"  note: {note}" for note in self.notes),
        ]
        return "\n".join([*lines, *(f"  {judgement.words()}" for judgement in self.judgements)])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as the JSON object that `cutover gate --json` prints."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "exit_code": self.exit_code,
            "findings": list(self.findings),
            "notes": list(self.notes),
            "left_out": list(self.left_out),
            "budgets": [judgement.to_dict() for judgement in self.judgements],
        }


def judge(
    run: Run,
    budgets: Sequence[Budget] | None = None,
    *,
    baseline: Baseline | None = None,
    on: date | None = None,
    error_rate: float | None = None,
    so_far: bool = False,
) -> Verdict:
    """Judge a run by budgets (default: its header's), some of them against a baseline.

    `on` is the day that waivers are held against (default: today, +07:00), `error_rate` the rate that the budgets
    share (default: the header's), and with `so_far` a run is judged that is still being played. Raises BadInput when
    the header's budgets cannot be read, or a window is shorter than the run's intervals.
    """
    if budgets is None:
        source = run.folder / "run.json"
        budgets = read_budgets(run.header.budgets, run.header.steps, source=source)
    _refuse_windows(run, budgets)
    stop, rate = stop_of(run), run.header.error_rate if error_rate is None else error_rate
    budgets = [*budgets, *_implied(run, budgets, stop)]
    wrong = findings(run, so_far=so_far)
    left_out = tuple(budget.text for budget in budgets if _is_beside_the_point(run, budget))
    judged = [budget for budget in budgets if budget.text not in left_out]
    court = _Court(run, judged, baseline, on or datetime.now(VIETNAM).date(), rate, stop)
    judgements = court.judgements()
    if wrong:
        judgements = tuple(_void(judgement) for judgement in judgements)
    found = _overall(judgements, wrong)
    said = _reason(found, judgements, wrong, rate) + _also(judgements)
    if left_out:
        said += f" Left out, since a simulation stores no dossiers: {'; '.join(left_out)}."
    return Verdict(found, said, judgements, wrong, left_out, notes(run))


def chosen(run: Run, file: Path | None, lines: Sequence[str]) -> tuple[Budget, ...] | None:
    """Return the budgets of a file and of lines, in place of the header's; None where none is given.

    Raises BadInput with the mistakes of the file, or those of all lines.
    """
    if file is None and not lines:
        return None
    of_file = () if file is None else read_budgets_file(file, run.header.steps)
    return (*of_file, *read_budgets(lines, run.header.steps, source="--budget"))


def first_exit_code(codes: Iterable[int]) -> int:
    """Return the exit code that counts where several hold; 0 of none."""
    return min(codes, key=PRECEDENCE.index, default=0)


def _refuse_windows(run: Run, budgets: Sequence[Budget]) -> None:
    """Raise BadInput with all windows that are not whole intervals of the run."""
    interval_s = run.header.interval_s
    mistakes = []
    for budget in budgets:
        over_s = budget.over_s
        if over_s is not None and (over_s < interval_s or abs(over_s / interval_s % 1 - 0.5) < 0.5 - 1e-9):
            rule = f"must be a whole number of the run's intervals of {duration(interval_s)}"
            remedy = f"write a window such as {interval_s:g}s, or of several of them"
            mistakes.append(Mistake(str(run.folder), "over", budget.text, rule, remedy))
    if mistakes:
        raise BadInput(mistakes)


def _implied(run: Run, budgets: Sequence[Budget], stop: Stop | None) -> tuple[Budget, ...]:
    """Return those budgets, of the ones that every run has unwritten, that this run breaks or cannot show to be kept.

    One of them is that no dossier is lost; another the one that stopped it.
    """
    part = run.findings.get("reconciliation")
    known = {budget.metric for budget in budgets if budget.subject == DOSSIERS}
    doubted = {"lost"} if part and part.get("unasked") else set()
    broken = [name for name in BROKEN if part and (part.get(name) or name in doubted) and name not in known]
    stops = [stop.budget] if stop is not None and stop.budget not in {budget.text for budget in budgets} else []
    return read_budgets([*(f"{DOSSIERS} {name} == 0" for name in broken), *stops], run.header.steps)


def _is_beside_the_point(run: Run, budget: Budget) -> bool:
    """Tell whether a kind of run can have no data on a budget by its nature, rather than by failing to look."""
    return run.header.kind == "simulated" and budget.subject == DOSSIERS


class _Court:
    """One sitting: the budgets of a run, what the run says of each, and the levels that they share."""

    def __init__(
        self,
        run: Run,
        budgets: Sequence[Budget],
        baseline: Baseline | None,
        on: date,
        error_rate: float,
        stop: Stop | None,
    ) -> None:
        self._run, self._budgets, self._baseline = run, budgets, baseline
        self._error_rate, self._stop = error_rate, stop
        self._clock = ScenarioClock.of(run)
        self._standings = [standing_of(budget, on) for budget in budgets]

    def judgements(self) -> tuple[Judgement, ...]:
        estimates: dict[int, Estimate | Windowed] = {}
        missing: dict[int, str] = {}
        for number, budget in enumerate(self._budgets):
            try:
                estimates[number] = self._estimate(budget)
            except NoEvidence as error:
                missing[number] = f"No data: {error}."
        decided: dict[int, Decided] = {}
        for family, rate in self._families():
            known = {number: (self._budgets[number], estimates[number]) for number in family if number in estimates}
            decided |= shared(known, rate)
        return tuple(
            self._without_data(number, missing[number])
            if number in missing
            else self._judgement(number, estimates[number], decided[number])
            for number in range(len(self._budgets))
        )

    def _families(self) -> list[tuple[list[int], float]]:
        """Return budgets that share a level, each group with its error rate."""
        numbers = range(len(self._budgets))
        counting = [number for number in numbers if self._standings[number] == "counts"]
        compared = self._error_rate * COMPARISON_ERROR_RATE / ERROR_RATE
        own = [number for number in counting if not self._budgets[number].is_relative]
        relative = [number for number in counting if self._budgets[number].is_relative]
        told = [number for number in numbers if number not in counting]
        return [(own, self._error_rate), (relative, compared), (told, self._error_rate)]

    def _estimate(self, budget: Budget) -> Estimate | Windowed:
        if budget.is_relative and self._baseline is not None:
            found: Estimate | Windowed = self._baseline.estimate(self._run, budget)
        else:
            found = evidence(self._run, budget)
        return found if found.doubt else replace(found, doubt=self._doubt(budget, found))

    def _doubt(self, budget: Budget, found: Estimate | Windowed) -> str:
        """Say why a latency cannot pass: too many of the steps were answered wrongly; nothing where they were not.

        Each window is asked by itself, since fast errors would flatter the one that they fall into; a single wrong
        answer does not keep a window from passing.
        """
        if budget.metric not in ("response", "service"):
            return ""
        most = self._most_wrong(budget)
        if isinstance(found, Windowed):
            said = (_doubted(part, most, at_least=2, where="of a window ") for _, part in found.parts)
            return next(filter(None, said), "")
        if not budget.is_relative:
            return _doubted(found, most)
        wrong, offered = wrong_of(self._run, budget.subject, spans(self._run, budget))
        return _doubted(replace(found, left_out=wrong, samples=offered - wrong), most)

    def _most_wrong(self, budget: Budget) -> float:
        """Return which share of steps answered wrongly a latency bears: 1 %, or the step's own error budget."""
        own = [
            other.limit
            for other in self._budgets
            if other.metric == "error_rate" and other.subject == budget.subject and not other.is_relative
        ]
        return min([MOST_WRONG, *own])

    def _without_data(self, number: int, said: str) -> Judgement:
        budget, standing = self._budgets[number], self._standings[number]
        found: Word = "fail" if standing == "expired" else "inconclusive"
        judgement = Judgement(budget, found, with_standing(budget, standing, said, found), standing=standing)
        return self._stopped(judgement)

    def _judgement(self, number: int, estimate: Estimate | Windowed, decided: Decided) -> Judgement:
        budget, standing = self._budgets[number], self._standings[number]
        said = reason(budget, estimate, decided.level, decided.bounds, decided.word, self._clock)
        found: Word = "fail" if standing == "expired" else decided.word
        judgement = Judgement(
            budget,
            found,
            with_standing(budget, standing, said, decided.word),
            estimate.samples,
            estimate.value,
            *decided.bounds,
            decided.level,
            estimate.method,
            estimate.is_at_least,
            self._breaches(budget, estimate, decided.level),
            standing,
        )
        return self._stopped(judgement)

    def _breaches(self, budget: Budget, estimate: Estimate | Windowed, level: float) -> tuple[Breach, ...]:
        """Return the windows that lie beyond the limit wholly."""
        if not isinstance(estimate, Windowed):
            return ()
        return tuple(
            Breach(each.window, each.estimate.value, each.low, each.high, each.estimate.samples, self._clock)
            for each in estimate.bounds(level)
            if not (budget.holds(each.low) or budget.holds(each.high))
        )

    def _stopped(self, judgement: Judgement) -> Judgement:
        """Return the judgement of the budget that ended the run as a failure; any other as it is."""
        stop = self._stop
        if stop is None or stop.budget != judgement.budget.text or not judgement.counts:
            return judgement
        breach = Breach(stop.window, stop.value, stop.value, stop.value, stop.samples, self._clock)
        said = (
            f"It stopped the run: breached without a break for {duration(stop.window.length_s)}, {breach.words()}. "
            f"Over all that was played: {judgement.reason}"
        )
        return replace(judgement, verdict="fail", reason=said, breaches=(breach, *judgement.breaches))


def _doubted(found: Estimate, most: float, at_least: int = 1, where: str = "") -> str:
    """Say that of a latency's steps too many were left out: more than a share, and a number; nothing where not."""
    wrong, offered = found.left_out, found.samples + found.left_out
    if wrong <= most * offered or wrong < at_least:
        return ""
    return (
        f"{share(wrong / offered)} of {count(offered)} steps {where}were answered wrongly "
        f"(at most {share(most)} may be), and their times are left out."
    )


def _void(judgement: Judgement) -> Judgement:
    """Take away a verdict, since the run is invalid; figures stay, and so does a breach that was counted."""
    if judgement.budget.unit == "count" and judgement.verdict == "fail":
        return judgement
    return replace(
        judgement, verdict="invalid", reason=f"No verdict, since the run is invalid. {judgement.reason}", breaches=()
    )


def _overall(judgements: Sequence[Judgement], wrong: Sequence[str]) -> Word:
    words = {judgement.verdict for judgement in judgements if judgement.counts}
    if wrong:
        return "invalid"
    if "fail" in words:
        return "fail"
    return "pass" if words == {"pass"} else "inconclusive"


def _reason(found: Word, judgements: Sequence[Judgement], wrong: Sequence[str], error_rate: float) -> str:
    """Say in a sentence why the run has its verdict."""
    if found == "invalid":
        more = f" ({len(wrong) - 1} more findings below)" if len(wrong) > 1 else ""
        return wrong[0] + more
    counting = [judgement for judgement in judgements if judgement.counts]
    if not counting:
        return "The run has no budgets to judge it by" + (
            ", other than those that only warn or are waived." if judgements else "."
        )
    if found == "pass":
        met = f"All {len(counting)} budgets are met" if len(counting) > 1 else "The only budget is met"
        return f"{met}, at {share(1 - error_rate)} confidence{' over all of them' if len(counting) > 1 else ''}."
    named = [judgement.budget.text for judgement in counting if judgement.verdict == found]
    said = "breached" if found == "fail" else "undecided"
    verb = "is" if len(named) == 1 else "are"
    return f"{len(named)} of {len(counting)} budgets {verb} {said}: {'; '.join(named)}."


def _also(judgements: Sequence[Judgement]) -> str:
    """Name the breaches that fail nothing."""
    said = ""
    kinds: tuple[tuple[str, Callable[[Judgement], bool]], ...] = (
        ("Breached with a warning only", lambda judgement: judgement.standing == "warns"),
        ("Breached and waived", lambda judgement: judgement.standing == "waived"),
    )
    for what, is_one in kinds:
        named = [judgement.budget.text for judgement in judgements if judgement.is_breach and is_one(judgement)]
        said += f" {what}: {'; '.join(named)}." if named else ""
    return said
