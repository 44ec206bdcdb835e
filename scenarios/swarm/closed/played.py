"""What the users of a closed workload play: a scenario's steps and sessions."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.journeys import Walk
from scenarios.run_keys import RunKeys
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Session, Sessions
from scenarios.swarm.addresses import address
from scenarios.swarm.browser.origins import Origins
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.order import Order
from scenarios.swarm.target.steps_file import read_steps
from scenarios.swarm.visit import Visit
from scenarios.target import is_loopback, parse_target
from scenarios.volume import Volume

if TYPE_CHECKING:
    from scenarios.swarm.closed.users import CitizenUser

PROCESSES = 1 << 20
"""More processes than play one workload: a process that is through with its replication takes the one so far on."""


@dataclass
class Played:
    """What the users of one class and process play: a scenario's steps, and its sessions in order of their instants.

    Each process has a replication of the stream to itself, and begins another when one is at its end; `keys` and `walk`
    are those of the replication that is played.
    """

    host: str
    prepared: Prepared
    origins: Origins
    keys: RunKeys = field(init=False)
    walk: Walk = field(init=False)
    _sessions: Iterator[Session] = field(init=False)

    @classmethod
    def of(cls, user: "type[CitizenUser]", host: str) -> "Played":
        """Read and check what a class of users plays; raise BadInput or TargetRefused."""
        scenario = read_scenario(find_scenario(user.scenario))
        steps = None if user.steps is None else read_steps(Path(user.steps), scenario.steps).text
        target = parse_target(host)
        order = Order.of(
            scenario,
            Volume(1.0, 1.0),
            target.url,
            "closed",
            allowed=user.allowed,
            steps=steps,
            may_write=user.may_write,
            forwarded=is_loopback(target.host),
        )
        prepared = Prepared.of(order)
        return cls(host, prepared, Origins(prepared.target, user.allowed))

    def begin(self, process: int) -> None:
        """Begin a run, as the process of that number."""
        self._sessions = self._stream(f"closed-{uuid.uuid4()}", process)

    def next(self) -> Session:
        """Return the next session."""
        return next(self._sessions)

    def _stream(self, run: str, replication: int) -> Iterator[Session]:
        scenario = self.prepared.scenario
        while True:
            self.keys = RunKeys(f"{run}/{replication}")
            self.walk = Walk(scenario.journeys, scenario.file.seed, replication)
            sessions = Sessions(scenario, replication=replication)
            yield from sessions.window(0.0, sessions.duration_s)
            replication += PROCESSES

    def visit(self, session: Session) -> Visit:
        """Return a session's visit."""
        find, seed = self.prepared.population.citizen, self.prepared.scenario.file.seed
        return Visit(session.number, session.citizen, find, self.keys, seed, needs=session.procedure)

    def headers(self, session: Session) -> dict[str, str]:
        """Return what identifies a session's requests."""
        known = dict(self.prepared.identification().headers)
        return known | {"X-Forwarded-For": address(session)} if self.prepared.order.forwarded else known
