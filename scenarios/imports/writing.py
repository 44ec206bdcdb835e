"""An import as files: a scenario and its journeys, checked as a user's would be before they take their places."""

import itertools
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Mistake
from fixtures.places import NATIONAL_TOTAL
from scenarios.imports.courses import ImportedJourney, ImportedStep
from scenarios.imports.importer import Imported
from scenarios.imports.layout import toml_text
from scenarios.imports.starts import DAYS
from scenarios.journey import EXIT
from scenarios.scenario import read_scenario

PLAY_S = 600.0
PLAY_SESSIONS = 10_000
"""What a swarm plays of the imported day unless told otherwise, to stay within a laptop and the caps (assumed)."""

BUDGETS = ("all response p95 < 3s", "all error_rate < 0.5%")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_JOURNEYS = "journeys"


def scenario_name(out: Path) -> str:
    """Return the name of the scenario that a file will hold.

    Raises BadInput with all mistakes: a name that no scenario can have, a folder that cannot be made, a file that is
    there.
    """
    mistakes = []
    if out.suffix != ".toml" or not _NAME.fullmatch(out.stem):
        rule = "must be a file name of small letters, digits and hyphens that ends in .toml"
        mistakes.append(Mistake("options", "--out", str(out), rule, "write for example --out my-day.toml"))
    if not next(folder for folder in out.absolute().parents if folder.exists()).is_dir():
        mistakes.append(Mistake("options", "--out", str(out), "is in a folder that is a file", "choose another folder"))
    if out.exists():
        mistakes.append(Mistake("options", "--out", str(out), "exists already", "remove it, or choose another name"))
    if mistakes:
        raise BadInput(mistakes)
    return out.stem


def write(imported: Imported, out: Path) -> tuple[Path, ...]:
    """Write a scenario and, in `journeys/` beside it, its journeys; return their paths, the scenario's first.

    Their folder is made where there is none.

    All are written and read back elsewhere first; the scenario takes its place last, so that it is never there
    without its journeys. Raises BadInput when a journey's file exists already.
    """
    folder = out.parent / _JOURNEYS
    targets = [folder / f"{journey.name}.toml" for journey in imported.journeys]
    there = [
        Mistake(str(target), "file", None, "exists already", "remove it, or choose another --out")
        for target in targets
        if target.exists()
    ]
    if there:
        raise BadInput(there)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{imported.name}-", dir=out.parent))
    try:
        (draft / _JOURNEYS).mkdir()
        for journey, target in zip(imported.journeys, targets, strict=True):
            (draft / _JOURNEYS / target.name).write_text(_journey_text(imported, journey), encoding="utf-8")
        (draft / out.name).write_text(_scenario_text(imported), encoding="utf-8")
        read_scenario(draft / out.name)
        folder.mkdir(exist_ok=True)
        for target in targets:
            (draft / _JOURNEYS / target.name).rename(target)
        (draft / out.name).rename(out)
    finally:
        shutil.rmtree(draft)
    return (out, *targets)


def _scenario_text(imported: Imported) -> str:
    arrivals = imported.arrivals
    total = _expected(arrivals.table)
    document = {
        "schema": 1,
        "name": imported.name,
        "title": f"As logged in {imported.source}",
        "starts": arrivals.starts,
        "duration_s": arrivals.duration_s,
        "as_of": imported.last_day,
        "seed": 0,
        "budgets": list(BUDGETS),
        "population": {"value": NATIONAL_TOTAL, "assumed": "the nation; a log does not say how many may come"},
        "arrivals": arrivals.table,
        "journeys": {journey.name: journey.share for journey in imported.journeys},
        "forecast": {"plan": "national"},
        "swarm": {
            "scale": float(f"{min(1.0, PLAY_SESSIONS / total):.2g}"),
            "warp": float(f"{max(1.0, arrivals.duration_s / PLAY_S):.4g}"),
        },
    }
    said = (
        f"Imported from {imported.source}: {imported.sessions:,} sessions; arrivals are {arrivals.counted}.",
        "Assumed: the population, the budgets, the plan, and how much of it a swarm plays.",
    )
    return toml_text(said, document)


def _expected(table: dict[str, Any]) -> float:
    """Return the sessions that the arrivals expect."""
    if "sessions" in table:
        return float(table["sessions"]["value"]) * (DAYS if "weekdays" in table else 1)
    points: list[tuple[float, float]] = table["points"]
    return sum((t1 - t0) * r0 for (t0, r0), (t1, _) in itertools.pairwise(points))


def _journey_text(imported: Imported, journey: ImportedJourney) -> str:
    pauses = [step.thinking for step in journey.steps if step.thinking]
    said = (
        f"Imported from {imported.source}: {journey.visits:,} sessions. Branches are the shares seen; think times are",
        f"fitted to {sum(pause.samples for pause in pauses):,} pauses. Assumed: how long a citizen waits for a step.",
    )
    document = {
        "schema": 1,
        "name": journey.name,
        "description": f"Begins with {journey.steps[0].name}, as logged in {imported.source}",
        "steps": [_step(step) for step in journey.steps],
    }
    return toml_text(said, document)


def _step(step: ImportedStep) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": step.name}
    if step.thinking:
        entry["think"] = step.thinking.law.model_dump(exclude_defaults=True)
    ordered = sorted(step.following.items(), key=lambda item: (item[0] == EXIT, -item[1]))
    return entry | {"next": {to: share for to, share in ordered if share > 0}}
