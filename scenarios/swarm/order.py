"""What a generator is told to play: everything that it needs, so that it may run on another machine."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from models.conduct import CitizensEntry
from models.plan import find_plan, read_plan
from scenarios.journey import find_journey
from scenarios.scenario import Scenario, read_scenario
from scenarios.swarm.steps import STEPS, check_playable
from scenarios.swarm.target.steps_file import Step, load_steps
from scenarios.volume import Volume

LATE_LIMIT_S = 1.0
"""A session later than this is skipped: citizens who all come at once after a pause are another load. Assumed."""


@dataclass(frozen=True)
class Order:
    """One run, as a generator plays it; plain values only, so that it travels as a message.

    `files` are the scenario's own, by their paths below its folder; `scenario` names the first of them. `citizens` are
    those of the plan that forecasts the scenario: whether they reload, and come back. `steps` is the text of a file of
    steps, None for those of the stand-in portal; `locustfile` that of an existing locustfile, played instead of the
    journeys. `workers` are how many share the load. `network` holds the browser's options; `headers` go with every
    request, and with `forwarded` each tells a citizen's address (X-Forwarded-For). `supplies` is the path of a file
    that is on every machine. No more than `most_sessions` are begun by one generator.
    """

    scenario: str
    files: Mapping[str, bytes]
    as_of: str
    scale: float
    warp: float
    url: str
    run: str
    allowed: tuple[str, ...] = ()
    steps: str | None = None
    locustfile: str | None = None
    workers: int = 1
    citizens: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forwarded: bool = False
    supplies: str | None = None
    most_sessions: int | None = None
    late_limit_s: float = LATE_LIMIT_S

    @classmethod
    def of(cls, scenario: Scenario, volume: Volume, url: str, run: str, **more: Any) -> Self:
        """Make the order for a scenario that has been read, its citizens those of its forecast's plan."""
        plan = read_plan(find_plan(scenario.file.forecast.plan))
        return cls(
            scenario=scenario.path.name,
            files=_files(scenario),
            as_of=str(scenario.file.as_of),
            scale=volume.scale,
            warp=volume.warp,
            url=url,
            run=run,
            citizens=plan.citizens.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            **more,
        )

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> Self:
        """Make the order of a message's plain values; TypeError when it is none."""
        return cls(**{**message, "allowed": tuple(message.get("allowed", ()))})

    def to_message(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def read(self) -> Scenario:
        """Read the scenario from the files that came with the order; raise BadInput with all mistakes."""
        with tempfile.TemporaryDirectory(prefix="cutover-") as folder:
            for name, content in self.files.items():
                path = Path(folder) / name
                if not path.resolve().is_relative_to(Path(folder).resolve()):
                    raise ValueError(f"{name} would be written outside of the order's own folder")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return read_scenario(Path(folder) / self.scenario, date.fromisoformat(self.as_of))

    def play(self, scenario: Scenario) -> Mapping[str, Step]:
        """Return the steps by name; raise BadInput where they cannot play the scenario's journeys."""
        if self.locustfile is not None:
            return {}
        if self.steps is None:
            check_playable(scenario)
            return STEPS
        return load_steps(self.steps, "the steps file", scenario.steps).steps

    def conduct(self) -> CitizensEntry:
        """Return what citizens do when a step was not ok."""
        return CitizensEntry.model_validate(dict(self.citizens))


def _files(scenario: Scenario) -> dict[str, bytes]:
    """Return the scenario's own files, journeys and tables included, as they stand below its folder."""
    beside, file = scenario.path.parent, scenario.file
    found = {scenario.path.name: scenario.path.read_bytes()}
    for name in file.journey_names:
        found[f"journeys/{name}.toml"] = find_journey(name, beside).read_bytes()
    tables = [name for name in file.profile_names if name.endswith(".csv")]
    if file.population.communes is not None:
        tables.append(file.population.communes)
    return found | {name: (beside / name).read_bytes() for name in tables}
