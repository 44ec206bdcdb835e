"""The brief of a run: what the coordinator must know of it before it asks anybody to play, all of it checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.budgets import Budget, read_budgets
from reports.header import Header, Turns, Window
from reports.levels import Level
from scenarios.arm import Arm
from scenarios.levels import levels_of, rule_of
from scenarios.run_header import measured_header
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct.storm import SHARE
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.order import Order
from scenarios.target import Target, parse_target
from scenarios.volume import Volume, check_caps


@dataclass(frozen=True)
class Brief:
    """An order with its target, the folder of its run, and what the coordinator alone is told.

    `workers` are how many must be there before it begins; `storm` the share of steps not ok at which it stops;
    `target_metrics` the path of the target's own metrics. `levels` are those of the scenario's load in words, `rule`
    the budgets whose first breach at one of them ends it.
    """

    order: Order
    prepared: Prepared
    target: Target
    folder: Path
    workers: int
    storm: float = SHARE
    target_metrics: str | None = None
    budgets: Sequence[Budget] = field(default=())
    levels: Sequence[Level] = field(default=())
    rule: Sequence[Budget] = field(default=())

    @classmethod
    def of(cls, order: Order, folder: Path, workers: int, storm: float, target_metrics: str | None) -> "Brief":
        """Read and check an order.

        Raises BadInput or TargetRefused when it may not or cannot be played; nothing has been sent then.
        """
        prepared = Prepared.of(order)
        check_caps(prepared.scenario, prepared.sessions)
        if prepared.supplies is not None:
            prepared.supplies.check(prepared.scenario, prepared.sessions, order.allowed)
        authority = order.network.get("authority")
        target = parse_target(order.url, Path(authority) if authority else None)
        file = prepared.scenario.file
        budgets = read_budgets(file.budgets, prepared.scenario.steps, source=prepared.scenario.path)
        load = levels_of(prepared.scenario, order.scale, order.warp), rule_of(prepared.scenario)
        return cls(order, prepared, target, folder, workers, storm, target_metrics, budgets, *load)

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.prepared.scenario

    @property
    def sessions(self) -> Sessions:
        """Its stream of sessions."""
        return self.prepared.sessions

    @property
    def identity(self) -> dict[str, str | None]:
        """What each worker must have made of the order."""
        return self.prepared.identity()

    def header(self, started: datetime, size: dict[str, int] | None) -> Header:
        """Return the header of a run that starts at a wall time; `size` is what the target holds, where it tells."""
        volume = Volume(self.order.scale, self.order.warp)
        header = measured_header(self.scenario, volume, self.sessions, self.target, size)
        played: dict[str, Any] = {"steps_file": self.order.steps_file, "steps_hash": self.identity["steps_hash"]}
        played |= {"started": started, "error_rate": self.order.error_rate, "arm": self._arm(header.measurement)}
        if played["arm"] is not None:
            played["interval_s"] = 1.0  # a block is of whole intervals
        return header.model_copy(update=played)

    def _arm(self, measurement: Window) -> Turns | None:
        """Return what the header says of the turns that a run takes with another."""
        order = self.order
        if order.arm is None or order.other is None:
            return None
        arm = Arm(order.arm, self.scenario.file.seed)
        return Turns(index=order.arm, other=order.other, blocks=arm.blocks(measurement.from_s, measurement.to_s))
