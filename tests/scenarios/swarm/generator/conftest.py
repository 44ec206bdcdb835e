"""A theatre for players: a clock that shows what it is told, and a portal that answers by script."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.conduct import CitizensEntry
from scenarios.scenario import read_scenario
from scenarios.sessions import Session
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.generator.agenda import Agenda
from scenarios.swarm.generator.outcomes import OUTCOMES
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.generator.play import Play
from scenarios.swarm.generator.player import Player
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.generator.stage import Stage
from scenarios.swarm.generator.stream import Lease, Stream
from scenarios.swarm.order import Order
from scenarios.volume import Volume

FOR_EVER = 1 << 60
OWN_STEPS = "from scenarios.steps import Get\n" + "".join(
    f"\n\ndef {name}(visit):\n    yield Get('/{name}')\n" for name in ("first", "second", "third")
)


class ScriptedClock:
    def __init__(self) -> None:
        self.at_ns = 0

    def now_ns(self) -> int:
        return self.at_ns


class Alarm:
    def __init__(self) -> None:
        self.rings_ns: int | None = None

    def ring_at(self, instant_ns: int | None) -> None:
        self.rings_ns = instant_ns


class Browser:
    """Asks a script: a function of session and ask that returns (after_ns, page or error), or None for no answer."""

    def __init__(self, theatre: "Theatre", session: Session) -> None:
        self.theatre, self.session = theatre, session
        self.sent_bytes = self.received_bytes = 0
        self.under_way = 0
        self.closed = False

    def ask(self, ask: Any, then: Callable[[Any], None], broken: Callable[[Exception], None]) -> None:
        assert not self.closed
        self.theatre.asked.append((self.session.number, self.theatre.clock.at_ns, ask))
        reply = self.theatre.portal(self.session, ask)
        self.under_way += 1
        if reply is None:
            return
        after_ns, found = reply
        self.theatre.agenda.at(
            self.theatre.clock.at_ns + after_ns, lambda mine=self.under_way: self._end(mine, found, then, broken)
        )

    def _end(self, mine: int, found: Any, then: Callable[[Any], None], broken: Callable[[Exception], None]) -> None:
        if mine == self.under_way and not self.closed:
            (broken if isinstance(found, Exception) else then)(found)

    def blocked_by(self, page: Any) -> str | None:
        return "it says so" if page.body == b"firewall" else None

    def drop(self) -> None:
        self.under_way += 1

    def close(self) -> None:
        self.closed = True


class Theatre:
    """A whole play under a scripted clock; `portal` answers, `told` are the messages, `notes` the steps that ended."""

    def __init__(self, prepared: Prepared, *, steps: Any = None, **options: Any) -> None:
        self.prepared, self.clock, self.alarm = prepared, ScriptedClock(), Alarm()
        self.agenda = Agenda(self.clock, self.alarm)
        self.asked: list[tuple[int, int, Any]] = []
        self.told: list[Mapping[str, Any]] = []
        self.notes: list[tuple[int, int, int, str, str, int, int, int]] = []
        self.begun: list[tuple[int, int]] = []
        self.browsers: list[Browser] = []
        self.portal: Callable[[Session, Any], Any] = lambda _session, _ask: (1_000_000, Answer(200, "/", b""))
        self.is_done = False
        parts = prepared.parts(lambda name, _: steps or plain_step(name))
        self.stage = Stage(
            parts=parts,
            conduct=prepared.conduct(),
            population=prepared.population,
            run="run",
            clock=self.clock,
            agenda=self.agenda,
            open_browser=self._open,
            tell=self.told.append,
            started=datetime(2025, 7, 1, tzinfo=UTC),
            origin_ns=0,
            supplied=prepared.supplied(),
        )
        limits = {"late_limit_s": 1.0} | options
        make = lambda lease: Stream(prepared.sessions, lease)  # noqa: E731
        self.play = Play(self.stage, make, self.told.append, self._done, **limits)
        self._watch()

    def _watch(self) -> None:
        end, play = self.stage.record.ended, self.stage.play

        def ended(note: Any) -> None:
            tag, intended, sent, at = note
            step, outcome = divmod(tag, len(OUTCOMES))
            player = self.current
            visit = (player.number, player.ordinal, player.visit_number)
            self.notes.append((*visit, self.stage.parts.names[step], OUTCOMES[outcome], intended, sent, at))
            end(note)

        def played(session: Session, instant_ns: int) -> None:
            self.begun.append((session.number, instant_ns))
            play(session, instant_ns)

        self.stage.record.ended = ended
        self.stage.play = played  # type: ignore[method-assign]

    @property
    def current(self) -> Any:
        """The player whose step ends: found on the stack, since records know no sessions."""
        frame = sys._getframe()
        while not isinstance(frame.f_locals.get("self"), Player):
            frame = frame.f_back
        return frame.f_locals["self"]

    def _open(self, session: Session, _: Any) -> Browser:
        self.browsers.append(Browser(self, session))
        return self.browsers[-1]

    def _done(self) -> None:
        self.is_done = True

    def lease(self, until_ns: int = FOR_EVER, me: int = 1, shares: Any = ((0, (1,)),), pace: Any = ()) -> None:
        self.play.lease(Lease(me, until_ns, tuple(shares), Pace(pace)))

    def run(self, until_ns: int = FOR_EVER) -> None:
        """Let time pass, from one deed to the next."""
        while self.alarm.rings_ns is not None and self.alarm.rings_ns <= until_ns and not self.is_done:
            self.clock.at_ns = max(self.clock.at_ns, self.alarm.rings_ns)
            self.agenda.work()
        if not self.is_done:
            self.clock.at_ns = max(self.clock.at_ns, until_ns)

    def of(self, kind: str) -> list[Any]:
        return [message for message in self.told if message["kind"] == kind]


def plain_step(name: str) -> Any:
    """A step that asks for one page, and fails unless it is answered 200."""

    def step(_: Any) -> Any:
        page = yield Get(f"/{name}")
        if page.status != 200:
            raise StepFailed(f"answered {page.status}")

    return step


@pytest.fixture
def prepare(scenario_file: Callable[..., Path], tmp_path: Path) -> Callable[..., Prepared]:
    """Return a function that prepares the small scenario, with texts replaced, journeys of its own, and conduct."""

    def prepared(*changes: tuple[str, str], citizens: Mapping[str, Any] | None = None, **journeys: str) -> Prepared:
        for name, text in journeys.items():
            (tmp_path / "journeys").mkdir(exist_ok=True)
            (tmp_path / "journeys" / f"{name}.toml").write_text(text, encoding="utf-8")
        scenario = read_scenario(scenario_file(*changes))
        order = Order.of(scenario, Volume(1.0, 1.0), "http://127.0.0.1:9", "run")
        conduct = CitizensEntry.model_validate(citizens or {}).model_dump(mode="json", exclude_defaults=True)
        steps = OWN_STEPS if journeys else None
        return Prepared.of(replace(order, citizens=conduct, steps=steps))

    return prepared


@pytest.fixture
def theatre(prepare: Callable[..., Prepared]) -> Callable[..., Theatre]:
    """Return a function that opens a theatre on the small scenario."""

    def opened(*changes: tuple[str, str], steps: Any = None, options: Any = None, **rest: Any) -> Theatre:
        return Theatre(prepare(*changes, **rest), steps=steps, **(options or {}))

    return opened
