"""One way through a portal, imported as files: a scenario, its journey, and the steps file that plays it."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput, Mistake
from fixtures.places import NATIONAL_TOTAL
from models.laws import Law
from scenarios.imports.layout import toml_text
from scenarios.imports.writing import BUDGETS
from scenarios.journey import EXIT
from scenarios.scenario import read_scenario
from scenarios.swarm.target.steps_file import read_steps

RATE_RPS = 1.0
PLAY_S = 60.0
TAIL_S = 30.0
"""What a swarm plays until somebody says more: a session a second for a minute, then time for them to end (assumed)."""


@dataclass(frozen=True)
class WalkthroughStep:
    """A step, and the pause before it: a law, or None without one."""

    name: str
    think: Law | None


@dataclass(frozen=True)
class Walkthrough:
    """Steps in their order, the steps file's text, and the file that they come from."""

    source: str
    name: str
    steps: tuple[WalkthroughStep, ...]
    code: str

    @property
    def journey(self) -> str:
        """The name of the journey."""
        return self.name.replace("-", "_")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        thinks = {
            each.name: each.think.model_dump(exclude_defaults=True) if each.think else None for each in self.steps
        }
        return {"source": self.source, "steps": thinks}


def write_walkthrough(walkthrough: Walkthrough, out: Path, now: datetime) -> tuple[Path, ...]:
    """Write a scenario, its journey and its steps file; return their paths, the scenario's first.

    All are written and read back elsewhere first. Raises BadInput when one of the files exists already.
    """
    journey, steps = Path("journeys") / f"{walkthrough.journey}.toml", Path(f"{walkthrough.journey}_steps.py")
    there = [
        Mistake(str(out.parent / each), "file", None, "exists already", "remove it, or choose another --out")
        for each in (journey, steps)
        if (out.parent / each).exists()
    ]
    if there:
        raise BadInput(there)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{walkthrough.name}-", dir=out.parent))
    try:
        (draft / "journeys").mkdir()
        (draft / journey).write_text(_journey_text(walkthrough), encoding="utf-8")
        (draft / steps).write_text(walkthrough.code, encoding="utf-8")
        (draft / out.name).write_text(_scenario_text(walkthrough, now), encoding="utf-8")
        read_steps(draft / steps, read_scenario(draft / out.name).steps)
        (out.parent / "journeys").mkdir(exist_ok=True)
        for each in (journey, steps, Path(out.name)):
            (draft / each).rename(out.parent / each)
    finally:
        shutil.rmtree(draft)
    return (out, out.parent / journey, out.parent / steps)


def _scenario_text(walkthrough: Walkthrough, now: datetime) -> str:
    today = now.astimezone(VIETNAM).replace(hour=8, minute=0, second=0, microsecond=0)
    tail_s = TAIL_S + 2 * sum(each.think.mean_s for each in walkthrough.steps if each.think)
    end_s = PLAY_S + round(tail_s)
    document = {
        "schema": 1,
        "name": walkthrough.name,
        "title": f"As in {walkthrough.source}",
        "starts": today,
        "duration_s": end_s,
        "as_of": today.date(),
        "seed": 0,
        "budgets": list(BUDGETS),
        "population": {"value": NATIONAL_TOTAL, "assumed": "the nation; one walk does not say how many may come"},
        "arrivals": {"points": [[0, RATE_RPS], [PLAY_S, RATE_RPS], [PLAY_S, 0.0], [end_s, 0.0]]},
        "journeys": {walkthrough.journey: 1.0},
        "forecast": {"plan": "national"},
        "swarm": {"max_s": max(900.0, end_s)},
    }
    said = (
        f"Imported from {walkthrough.source}. Play it with --steps {walkthrough.journey}_steps.py",
        "Assumed: how many come and when, the population, the budgets and the plan.",
    )
    return toml_text(said, document)


def _journey_text(walkthrough: Walkthrough) -> str:
    names = [each.name for each in walkthrough.steps]
    entries = []
    for each, following in zip(walkthrough.steps, [*names[1:], EXIT], strict=True):
        think = {"think": each.think.model_dump(exclude_defaults=True)} if each.think else {}
        entries.append({"name": each.name} | think | {"next": {following: 1.0}})
    document = {
        "schema": 1,
        "name": walkthrough.journey,
        "description": f"One way through the portal, as in {walkthrough.source}",
        "steps": entries,
    }
    said = (f"Imported from {walkthrough.source}. Assumed: how long a citizen waits for a step.",)
    return toml_text(said, document)
