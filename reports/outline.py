"""Runs in lines for a terminal: a list of many, or one with what came of it."""

from collections.abc import Iterator, Sequence

from cutover.base.clock import VIETNAM
from reports.quantities import NOTHING, count, duration, memory, share
from reports.run import Run
from reports.shelf import Kept
from reports.summary import StepSummary, Summary

Row = tuple[str, ...]


def listed(shelf: Sequence[Kept]) -> list[str]:
    """Return a line for each folder of a shelf."""
    return columns([_listed(one) for one in shelf])


def outline(run: Run, summary: Summary) -> list[str]:
    """Return what a run is, and what became of each of its steps in the measurement window."""
    offered = [step for step in summary.steps.values() if step.offered]
    steps = columns([("step", "offered", "not ok", "p50", "p95", "p99"), *map(_step, offered)])
    return [*columns([(name, value) for name, value in _facts(run) if value]), "", *(steps if offered else ())]


def columns(rows: Sequence[Row]) -> list[str]:
    """Lay rows out in columns, as wide as what they hold."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _listed(one: Kept) -> Row:
    began = one.began.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M")
    return one.name, one.kind, one.state, began, memory(one.size_bytes), one.header.title if one.header else ""


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    header, window = run.header, run.header.measurement
    yield "scenario", f"{header.scenario}: {header.title}"
    yield "kind", f"{header.kind}, {run.state}"
    yield "began", f"{header.started:%Y-%m-%d %H:%M:%S %z}"
    yield "length", f"{duration(header.duration_s)}, judged from {window.from_s:g} s to {window.to_s:g} s"
    yield "sessions", f"{count(header.planned.sessions)} planned"
    yield "target", header.target or ""
    yield "plan", header.plan or ""
    yield "seed", str(header.seed)
    yield "machine", ", ".join(f"{name} {value}" for name, value in header.machine.items())
    yield "versions", ", ".join(f"{name} {value}" for name, value in header.versions.items())


def _step(step: StepSummary) -> Row:
    found, not_ok = step.response, NOTHING if step.error_rate is None else share(step.error_rate)
    quantiles = (found.words(name) if found else NOTHING for name in ("p50_s", "p95_s", "p99_s"))
    return step.step, count(step.offered), not_ok, *quantiles
