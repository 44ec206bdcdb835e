"""An order that has been read: what is played, found to be playable before load begins."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cutover.base.clock import SECOND_NS
from fixtures.population import Population
from models.journeys import Walk
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.generator.conduct import Conduct
from scenarios.swarm.generator.parts import Parts
from scenarios.swarm.generator.record import Record
from scenarios.swarm.identification import Identification, identification
from scenarios.swarm.order import Order
from scenarios.swarm.permission import permit, reading_only
from scenarios.swarm.target.feeds import Places, no_place
from scenarios.swarm.target.steps_file import Step
from scenarios.swarm.target.supplied import Supplied
from scenarios.swarm.target.supplies import Supplies, read_supplies
from scenarios.target import Target


@dataclass(frozen=True)
class Prepared:
    """A scenario with its sessions, population and steps, and the target that they are played at."""

    order: Order
    scenario: Scenario
    sessions: Sessions
    population: Population
    steps: Mapping[str, Step]
    target: Target
    supplies: Supplies | None

    @classmethod
    def of(cls, order: Order) -> "Prepared":
        """Read an order; raise BadInput or TargetRefused when it may not or cannot be played."""
        scenario = order.read()
        target, may_write = permit(order, scenario.steps)
        steps = order.play(scenario)
        if not may_write:
            steps = reading_only(steps)
        sessions = order.sessions(scenario)
        population = Population(scenario.file.seed, places=scenario.places)
        supplies = None if order.supplies is None else read_supplies(Path(order.supplies))
        found = cls(order, scenario, sessions, population, steps, target, supplies)
        found.warm_up()
        return found

    def identity(self) -> dict[str, str | None]:
        """Return what must be the same on every machine that plays it."""
        return identity_of(self.order, self.scenario, self.supplies)

    def identification(self) -> Identification:
        """Return what identifies every request."""
        return identification(self.order, None if self.supplies is None else self.supplies.headers)

    def parts(self, change: Callable[[str, Step], Step] = lambda _, step: step) -> Parts:
        """Return the parts of the journeys, nobody in them yet; `change` may put something around a step."""
        walk = Walk(self.scenario.journeys, self.scenario.file.seed)
        return Parts(walk, self.scenario.steps, {name: change(name, step) for name, step in self.steps.items()})

    def conduct(self) -> Conduct:
        """Return what citizens do when a step was not ok."""
        return Conduct(self.scenario.file.seed, self.order.conduct())

    def supplied(self) -> Supplied | None:
        """Return what this generator gives to its visits, its accounts not yet dealt; None without a supplies file."""
        if self.supplies is None:
            return None
        place = Places(self.sessions).of if self.supplies.goes_by_place else no_place
        return self.supplies.supplied(self.scenario.file.seed, place)

    def warm_up(self) -> None:
        """Draw once all that a session draws, so that kernels are compiled and data read before the clock starts."""
        walk = Walk(self.scenario.journeys, self.scenario.file.seed)
        for journey, entry in enumerate(self.scenario.journeys):
            for index in range(len(entry.steps)):
                walk.think_ns(journey, index, 0, 1)
                walk.following(journey, index, 0, 0)
        self.population.citizen(0)
        self.sessions.columns(0.0, 1e-6)
        record = Record(self.scenario.steps)
        record.begun((0, 0, SECOND_NS))
        record.ended((0, 0, 0, SECOND_NS))
        record.exchanged((0, 0, 1, 1, 1, 1))
        record.drain()


def identity_of(order: Order, scenario: Scenario, supplies: Supplies | None) -> dict[str, str | None]:
    """Return what must be the same on every machine that plays a run: its program, its files, its supplies.

    Supplies are those that were read: a cast's command is not run again.
    """
    text = order.steps if order.locustfile is None else order.locustfile
    return {
        "version": version("cutover"),
        "scenario_hash": scenario.hash,
        "steps_hash": None if text is None else hashlib.sha256(text.encode()).hexdigest(),
        "supplies_digest": None if supplies is None else supplies.digest,
    }
