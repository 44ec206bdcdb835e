"""The tables of a report: every figure as text with its unit, beside its sample size."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutover.base.clock import VIETNAM
from reports.comparison import Comparison, Pair, Reading
from reports.gate import Verdict
from reports.judgement import Judgement
from reports.outcomes import OK
from reports.quantities import NOTHING, at_least, count, duration, interval, quantity, rate, share, significant
from reports.reconciliation import WORDS
from reports.run import Run
from reports.stations import StationSummary
from reports.summary import QUANTILES, Latency, StepSummary, Summary


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `kind` is the name of its look, such as a verdict's word."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption; a row's first cell names it, and `words` are the columns without numbers."""

    caption: str
    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: tuple[int, ...] = (0,)


def table(
    caption: str, titles: Sequence[str], rows: Iterable[Sequence[str | Cell]], words: Sequence[int] = (0,)
) -> Table:
    """Make a table from rows of texts and cells."""
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    return Table(caption, tuple(titles), cells, tuple(words))


def budgets(verdict: Verdict) -> Table:
    """Return the budgets with their judgements."""
    titles = ("Budget", "Verdict", "Value", "Interval", "Margin", "Samples", "Why")
    return table("Each budget, judged", titles, map(_judgement, verdict.judgements), words=(0, 1, 6))


def _judgement(judgement: Judgement) -> tuple[str | Cell, ...]:
    unit = judgement.budget.unit
    return (
        Cell(judgement.budget.text, "code"),
        Cell(judgement.verdict, judgement.verdict),
        judgement.value_words(),
        interval(judgement.low, judgement.high, unit),
        quantity(judgement.margin, "share"),
        count(judgement.samples),
        judgement.reason,
    )


