"""The player: takes one session through its journey, step by step, and records each."""

from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from geventhttpclient.response import HTTPParseError

from cutover.base.clock import SECOND_NS
from fixtures.population import Population
from models.journeys import Journey, Walk
from reports.receipts import Receipt
from reports.recorder import Recorder
from reports.writer import RunWriter
from scenarios.run_keys import RunKeys
from scenarios.sessions import Session
from scenarios.swarm.addresses import address
from scenarios.swarm.clock import Clock
from scenarios.swarm.exchanges import Get, Page, StepBlocked, StepFailed, StepRejected
from scenarios.swarm.steps import STEPS
from scenarios.swarm.visit import Visit
from scenarios.swarm.wire import Wire
from scenarios.target import Target

FAILURES_KEPT = 20
REFUSALS = range(400, 500)


@dataclass
class Stage:
    """What all players of a run share; `tells_addresses`: requests name the address that they stand for."""

    target: Target
    journeys: tuple[Journey, ...]
    walk: Walk
    population: Population
    keys: RunKeys
    seed: int
    clock: Clock
    recorder: Recorder
    writer: RunWriter
    tell_locust: Callable[[str, str, int], None]
    headers: dict[str, str]
    tells_addresses: bool = False
    received_bytes: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    def failed(self, step: str, session: int, reason: str) -> None:
        """Log why a step failed; the first 20 of each step are kept."""
        seen = self.failures[step] = self.failures.get(step, 0) + 1
        if seen <= FAILURES_KEPT:
            now_s = self.clock.now_ns() / SECOND_NS
            self.writer.event(now_s, "step failed", step=step, session=session, reason=reason)


class Player:
    """One session on a stage."""

    def __init__(self, stage: Stage, session: Session) -> None:
        self._stage = stage
        self._session = session
        self._journey = stage.journeys[session.journey]
        citizen = stage.population.citizen(session.citizen)
        self._visit = Visit(session.number, citizen, stage.keys, stage.seed, session.procedure)
        longest_s = max(step.limit_s for step in self._journey.steps)
        self._submitted = False
        headers = {**stage.headers, "X-Forwarded-For": address(session)} if stage.tells_addresses else stage.headers
        self._wire = Wire(stage.target, headers, longest_s)

    def play(self) -> None:
        """Play the journey to its exit, to its first step that is not ok, or until the run ends."""
        walk, session = self._stage.walk, self._session
        index: int | None = 0
        intended_ns, ordinal = session.instant_ns, 0
        try:
            while index is not None:
                self._stage.clock.sleep_until(intended_ns)
                outcome, end_ns = self._step(index, ordinal, intended_ns)
                if outcome != "ok":
                    return
                index = walk.following(session.journey, index, session.number, ordinal)
                ordinal += 1
                if index is not None:
                    intended_ns = end_ns + walk.think_ns(session.journey, index, session.number, ordinal)
        finally:
            self._wire.close()

    def _step(self, index: int, ordinal: int, intended_ns: int) -> tuple[str, int]:
        """Play one step and record it; return its outcome and end."""
        stage, step = self._stage, self._journey.steps[index]
        stage.recorder.offered(step.name, intended_ns)
        sent_ns = stage.clock.now_ns()
        limit_ns = int(step.limit_s * SECOND_NS)
        outcome, self._visit.answered = "unfinished", None
        try:
            outcome = self._limited(step.name, max(0, intended_ns + limit_ns - sent_ns))
        finally:
            end_ns = stage.clock.now_ns()
            stage.recorder.step(step.name, outcome, self._session.number, ordinal, intended_ns, sent_ns, end_ns)
            stage.tell_locust(step.name, outcome, end_ns - intended_ns)
            if self._submitted:
                self._keep_receipt()
        return outcome, end_ns

    def _limited(self, step: str, limit_ns: int) -> str:
        """Run a step under its time limit and return how it ended."""
        timer = gevent.Timeout(limit_ns / SECOND_NS)
        try:
            with timer:
                self._exchange_all(step)
        except gevent.Timeout as expired:
            if expired is not timer:
                raise
            outcome, reason = "timed_out", "the step's time limit passed"
        except StepRejected as error:
            outcome, reason = "rejected", str(error)
        except StepBlocked as error:
            outcome, reason = "blocked", str(error)
        except (StepFailed, OSError, HTTPParseError) as error:
            outcome, reason = "failed", str(error) or type(error).__name__
        else:
            return "ok"
        self._stage.failed(step, self._session.number, reason)
        return outcome

    def _exchange_all(self, step: str) -> None:
        """Drive the step's generator: send what it asks for, hand back what came."""
        exchanges = STEPS[step](self._visit)
        before = self._wire.received_bytes
        try:
            ask = next(exchanges)
            while True:
                self._note_submission()
                if isinstance(ask, Get) and ask.after_s:
                    gevent.sleep(ask.after_s)
                ask = exchanges.send(self._answered(self._wire.exchange(ask)))
        except StopIteration:
            return
        finally:
            self._stage.received_bytes += self._wire.received_bytes - before

    def _answered(self, page: Page) -> Page:
        self._visit.answered = page.status
        return page

    def _note_submission(self) -> None:
        """Write that a dossier is about to be submitted, so that it is known even if no answer is ever seen."""
        if self._visit.submitted is not None and not self._submitted:
            self._submitted = True
            self._stage.writer.receipts([self._receipt()])

    def _keep_receipt(self) -> None:
        """Write what came of a submission, once: its receipt, or that the portal refused it (4xx).

        Any other answer without a receipt, such as a 500, does not tell whether the dossier was stored.
        """
        self._submitted = False
        refused = self._visit.answered in REFUSALS
        if refused or self._visit.receipt is not None:
            self._stage.writer.receipts([self._receipt(refused=refused)])
        self._visit.submitted = None

    def _receipt(self, *, refused: bool = False) -> Receipt:
        visit = self._visit
        if visit.submitted is None:
            raise AssertionError("a receipt is written of a submission")
        return Receipt(visit.session, 1, "submit", visit.submitted, visit.receipt, visit.digest, refused=refused)
