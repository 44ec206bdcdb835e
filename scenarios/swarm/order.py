"""What a generator is told to play: everything that it needs, so that it may run on another machine."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import tomli_w

from cutover.base.document import SCHEMA
from models.conduct import CitizensEntry
from models.plan import find_plan, read_plan
from reports.header import ERROR_RATE
from scenarios.arm import Arm
from scenarios.inputs import INPUTS, PLAYED, files_of, home_of
from scenarios.levels import under
from scenarios.scenario import Scenario, read_scenario
from scenarios.sessions import Sessions
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
    journeys; `steps_file` is the name of either. `workers` are how many share the load. `network` holds the
    browser's options; `headers` go with every request, and with `forwarded` each tells a citizen's address
    (X-Forwarded-For). `supplies` is the path of a file that is on every machine. Only with `may_write` do steps
    change anything at a host that is not loopback. No more than `most_sessions` are begun by one generator. `load`
    is a load in words, in place of the scenario's own; `error_rate` is what the run's budgets share. With an `arm`
    only the sessions of its turns are played, and `other` names the run that has the other turns; `together` is a
    folder on this machine where the two agree on when they begin.
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
    steps_file: str | None = None
    locustfile: str | None = None
    workers: int = 1
    citizens: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forwarded: bool = False
    supplies: str | None = None
    may_write: bool = False
    load: str | None = None
    error_rate: float = ERROR_RATE
    arm: int | None = None
    other: str | None = None
    together: str | None = None
    most_sessions: int | None = None
    late_limit_s: float = LATE_LIMIT_S

    @classmethod
    def of(cls, scenario: Scenario, volume: Volume, url: str, run: str, **more: Any) -> Self:
        """Make the order for a scenario that has been read, its citizens those of its forecast's plan."""
        plan = read_plan(find_plan(scenario.file.forecast.plan))
        files = files_of(scenario)
        home = home_of(files)
        return cls(
            scenario=str(home / scenario.path.name),
            files={os.path.normpath(home / name): path.read_bytes() for name, path in files.items()},
            as_of=str(scenario.file.as_of),
            scale=volume.scale,
            warp=volume.warp,
            load=None if scenario.given is None else scenario.given.text,
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
            self._write(Path(folder))
            found = read_scenario(Path(folder) / self.scenario, date.fromisoformat(self.as_of))
            return found if self.load is None else under(found, self.load)

    def keep(self, folder: Path) -> None:
        """Write the scenario's files into a run's folder, where whoever asks about the run later finds them."""
        inputs = folder / INPUTS
        self._write(inputs / "scenario")
        told = tomli_w.dumps({"schema": SCHEMA, "scenario": f"scenario/{self.scenario}"})
        (inputs / PLAYED).write_text(told, encoding="utf-8")

    def _write(self, folder: Path) -> None:
        for name, content in self.files.items():
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{name} would be written outside of the order's own folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def sessions(self, scenario: Scenario) -> Sessions:
        """Return the sessions that are played: all of the schedule's, or those of an arm's turns."""
        arm = None if self.arm is None else Arm(self.arm, scenario.file.seed)
        return Sessions(scenario, scale=self.scale, warp=self.warp, arm=arm)

    def play(self, scenario: Scenario) -> Mapping[str, Step]:
        """Return the steps by name; raise BadInput where they cannot play the scenario's journeys."""
        if self.locustfile is not None:
            return {}
        if self.steps is None:
            check_playable(scenario)
            return STEPS
        return load_steps(self.steps, self.steps_file or "the steps file", scenario.steps).steps

    def conduct(self) -> CitizensEntry:
        """Return what citizens do when a step was not ok."""
        return CitizensEntry.model_validate(dict(self.citizens))
