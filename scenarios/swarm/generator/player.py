"""The player: takes one session through its journey, driven by what comes back and by the agenda."""

from functools import partial
from typing import TYPE_CHECKING, Any

from cutover.base.clock import SECOND_NS
from scenarios.sessions import Session
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import OneTimeCode, Pause
from scenarios.swarm.failures import StepBlocked, StepFailed, StepRejected
from scenarios.swarm.generator.outcomes import (
    BLOCKED,
    FAILED,
    OK,
    OUTCOMES,
    REJECTED,
    SKIPPED,
    TIMED_OUT,
    UNFINISHED,
)
from scenarios.swarm.target.casting import CastShort

if TYPE_CHECKING:
    from scenarios.swarm.asks import Asking
    from scenarios.swarm.browser.exchanged import Exchanged
    from scenarios.swarm.generator.stage import Stage

KINDS = len(OUTCOMES)
NOTHING = Answer(200, "", b"")
OUT_OF_TIME = "the step's time limit passed"
RUN_ENDED = "the run, or this generator's part in it, ended first"


class Player:
    """One session on a stage, in all its visits; its course is that of `docs/network.md`, to the nanosecond.

    A step is *open* from its intended start to its end, reloads and the pauses before them included. All instants are
    scenario time. `deadline_ns` is when the citizen gives the attempt under way up: an answer at it is seen, one after
    it is not, and whatever the citizen does then begins a nanosecond later.
    """

    __slots__ = (
        "_exchanges",
        "_part",
        "_stage",
        "_submission",
        "browser",
        "deadline_ns",
        "intended_ns",
        "is_open",
        "number",
        "ordinal",
        "over",
        "reloads",
        "seen",
        "sent_ns",
        "session",
        "visit",
        "visit_number",
    )

    def __init__(self, stage: "Stage", session: Session, instant_ns: int) -> None:
        self._stage, self.session, self.number = stage, session, session.number
        self._part = stage.parts.first(session.journey)
        self._exchanges: Asking | None = None
        self._submission: str | None = None
        self.visit_number, self.ordinal, self.reloads = 1, 0, 0
        self.intended_ns, self.sent_ns, self.deadline_ns = instant_ns, -1, 0
        self.is_open = self.over = False
        self.seen: list[Exchanged] = []
        self._come()

    @property
    def step(self) -> str:
        """The name of the step that it is in, or that comes next."""
        return self._part.name

    def _come(self) -> None:
        """Begin a visit, with a browser of its own."""
        stage = self._stage
        self.visit = stage.visit(self.session, self.visit_number)
        self.browser = stage.open_browser(self.session, self.seen.append)

    def begin(self) -> None:
        """Begin the step that is due."""
        if self.over:
            return
        self.is_open, self.reloads, self.sent_ns = True, 0, -1
        self._attempt(self.intended_ns)

    def reload(self) -> None:
        """Try the step again, after the pause that is over."""
        if self.over:
            return
        self._stage.record.count("reloads", self.deadline_ns)
        self._attempt(self.deadline_ns)

    def _attempt(self, due_ns: int) -> None:
        """Begin an attempt that was meant for an instant."""
        stage, part = self._stage, self._part
        self.deadline_ns = due_ns + part.limit_ns
        part.open[self] = None
        self.visit.answered = None
        sent_ns = stage.clock.now_ns()
        if self.sent_ns < 0:
            self.sent_ns = sent_ns
            stage.record.begun((part.step, self.intended_ns, sent_ns))
        self._exchanges = part.play(self.visit)
        self._go_on(None, sent_ns)

    def answered(self, page: Answer) -> None:
        """Take the answer to what was asked for: now the citizen has seen it, and has not yet looked at it."""
        now_ns = self._stage.clock.now_ns()
        self.visit.answered = page.status
        if now_ns > self.deadline_ns:
            self.out_of_time()
        else:
            self._go_on(page, now_ns)

    def broken(self, error: Exception) -> None:
        """Take the news that no answer comes."""
        now_ns = self._stage.clock.now_ns()
        if now_ns > self.deadline_ns:
            self.out_of_time()
        elif self._stage.is_our_fault(error):
            self._end(SKIPPED, str(error), now_ns)
        else:
            self._end(*self._failed(error, None), now_ns)

    def _failed(self, error: Exception, page: Answer | None) -> tuple[int, str]:
        """Return the outcome of a step that failed behind a page, and the reason: a firewall may have answered."""
        if isinstance(error, StepRejected):
            return REJECTED, str(error)
        if isinstance(error, StepBlocked):
            return BLOCKED, str(error)
        blocked = self.browser.blocked_by(page) if page is not None else None
        return (FAILED, str(error) or type(error).__name__) if blocked is None else (BLOCKED, blocked)

    def _go_on(self, page: Answer | None, now_ns: int) -> None:
        """Hand an answer that has just come to the step, and send what it asks for next."""
        exchanges = self._exchanges
        assert exchanges is not None, "an attempt is under way"
        try:
            ask = exchanges.send(page)  # type: ignore[arg-type] # None starts a generator
        except StopIteration:
            outcome, reason = OK, None
        except StepFailed as error:
            outcome, reason = self._failed(error, page)
        except CastShort as error:
            outcome, reason = SKIPPED, str(error)
            self._stage.cast_short(self)
        except Exception as error:  # noqa: BLE001 # an engineer's step may raise anything: it fails, and says why
            outcome, reason = FAILED, own_fault(error)
        else:
            self._ask(exchanges, ask)
            return
        self._end(outcome, reason, now_ns)

    def _ask(self, exchanges: "Asking", ask: Any) -> None:
        """Send what the step asks for, a submission only after it was noted."""
        visit = self.visit
        if visit.submitted is not None and self._submission is None:
            self._submission = visit.submitted
            self._stage.submitted(self)
        kind = type(ask)
        if kind is Pause:
            wake_ns = self._stage.clock.now_ns() + round(ask.seconds * SECOND_NS)
            self._stage.agenda.at(wake_ns, partial(self._resume, exchanges, NOTHING))
        elif kind is OneTimeCode:
            self._stage.find_code(ask.to, self.number, partial(self._resume, exchanges))
        else:
            try:
                self.browser.ask(ask, self.answered, self.broken)
            except Exception as error:  # noqa: BLE001 # what an engineer's step yields may be anything
                self.browser.drop()
                self._end(FAILED, own_fault(error), self._stage.clock.now_ns())

    def _resume(self, exchanges: "Asking", found: Answer | StepFailed) -> None:
        """Go on behind a pause, or with a code, if the attempt that waited for it is still under way."""
        if self._exchanges is not exchanges:
            return
        now_ns = self._stage.clock.now_ns()
        if isinstance(found, StepFailed):
            self.broken(found)
        elif now_ns > self.deadline_ns:
            self.out_of_time()
        else:
            self._go_on(found, now_ns)

    def out_of_time(self) -> None:
        """Give the attempt up, as the citizen did at its deadline."""
        self.browser.drop()
        self._end(TIMED_OUT, OUT_OF_TIME, self.deadline_ns)

    def _end(self, outcome: int, reason: str | None, now_ns: int) -> None:
        """End an attempt: the step has ended, or the citizen reloads it."""
        stage, part = self._stage, self._part
        part.open.pop(self, None)
        self._exchanges = None
        if self._submission is not None:
            self._settle()
        if outcome != OK:
            wait_ns = None if outcome == SKIPPED else stage.conduct.reload_ns(self.number, self.ordinal, self.reloads)
            if wait_ns is not None:
                if self.seen:
                    self._tell(part.step * KINDS + outcome, reason, now_ns)
                self.reloads += 1
                self.deadline_ns = now_ns + (outcome == TIMED_OUT) + wait_ns
                stage.agenda.at(self.deadline_ns, self.reload)
                return
            stage.failed(self, part.name, outcome, reason)
        tag = part.step * KINDS + outcome
        stage.record.ended((tag, self.intended_ns, self.sent_ns, now_ns))
        if self.seen:
            self._tell(tag, reason, now_ns)
        self.is_open = False
        if outcome == OK:
            self._proceed(part.following(self.number, self.ordinal), now_ns)
        else:
            self._leave(now_ns + (outcome == TIMED_OUT))

    def _tell(self, tag: int, reason: str | None, end_ns: int) -> None:
        """Tell the exchanges of an attempt that has ended."""
        self._stage.exchanged(self, tag, reason, end_ns)
        self.seen.clear()

    def _proceed(self, part: Any, now_ns: int) -> None:
        """Think about the next step, or end the session."""
        self.ordinal += 1
        if part is None or self._stage.is_closing:
            self.finish()
            return
        self._part = part
        think_ns = part.think_ns(self.number, self.ordinal)
        self.intended_ns = now_ns + think_ns
        if think_ns == 0 and self.visit.answered is not None:
            self.begin()
        else:  # a step that asked for nothing leads on by the agenda, lest steps without exchanges nest without end
            self._stage.agenda.at(self.intended_ns, self.begin)

    def _leave(self, now_ns: int) -> None:
        """End a visit that went wrong; come back later, or not."""
        stage = self._stage
        self.ordinal += 1
        wait_ns = stage.conduct.come_back_ns(self.number, self.visit_number)
        if wait_ns is None or stage.is_closing:
            self.finish()
            return
        self.browser.close()
        self.visit_number += 1
        self.intended_ns = now_ns + wait_ns
        stage.agenda.at(self.intended_ns, self.come_back)

    def come_back(self) -> None:
        """Begin the next visit with the journey's first step."""
        if self.over:
            return
        stage = self._stage
        stage.record.count("come_backs", self.intended_ns)
        self._come()
        self._part = stage.parts.first(self.session.journey)
        self.begin()

    def finish(self) -> None:
        """End the session."""
        self.over = True
        self.browser.close()
        self._stage.over(self)

    def break_off(self, now_ns: int) -> None:
        """End the session because the run ends: a step that is open is unfinished."""
        self.browser.drop()
        part = self._part
        part.open.pop(self, None)
        self._exchanges = None
        if self.is_open:
            tag = part.step * KINDS + UNFINISHED
            self._stage.record.ended((tag, self.intended_ns, self.sent_ns, now_ns))
            if self.seen:
                self._tell(tag, RUN_ENDED, now_ns)
        self.finish()

    def _settle(self) -> None:
        """Note what came of a submission, once."""
        self._stage.settled(self)
        self._submission = self.visit.submitted = None


def own_fault(error: Exception) -> str:
    """Return the reason why a step failed whose own code raised an error."""
    return f"the step's own code: {type(error).__name__}: {error}"
