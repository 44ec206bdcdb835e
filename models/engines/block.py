"""A block, bound to a simulation: bodies side by side, tried again when they fail or take too long."""

import math
from collections.abc import Sequence

from models.engines.activity import Play
from models.engines.course import Course
from models.engines.moments import ARRIVAL, DEADLINE, TIMER, IntegerTime, Moment
from models.engines.operations import LONGEST_NS, BoundBody, Draws, play_body
from models.engines.watch import Watch
from models.network import Block, Outcome


class BoundBlock:
    """Plays a block: try, pause, try."""

    def __init__(self, env: IntegerTime, draws: Draws, block: Block, bodies: Sequence[BoundBody]) -> None:
        self.number = block.number
        self._env = env
        self._block = block
        self._bodies = bodies
        self._backoff = draws.key(f"{block.purpose}/backoff")

    def play(self, course: Course) -> Play:
        """Try until it is ok or no try is left; the outcome is that of the last."""
        outcome = yield from self._try(course)
        factor = 1.0
        for _ in range(self._block.tries - 1):
            if outcome is Outcome.OK:
                break
            course = course.again()
            if self._block.backoff is not None:
                pause_ns = self._block.backoff.sample_ns(self._backoff, course.session, course.index)
                pause_ns = math.floor(min(pause_ns * factor, LONGEST_NS) + 0.5)
                yield Moment(self._env, TIMER + course.at(self.number), pause_ns)
                factor *= self._block.factor
            outcome = yield from self._try(course)
        return outcome

    def _try(self, course: Course) -> Play:
        timeout_ns = self._block.timeout_ns
        if timeout_ns is None and len(self._bodies) == 1:
            return (yield from play_body(self._bodies[0], course))
        plays = [self._begun(body, course) for body in self._bodies]
        with Watch(self._env, plays, self._block.cancel) as watch:
            if timeout_ns is not None:
                watch.limit(DEADLINE + course.at(self.number), timeout_ns + 1)
            outcome: Outcome = yield watch
        return outcome

    def _begun(self, body: BoundBody, course: Course) -> Play:
        """Play a body, beginning in the order of this instant."""
        if body:
            yield Moment(self._env, ARRIVAL + course.at(body[0].number), 0)
        return (yield from play_body(body, course))
