"""The stage: what all players of a generator share, and whom they tell."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cutover.base.clock import SECOND_NS
from fixtures.population import Population
from reports.receipts import Receipt
from scenarios.run_keys import RunKeys
from scenarios.sessions import Session
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.generator.agenda import Agenda
from scenarios.swarm.generator.clock import Clock
from scenarios.swarm.generator.code_finder import FindCode, Found
from scenarios.swarm.generator.conduct import Conduct
from scenarios.swarm.generator.har import entry
from scenarios.swarm.generator.hearing import Tell
from scenarios.swarm.generator.hiding import without
from scenarios.swarm.generator.outcomes import OK, OUTCOMES
from scenarios.swarm.generator.parts import Parts
from scenarios.swarm.generator.player import Player
from scenarios.swarm.generator.record import Record
from scenarios.swarm.generator.samples import Sample, Samples, named
from scenarios.swarm.generator.surfing import OpenBrowser
from scenarios.swarm.identification import Identification
from scenarios.swarm.target.supplied import Supplied
from scenarios.swarm.visit import Visit

FAILURES_KEPT = 20
REFUSALS = range(400, 500)
NOBODY = Identification({})


class Stage:
    """What players have in common.

    `players` are the sessions in progress by number, `begun` and `ended` those since somebody last looked. `started` is
    the wall time of scenario start, `origin_ns` its instant on CLOCK_MONOTONIC, on which exchanges are timed.
    """

    def __init__(
        self,
        *,
        parts: Parts,
        conduct: Conduct,
        population: Population,
        run: str,
        clock: Clock,
        agenda: Agenda,
        open_browser: OpenBrowser,
        tell: Tell,
        started: datetime,
        origin_ns: int,
        supplied: Supplied | None = None,
        find_code: FindCode | None = None,
        is_our_fault: Callable[[Exception], bool] = lambda _: False,
        known_by: Identification = NOBODY,
    ) -> None:
        self.parts, self.conduct, self.clock, self.agenda = parts, conduct, clock, agenda
        self.open_browser, self.is_our_fault = open_browser, is_our_fault
        self.record = Record(parts.names)
        self.samples = Samples(parts.names, self._tell_sample)
        self.players: dict[int, Player] = {}
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.received_bytes = self.started = 0
        self.is_closing = False
        self.connections = Counter[tuple[str, str]]()
        self._find, self._keys, self._seed = population.citizen, RunKeys(run), population.seed
        self._tell, self.supplied, self._codes = tell, supplied, find_code
        self._started, self._origin_ns, self._known_by = started, origin_ns, known_by
        self._failures: Counter[str] = Counter()

    def play(self, session: Session, instant_ns: int) -> None:
        """Begin a session."""
        self.record.count("started", instant_ns)
        self.started += 1
        self.begun.append(session.number)
        player = self.players[session.number] = Player(self, session, instant_ns)
        player.begin()

    def skip(self, session: Session, instant_ns: int) -> None:
        """Note a session that is not begun any more: this generator was late."""
        now_ns = self.clock.now_ns()
        part = self.parts.first(session.journey)
        self.record.skipped(part.step, instant_ns, now_ns)

    def over(self, player: Player) -> None:
        """Let go of a session that is over."""
        del self.players[player.number]
        self.ended.append(player.number)
        if self.supplied is not None:
            self.supplied.end(player.number)

    def visit(self, session: Session, number: int) -> Visit:
        """Make the visit of a number, from 1, of a session."""
        who, wants = (session.number, session.citizen), session.procedure
        return Visit(*who, self._find, self._keys, self._seed, number, wants, self.supplied)

    def exchanged(self, player: Player, tag: int, reason: str | None, end_ns: int) -> None:
        """Record the exchanges of an attempt that has ended, and keep those worth looking at."""
        note, intended_ns, shelf = self.record.exchanged, player.intended_ns, self.samples.shelves[tag]
        for each in player.seen:
            began_ns = each.started_ns
            total_ns = each.ended_ns - began_ns
            first_ns = each.first_byte_ns
            note((tag, intended_ns, each.connect_ns, each.tls_ns, first_ns - began_ns if first_ns else 0, total_ns))
            self.received_bytes += each.bytes
            if not each.reused:
                self.connections[each.address, each.protocol] += 1
            if total_ns > shelf.floor_ns:
                self.samples.slow(self._sample("slow", player, tag, reason, end_ns, each))
        if tag % len(OUTCOMES) != OK and shelf.has_room:
            self.samples.failing(self._sample("failing", player, tag, reason, end_ns, player.seen[-1]))

    def _sample(self, why: str, player: Player, tag: int, reason: str | None, end_ns: int, exchanged: Any) -> Sample:
        hidden = self._hidden(player)
        visit, ordinal, attempt = player.visit_number, player.ordinal, player.reloads
        return Sample(why, tag, player.number, visit, ordinal, attempt, reason, end_ns, exchanged, hidden)

    def _hidden(self, player: Player) -> tuple[str, ...]:
        """Return the texts that no record of a session may show."""
        own = () if self.supplied is None else self.supplied.hidden(player.number)
        return own + self._known_by.hidden

    def _tell_sample(self, sample: Sample) -> None:
        exchanged = sample.exchanged
        started = self._started + timedelta(microseconds=(exchanged.started_ns - self._origin_ns) / 1000)
        about, agreed = named(sample, self.parts.names), self._known_by.agreed
        self._tell({"kind": "sample", "entry": entry(exchanged, started, about, sample.hidden, agreed)})

    def failed(self, player: Player, step: str, outcome: int, reason: str | None) -> None:
        """Tell why a step was not ok; the first 20 of each step are told."""
        self._failures[step] += 1
        if self._failures[step] <= FAILURES_KEPT:
            told = reason and without(reason, self._hidden(player))
            self.event("step failed", step=step, session=player.number, outcome=OUTCOMES[outcome], reason=told)

    def cast_short(self, player: Player) -> None:
        """Tell that a session found no free account; the first 20 are told."""
        self._failures["cast short"] += 1
        if self._failures["cast short"] <= FAILURES_KEPT:
            self.event("cast short", session=player.number)

    def event(self, event: str, **details: Any) -> None:
        """Tell an event that happens now."""
        self._tell({"kind": "event", "t": self.clock.now_ns() / SECOND_NS, "event": event, **details})

    def submitted(self, player: Player) -> None:
        """Tell that a dossier is about to be submitted, so that it is known even if no answer is ever seen."""
        self._receipt(player, refused=False)

    def settled(self, player: Player) -> None:
        """Tell what came of a submission: its receipt, or that the portal refused it (4xx).

        Any other answer without a receipt, such as a 500, does not tell whether the dossier was stored.
        """
        refused = player.visit.answered in REFUSALS
        if refused or player.visit.receipt is not None:
            self._receipt(player, refused=refused)

    def _receipt(self, player: Player, *, refused: bool) -> None:
        visit = player.visit
        assert visit.submitted is not None, "a receipt is written of a submission"
        receipt = Receipt(
            player.number, player.visit_number, "submit", visit.submitted, visit.receipt, visit.digest, refused=refused
        )
        self._tell({"kind": "receipts", "receipts": [receipt.to_record()]})

    def find_code(self, to: str, session: int, then: Found) -> None:
        """Find a one-time code and hand it on."""
        if self.supplied is None or self._codes is None:
            then(StepFailed("there is no hook for one-time codes: name one in a file for --supplies"))
        else:
            self._codes(self.supplied, to, session, then)

    def give_up(self, now_ns: int) -> None:
        """Let the citizens whose limit has passed leave."""
        for opened in self.parts.open_by_limit.values():
            late = []
            for player in opened:  # in the order of their deadlines, but for what a late generator shifted
                if player.deadline_ns >= now_ns:
                    break
                late.append(player)
            for player in late:
                player.out_of_time()

    def let_go(self) -> None:
        """Let no further step begin: who thinks, leaves, and who is in a step leaves when it ends."""
        self.is_closing = True
        for player in [player for player in self.players.values() if not player.is_open]:
            player.finish()

    def break_off(self) -> None:
        """End all sessions in progress; their open steps are unfinished."""
        now_ns = self.clock.now_ns()
        for player in list(self.players.values()):
            player.break_off(now_ns)
