"""Citizens: what they do in a session, step by step, reload and come back included."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.again import Will
from models.engines.activity import Activity, Play
from models.engines.course import Course
from models.engines.door import Door, Entry
from models.engines.moments import DEADLINE, TIMER, IntegerTime, Moment
from models.engines.observer import Observer
from models.engines.operations import BoundBody, play_body
from models.engines.returns import ReturnsLedger
from models.engines.watch import Watch
from models.journeys import Walk
from models.network import Network, NetworkStep, Outcome


@dataclass
class _Open:
    """A step that has begun and not ended; `start_ns` is None in the pause before a reload."""

    step: NetworkStep
    ordinal: int
    visit: int
    intended_ns: int
    start_ns: int | None


class Citizens:
    """All sessions of a simulation: those under way, and what they have in common."""

    def __init__(
        self,
        env: IntegerTime,
        network: Network,
        programs: Mapping[str, BoundBody],
        door: Door | None,
        walk: Walk,
        observer: Observer,
        returns: ReturnsLedger,
    ) -> None:
        self.env = env
        self.journeys = network.journeys
        self.programs = programs
        self.door = door
        self.walk = walk
        self.observer = observer
        self.returns = returns
        self.reload = Will(walk.seed, walk.replication, "reload", network.citizens.reload)
        self.come_back = Will(walk.seed, walk.replication, "come_back", network.citizens.come_back)
        self.watched = network.citizens.may_return
        """Whether who has waited too long acts then, and not when the answer comes."""
        self._open: dict[int, _Open] = {}

    def begin(self, session: int, journey: int, province: int) -> None:
        """Begin a session now."""
        self.observer.session(self.env.now)
        Activity(Citizen(self, session, journey, province).play(), lambda _: None)

    def opened(self, session: int, step: _Open) -> None:
        """Take note of a step that begins."""
        self._open[session] = step
        self.observer.offered(step.step.name, step.intended_ns)

    def ended(self, session: int, outcome: Outcome, end_ns: int) -> None:
        """Tell how a step ended."""
        over = self._open.pop(session)
        name, intended_ns = over.step.name, over.intended_ns
        word = outcome.name.lower()
        self.observer.step(name, word, session, over.ordinal, intended_ns, intended_ns, end_ns, over.visit)

    def end(self) -> None:
        """End the steps that are open when the run ends: out of time, or unfinished."""
        now = self.env.now
        for session, step in sorted(self._open.items(), key=lambda item: item[0]):
            if step.start_ns is not None and now > step.start_ns + step.step.limit_ns:
                self.ended(session, Outcome.TIMED_OUT, step.start_ns + step.step.limit_ns)
            else:
                self.ended(session, Outcome.UNFINISHED, now)


class Citizen:
    """One session."""

    def __init__(self, all_of_them: Citizens, session: int, journey: int, province: int) -> None:
        self._common = all_of_them
        self._env = all_of_them.env
        self._session = session
        self._journey = journey
        self._province = province
        self._visit_number = 1
        self._ordinal = 0

    def play(self) -> Play:
        """Play visits until one is ok, or the citizen does not come back."""
        while True:
            outcome = yield from self._visit()
            visit = self._visit_number
            if outcome is Outcome.OK:
                return outcome
            wait_ns = self._common.come_back.wait_ns(self._session, visit, visit - 1)
            if wait_ns is None:
                return outcome
            self._visit_number += 1
            yield Moment(self._env, TIMER + self._course().at(0), wait_ns)
            self._common.returns.come_back()

    def _course(self) -> Course:
        return Course(self._session, self._province, self._visit_number, self._ordinal)

    def _visit(self) -> Play:
        """Play steps until the journey's exit, or until one is not ok."""
        entry = Entry(self._common.door)
        walk, journey, session = self._common.walk, self._journey, self._session
        index: int | None = 0
        first, outcome = True, Outcome.OK
        while index is not None and outcome is Outcome.OK:
            course = self._course()
            think_ns = 0 if first else walk.think_ns(journey, index, session, self._ordinal)
            if think_ns:
                yield Moment(self._env, TIMER + course.at(0), think_ns)
            outcome = yield from self._step(index, course, entry)
            if outcome is Outcome.OK:
                index = walk.following(journey, index, session, self._ordinal)
            first = False
            self._ordinal += 1
        entry.leave()
        return outcome

    def _step(self, index: int, course: Course, entry: Entry) -> Play:
        """Play a step, again when the citizen reloads."""
        common, session = self._common, self._session
        step = common.journeys[self._journey][index]
        open_ = _Open(step, self._ordinal, self._visit_number, self._env.now, None)
        common.opened(session, open_)
        reloads = 0
        while True:
            open_.start_ns = self._env.now
            outcome = yield from self._attempt(step, course, entry)
            end_ns = self._env.now
            if end_ns > open_.start_ns + step.limit_ns:
                outcome, end_ns = Outcome.TIMED_OUT, open_.start_ns + step.limit_ns
            wait_ns = None if outcome is Outcome.OK else common.reload.wait_ns(session, course.index, reloads)
            if wait_ns is None:
                common.ended(session, outcome, end_ns)
                return outcome
            open_.start_ns = None
            reloads += 1
            course = course.again()
            yield Moment(self._env, TIMER + course.at(0), wait_ns)
            common.returns.reload()

    def _attempt(self, step: NetworkStep, course: Course, entry: Entry) -> Play:
        """Play the step's program once, the door before it where the visit is not inside yet."""
        late_ns = self._env.now + step.limit_ns + 1
        if not entry.inside:
            outcome = yield from entry.ask(course)
            if outcome or self._env.now >= late_ns:
                return outcome
        program = play_body(self._common.programs[step.name], course)
        if not self._common.watched:
            return (yield from program)
        watch = Watch(self._env, [program])
        watch.limit(DEADLINE + course.at(0), late_ns - self._env.now)
        in_time: Outcome = yield watch
        return in_time
