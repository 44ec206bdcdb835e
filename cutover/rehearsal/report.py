"""The report of a run, with the simulated runs that its findings name."""

from pathlib import Path

from cutover.base.errors import BadInput
from reports.gate import judge
from reports.page import page
from reports.run import Run

REPORT = "report.html"


def write_report(run: Run) -> Path:
    """Write a run's report into its folder, whole or not at all, and return its path."""
    text = page(run, judge(run), _named(run, "comparison"), _named(run, "national"))
    path, new = run.folder / REPORT, run.folder / f".{REPORT}.new"
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    return path


def _named(run: Run, part: str) -> Run | None:
    """Return the simulated run that a part of the findings names; None when it names none or that has gone."""
    name = run.findings.get(part, {}).get("run")
    try:
        return Run.open(run.folder.parent / name) if name else None
    except BadInput:
        return None
