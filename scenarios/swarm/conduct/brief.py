"""The brief of a run: what the coordinator must know of it before it asks anybody to play, all of it checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reports.budgets import Budget, read_budgets
from reports.header import Header
from scenarios.run_header import measured_header
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct.storm import SHARE
from scenarios.swarm.generator.prepared import Prepared, identity_of
from scenarios.swarm.order import Order
from scenarios.target import Target, check_allowed, check_answers, parse_target
from scenarios.volume import Volume, check_caps


@dataclass(frozen=True)
class Brief:
    """An order with its target, the folder of its run, and what the coordinator alone is told.

    `workers` are how many must be there before it begins; `storm` the share of steps not ok at which it stops;
    `target_metrics` the path of the target's own metrics.
    """

    order: Order
    prepared: Prepared
    target: Target
    folder: Path
    workers: int
    storm: float = SHARE
    target_metrics: str | None = None
    budgets: Sequence[Budget] = field(default=())

    @classmethod
    def of(cls, order: Order, folder: Path, workers: int, storm: float, target_metrics: str | None) -> "Brief":
        """Read and check an order.

        Raises BadInput, TargetRefused or InvalidRun when it may not or cannot be played; nothing has been sent then
        but one request that asks whether the target answers.
        """
        prepared = Prepared.of(order)
        check_caps(prepared.scenario, prepared.sessions)
        if prepared.supplies is not None:
            prepared.supplies.check(prepared.scenario, prepared.sessions, order.allowed)
        authority = order.network.get("authority")
        target = parse_target(order.url, Path(authority) if authority else None)
        check_allowed(target, order.allowed)
        check_answers(target)
        file = prepared.scenario.file
        budgets = read_budgets(file.budgets, prepared.scenario.steps, source=prepared.scenario.path)
        return cls(order, prepared, target, folder, workers, storm, target_metrics, budgets)

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
        return identity_of(self.order, self.scenario)

    def header(self, started: datetime, size: dict[str, int] | None) -> Header:
        """Return the header of a run that starts at a wall time; `size` is what the target holds, where it tells."""
        volume = Volume(self.order.scale, self.order.warp)
        header = measured_header(self.scenario, volume, self.sessions, self.target, size)
        return header.model_copy(update={"started": started})
