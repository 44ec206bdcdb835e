"""A closed workload: ordinary locust users who play a scenario's sessions, one after the other.

    from locust import between
    from scenarios.users import CitizenUser

    class Citizen(CitizenUser):
        scenario = "rehearsal"
        wait_time = between(1, 5)

Locust says how many there are (`--users`, `--spawn-rate`, a load shape); each begins its next session when the one
before has ended and `wait_time` has passed. So arrivals wait for the portal, and no schedule, recording or gate of ours
applies: the statistics are locust's own, a row for each step (type STEP), from its actual send to its end.
"""

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, events, task
from locust.env import Environment
from locust.exception import StopUser

from cutover.base.errors import CutoverError
from scenarios.swarm.closed.course import Course
from scenarios.swarm.closed.played import Played


class CitizenUser(FastHttpUser):
    """Plays one session of a scenario after the other: its journeys, think times, branches, limits and steps.

    `scenario` is a path or the name of a shipped one, `steps` the path of a steps file (None: the stand-in's steps),
    `allowed` the hosts beside loopback that may be loaded, `may_write` whether steps may write there. A step that is
    not ok ends its session. Each session is a new visitor: without cookies, and on connections of its own.
    """

    abstract = True
    scenario: ClassVar[str] = "rehearsal"
    steps: ClassVar[str | None] = None
    allowed: ClassVar[tuple[str, ...]] = ()
    may_write: ClassVar[bool] = False
    max_redirects = 0
    played: ClassVar[Played | None] = None

    @task
    def session(self) -> None:
        """Play one session."""
        played = type(self).played
        if played is None:
            raise StopUser  # what it should play cannot be played: locust is ending
        session = played.next()
        course = Course(self, played, session)
        try:
            course.play()
        finally:
            course.close()


def _played(environment: Environment) -> Iterator[tuple[type[CitizenUser], Played]]:
    """Yield the classes of users with what each plays at locust's host; raises BadInput or TargetRefused."""
    for user in environment.user_classes:
        host = environment.host or user.host
        if issubclass(user, CitizenUser) and host:
            yield user, user.played if user.played and user.played.host == host else Played.of(user, host)


def _init(environment: Environment, **_: Any) -> None:
    """Read and compile before locust's own clock starts; end locust where what is to be played cannot be."""
    try:
        for user, played in _played(environment):
            user.played = played
    except CutoverError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def _begin(environment: Environment, **_: Any) -> None:
    """Begin a run: at another host, perhaps, that was named on the page."""
    runner = environment.runner
    try:
        for user, played in _played(environment):
            user.played = played
            played.begin(max(0, getattr(runner, "worker_index", 0)))
    except CutoverError as error:
        sys.stderr.write(f"{error}\n")
        environment.process_exit_code = error.exit_code
        for each in environment.user_classes:
            if issubclass(each, CitizenUser):
                each.played = None
        if runner is not None:
            gevent.spawn(runner.stop)


events.init.add_listener(_init)
events.test_start.add_listener(_begin)
