"""The one locust user of a swarm, and what locust is told to do with it.

Locust's users wait for an answer before they come again, so they cannot keep a schedule. Here locust has a single user,
which starts every session of the schedule in a greenlet of its own; locust keeps its command line, its web page and its
statistics.
"""

import sys
from argparse import Namespace
from typing import Any, ClassVar

from locust import User, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from cutover.base.errors import BadInput, CutoverError
from scenarios.swarm.conductor import Conductor
from scenarios.swarm.options import SwarmOptions, add_options


class Citizens(User):
    """All citizens of the scenario."""

    fixed_count = 1
    conductor: ClassVar[Conductor | None] = None

    @task
    def play(self) -> None:
        """Play the whole schedule once, then end the test."""
        conductor = type(self).conductor
        if conductor is not None:
            conductor.play()
        _end(self.environment)


def _refuse_several_machines(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, (MasterRunner, WorkerRunner)):
        sys.stderr.write("locust --master/--worker: the swarm plays in one process; start locust without them\n")
        sys.exit(BadInput.exit_code)


def _begin(environment: Environment, **_: Any) -> None:
    try:
        Citizens.conductor = Conductor(environment, SwarmOptions.of(environment.parsed_options or Namespace()))
    except CutoverError as error:
        Citizens.conductor = None
        environment.process_exit_code = error.exit_code
        sys.stderr.write(f"{error}\n")
    else:
        environment.process_exit_code = 0


def _close(**_: Any) -> None:
    if Citizens.conductor is not None:
        Citizens.conductor.close()
        Citizens.conductor = None


def _end(environment: Environment) -> None:
    """Stop the test; without a web page, end the process too."""
    runner = environment.runner
    if runner is not None:
        (runner.stop if environment.web_ui else runner.quit)()


events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(_refuse_several_machines)
events.test_start.add_listener(_begin)
events.test_stop.add_listener(_close)
