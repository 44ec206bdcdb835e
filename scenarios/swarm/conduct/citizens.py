"""The one locust user of a swarm, and what locust is told to do with it.

Locust's users wait for an answer before they come again, so they cannot keep a schedule. Here locust has a single user
that only waits: a coordinator in locust's master (or its only process) says who starts what, a generator beside each
worker makes the load, and locust keeps its command line, its channel, its web page and its statistics.
"""

import os
import sys
import traceback
from argparse import Namespace
from typing import Any, ClassVar

import gevent
from locust import User, events, task
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from cutover.base.errors import CutoverError
from scenarios.swarm.conduct.conductor import Conductor
from scenarios.swarm.conduct.control import Control
from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.guest import Guest
from scenarios.swarm.conduct.links import LocalLink, MasterLink, WorkerLink
from scenarios.swarm.conduct.options import add_options, brief_of
from scenarios.swarm.conduct.stats_feed import StatsFeed
from scenarios.swarm.conduct.token import read_token
from scenarios.swarm.conduct.web_login import guard, web_password

WAITS_S = 3600.0


class Citizens(User):
    """Stands for all citizens of the scenario; it sends nothing itself."""

    fixed_count = 1
    process: ClassVar["Process | None"] = None

    @task
    def wait_for_the_end(self) -> None:
        """Let the generators play."""
        gevent.sleep(WAITS_S)


class Process:
    """What this locust process is to the swarm: coordinator of all workers, of its own only, or a worker."""

    def __init__(self, environment: Environment) -> None:
        self._environment, self._parsed = environment, environment.parsed_options or Namespace()
        self._conductor: Conductor | None = None
        self._control: Control | None = None
        self._is_stopped = False
        runner = environment.runner
        self._link: MasterLink | LocalLink | None = None
        self._worker: WorkerLink | None = None
        if isinstance(runner, WorkerRunner):
            token = read_token(self._parsed.token_file or None, runner.master_host, "--master-host")
            self._worker = WorkerLink(runner, runner.client_id, token, self._refused)
        elif isinstance(runner, MasterRunner):
            token = read_token(self._parsed.token_file or None, runner.master_bind_host, "--master-bind-host")
            self._link = MasterLink(runner, token, self._joined, self._heard)
        elif isinstance(runner, LocalRunner):
            self._link = LocalLink(self._heard)
        if self._parsed.parent_pid is not None:
            gevent.spawn(self._watch_parent, self._parsed.parent_pid)
        if environment.web_ui is not None:
            password = web_password(self._parsed.web_host, self._parsed.web_password_file or None)
            if password:
                guard(environment.web_ui.app, password)

    def begin(self) -> None:
        """Begin a run when the test starts; what keeps it from beginning ends the test with words and exit code."""
        environment = self._environment
        if self._link is None or environment.runner is None:
            return
        try:
            expected = self._parsed.expect_workers if isinstance(environment.runner, MasterRunner) else 1
            workers = max(expected, len(self._link.present()))
            brief = brief_of(self._parsed, environment.host, workers)
            feed = StatsFeed(environment.runner.stats)
            self._conductor, self._is_stopped = Conductor(brief, self._link, feed.add), False
            self._conductor.begin()
        except Exception as error:  # noqa: BLE001 # locust would log it, and wait for an end that never comes
            self._conductor = None
            words = f"{error}\n" if isinstance(error, CutoverError) else traceback.format_exc()
            environment.process_exit_code = getattr(error, "exit_code", CutoverError.exit_code)
            sys.stderr.write(words)
            gevent.spawn(self._end)
        else:
            environment.process_exit_code = 0
            gevent.spawn(self._end_when_over, self._conductor)
            self._control = Control(brief.folder, self._conductor)

    def stop(self, reason: str = "the test was stopped") -> None:
        """Stop the run that is going on, if one is, and wait until it is closed; a second call waits too."""
        self._is_stopped = True
        if self._conductor is not None:
            self._conductor.stop(reason)
            self._conductor = None
        if self._control is not None:
            self._control.close()
            self._control = None

    def quit(self) -> None:
        """End all that this process has started."""
        self.stop()
        for link in (self._worker, self._link):
            if link is not None:
                link.close()
        self._worker = self._link = None

    def _joined(self, guest: Guest) -> None:
        if self._conductor is not None:
            self._conductor.joined(guest)

    def _heard(self, address: str, message: Message) -> None:
        if self._conductor is not None:
            self._conductor.heard(address, message)

    def _refused(self, words: str) -> None:
        self._environment.process_exit_code = 2
        sys.stderr.write(f"refused by the coordinator: {words}\n")
        gevent.spawn(self._end)

    def _end_when_over(self, conductor: Conductor) -> None:
        conductor.over.wait()
        if not self._is_stopped:
            self._end()

    def _watch_parent(self, parent_pid: int) -> None:
        """End this process when the one that started it has ended."""
        while os.getppid() == parent_pid:
            gevent.sleep(1.0)
        self.stop("the process that started it ended")
        self._quit()

    def _end(self) -> None:
        """Stop the test; end the process too, unless it serves a page for people who may begin another."""
        runner, page = self._environment.runner, self._environment.web_ui
        if runner is not None and page is not None and not self._parsed.order_file:
            runner.stop()
        else:
            self._quit()

    def _quit(self) -> None:
        if self._environment.runner is not None:
            self._environment.runner.quit()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()


def _init(environment: Environment, **_: Any) -> None:
    try:
        Citizens.process = Process(environment)
    except CutoverError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def _begin(**_: Any) -> None:
    if Citizens.process is not None:
        Citizens.process.begin()


def _stop(**_: Any) -> None:
    if Citizens.process is not None:
        Citizens.process.stop()


def _quit(**_: Any) -> None:
    if Citizens.process is not None:
        Citizens.process.quit()
        Citizens.process = None


events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(_init)
events.test_start.add_listener(_begin)
events.test_stopping.add_listener(_stop)
events.quitting.add_listener(_quit)