def estimates(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return how sure a forecast is of its budgets' values, as `reports.estimates` has it."""
    titles = ("Budget", "Value", "Interval", "Level", "Samples", "From")
    rows = (
        (
            Cell(one["budget"], "code"),
            quantity(math.inf if one["value"] is None and one["samples"] else one["value"], one["unit"]),
            NOTHING if one["why"] else interval(one["low"], one["high"], one["unit"]),
            share(one["level"]),
            count(one["samples"]),
            one["why"] or one["method"],
        )
        for one in found
    )
    caption = "How sure the forecast is of each value: over replications, or from the course of the only one"
    return table(caption, titles, rows, words=(0, 5))


def steps(summary: Summary) -> Table:
    """Return each step's outcomes and response times."""
    titles = (
        "Step",
        "Offered",
        "Ok",
        "Not ok",
        "p50",
        "p90",
        "p95",
        "p99",
        "Mean of ok",
        "Longest ok",
        "How the rest ended",
    )
    caption = (
        f"Response times of the steps meant to start from {_instant(summary.window.from_s)} to "
        f"{_instant(summary.window.to_s)}; a quantile ranks steps that were ok at their time, and those without an "
        "answer as at least as long as was waited; failed and rejected ones are left out"
    )
    return table(caption, titles, map(_step, summary.steps.values()), words=(0, 10))


def _step(step: StepSummary) -> tuple[str, ...]:
    rest = ", ".join(f"{name} {count(number)}" for name, number in sorted(step.outcomes.items()) if name != OK)
    not_ok = NOTHING if step.error_rate is None else share(step.error_rate)
    return (step.step, count(step.offered), count(step.ok), not_ok, *_latency(step.response), rest or NOTHING)


def _latency(found: Latency | None) -> tuple[str, ...]:
    if found is None:
        return (NOTHING,) * 6
    greatest = (quantity(found.mean_ok_s, "s"), quantity(found.max_ok_s, "s"))
    return (*(found.words(name) for name in QUANTILES), *greatest)


def comparison(found: Comparison) -> Table:
    """Return measured and predicted values with their intervals."""
    titles = (
        "Step",
        "Quantity",
        "Measured",
        "95 % interval",
        "Predicted",
        "95 % interval",
        "Error",
        "Samples",
        "Intervals",
    )
    caption = (
        f"Measured and predicted from {_instant(found.window.from_s)} to {_instant(found.window.to_s)}; "
        "error is predicted over measured, less 1"
    )
    return table(caption, titles, map(_pair, found.pairs), words=(0, 1, 8))


def _pair(pair: Pair) -> tuple[str, ...]:
    error = NOTHING if pair.error is None else f"{'+' if pair.error > 0 else ''}{share(pair.error)}"
    samples = f"{count(pair.measured.samples)} / {count(pair.predicted.samples)}"
    both = (*_reading(pair.measured, pair.unit), *_reading(pair.predicted, pair.unit))
    return (pair.step, pair.quantity, *both, error, samples, "overlap" if pair.agrees else "apart")


def _reading(reading: Reading, unit: str) -> tuple[str, str]:
    value = at_least(reading.value, unit, is_bound=reading.is_at_least)
    return value, interval(reading.low, reading.high, unit)


def stations(found: Iterable[StationSummary]) -> Table:
    """Return the stations' servers, utilisation and backlog."""
    titles = ("Station", "Servers", "Utilisation", "Busiest interval", "Mean backlog", "Greatest backlog", "Intervals")
    rows = (
        (
            station.name,
            _servers(station),
            share(station.mean),
            share(station.busiest),
            significant(station.mean_backlog),
            significant(station.greatest_backlog),
            count(station.samples),
        )
        for station in found
    )
    caption = (
        "Stations over the measurement window; utilisation is the busy share of the servers that were there, backlog "
        "what waits, a mean over an interval"
    )
    return table(caption, titles, rows)


def _servers(station: StationSummary) -> str:
    """Write how many servers there were: one number, or the least and the greatest of an interval."""
    if station.least_servers is None or station.most_servers is None:
        return NOTHING
    least, most = significant(station.least_servers), significant(station.most_servers)
    return least if least == most else f"{least} to {most}"


def dossiers(part: Mapping[str, Any]) -> Table:
    """Return what became of the dossiers submitted; `part` is the run's reconciliation."""
    known = ((name, part.get(name, ()), meaning) for name, meaning in WORDS.items())
    rows = ((name, _number(found), meaning, _listed(found)) for name, found, meaning in known)
    return table(
        "Receipts against what the portal holds",
        ("Class", "Dossiers", "Meaning", "Which"),
        rows,
        words=(0, 2, 3),
    )


def _number(found: int | Sequence[str]) -> str:
    return count(found if isinstance(found, int) else len(found))


def _listed(found: int | Sequence[str], most: int = 10) -> str:
    if isinstance(found, int) or not found:
        return NOTHING
    return ", ".join(found[:most]) + (f" and {count(len(found) - most)} more" if len(found) > most else "")


def _size(found: Mapping[str, int] | None) -> str | None:
    """Write what a portal held when the run began."""
    return None if found is None else ", ".join(f"{count(number)} {name}" for name, number in found.items())


def provenance(run: Run) -> Table:
    """Return what was played, with what and on what."""
    header = run.header
    known: dict[str, object] = {
        "Run": run.folder.name,
        "State": run.state,
        "Kind": header.kind,
        "Scenario": f"{header.scenario} ({header.scenario_hash[:12]})",
        "Steps": None if header.steps_file is None else f"{header.steps_file} ({str(header.steps_hash)[:12]})",
        "Plan": header.plan,
        "Seed": header.seed,
        "People of communes": header.communes,
        "Only facts published by": header.as_of,
        "Scenario start": f"{header.started.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S} (+07:00)",
        "Length": duration(header.duration_s),
        "Measured": f"{_instant(header.measurement.from_s)} to {_instant(header.measurement.to_s)}",
        "Replications": header.replications if header.kind == "simulated" else None,
        "Scale and warp": f"{header.scale:g} and {header.warp:g}",
        "Target": header.target,
        "Target's size": _size(header.target_size),
        "Protocol": header.protocol,
        "Machine": ", ".join(f"{name} {value}" for name, value in header.machine.items()),
        "Versions": ", ".join(f"{name} {value}" for name, value in header.versions.items()),
    }
    rows = ((name, str(value)) for name, value in known.items() if value not in (None, ""))
    return table("What was played, and on what", ("", ""), rows, words=(0, 1))


def records(caption: str, found: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of what a model found: a row per record, a column per key, which ends in its unit."""
    keys = tuple(dict.fromkeys(key for record in found for key in record))
    rows = [[_value(key, record.get(key)) for key in keys] for record in found]
    words = [at for at, key in enumerate(keys) if at == 0 or any(isinstance(record.get(key), str) for record in found)]
    return table(caption, [_title(key) for key in keys], rows, words)


def _title(key: str) -> str:
    for ending in ("_s", "_rps", "_share"):
        key = key.removesuffix(ending)
    return key.replace("_", " ").capitalize()


def _value(key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING if value is None else str(value)
    if key.endswith("_rps"):
        return rate(value)
    if key.endswith("_s"):
        return duration(value)
    if key.endswith("share") or key.startswith("utilisation"):
        return share(value)
    return count(value) if isinstance(value, int) else significant(value)


def _instant(at_s: float) -> str:
    """Write an instant of scenario time: seconds, and hours and minutes when it is late."""
    if at_s < 7200:
        return f"{at_s:g} s"
    return f"{at_s // 3600:.0f}:{at_s % 3600 // 60:02.0f}:{at_s % 60:02.0f} h"
