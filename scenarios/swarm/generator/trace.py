"""One citizen, played alone and told in words: each step, each exchange, and what was found wrong."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any

import uvloop

from cutover.base.clock import SECOND_NS
from cutover.base.errors import BadInput
from scenarios.sessions import Session, Sessions
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.browser.limits import is_generators_fault
from scenarios.swarm.generator.agenda import Agenda
from scenarios.swarm.generator.code_finder import code_finder
from scenarios.swarm.generator.har import phrase, redacted
from scenarios.swarm.generator.outcomes import OUTCOMES
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.generator.stage import Stage
from scenarios.swarm.generator.stream import PIECE_NS
from scenarios.swarm.generator.surfing import Observe, Surf
from scenarios.swarm.generator.visitors import browsers, network_of, trace_of
from scenarios.swarm.order import Order
from scenarios.swarm.target.supplied import Supplied

LOOK_EVERY_S = 0.002

Say = Callable[[str | None], None]


def trace(order: Order, number: int) -> Iterator[str]:
    """Play the session of a number at the order's target, and yield what happens, a line each, as it happens.

    The clock leaps over pauses; all else is as in a swarm. Parameters named like secrets are not shown. Raises BadInput
    for a number that the scenario has not, and for what cannot be played.
    """
    prepared = Prepared.of(order)
    session = find(prepared.sessions, number, order.scenario)
    words: asyncio.Queue[str | None] = asyncio.Queue()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        telling = runner.get_loop().create_task(_play(prepared, session, words.put_nowait))
        while (word := runner.run(words.get())) is not None:
            yield word
        runner.run(_finished(telling))


def find(sessions: Sessions, number: int, scenario: str) -> Session:
    """Return the session of a number; raise BadInput when there is none."""
    begins_ns, ends_ns = 0, round(sessions.duration_s * SECOND_NS)
    while begins_ns < ends_ns:
        found = sessions.columns(begins_ns / SECOND_NS, min(begins_ns + PIECE_NS, ends_ns) / SECOND_NS)
        if number in found.number:
            return next(session for session in sessions.each(found) if session.number == number)
        begins_ns += PIECE_NS
    first = next(iter(sessions.window(0.0, sessions.duration_s)), None)
    remedy = "the scenario has none at this scale" if first is None else f"the first one is {first.number}"
    raise BadInput.single(scenario, "session", number, "is no session of the scenario as it is played", remedy)


async def _finished(telling: "asyncio.Task[None]") -> None:
    await telling


class LeapingClock:
    """A clock that can be put forward."""

    def __init__(self, now_ns: int) -> None:
        self._ahead_ns = now_ns - perf_counter_ns()

    def now_ns(self) -> int:
        """Return the time it shows."""
        return perf_counter_ns() + self._ahead_ns

    def leap(self, to_ns: int) -> int:
        """Put it forward to an instant, never back; return by how much."""
        by_ns = max(0, to_ns - self.now_ns())
        self._ahead_ns += by_ns
        return by_ns


class NoAlarm:
    """An alarm for an agenda that is looked at all the time."""

    def ring_at(self, instant_ns: int | None) -> None:
        """Do nothing."""


async def _play(prepared: Prepared, session: Session, say: Say) -> None:
    """Play a session, leaping over its pauses."""
    loop = asyncio.get_running_loop()
    network = network_of(loop, prepared)
    clock = LeapingClock(session.instant_ns)
    agenda = Agenda(clock, NoAlarm())
    parts = prepared.parts(lambda name, play: _told_step(name, play, say))
    opened = browsers(network, prepared)

    def open_browser(session: Session, observe: Observe) -> Surf:
        def both(exchanged: Exchanged) -> None:
            say(f"    {words_of(exchanged)}")
            observe(exchanged)

        return opened(session, both)

    stage = Stage(
        parts=parts,
        conduct=prepared.conduct(),
        population=prepared.population,
        run=prepared.order.run,
        clock=clock,
        agenda=agenda,
        open_browser=open_browser,
        tell=lambda message: _tell(message, say),
        started=datetime.now(UTC),
        origin_ns=perf_counter_ns(),
        supplied=_with_an_account(prepared.supplied()),
        find_code=code_finder(loop),
        is_our_fault=is_generators_fault,
        known_by=prepared.identification(),
    )
    stage.record.ended = lambda note: _told_end(note, stage, say)
    try:
        name = prepared.scenario.journeys[session.journey].name
        say(f"session {session.number}: citizen {session.citizen}, {name}, at {session.instant_ns / SECOND_NS:.3f} s")
        say(f"trace id {trace_of(prepared.order.run, session.number)}")
        stage.play(session, session.instant_ns)
        while stage.players:
            if not parts.open_count():
                left_ns = clock.leap(agenda.next_ns)
                say(f"    {left_ns / SECOND_NS:.1f} s pass (not waited for)") if left_ns else None
            agenda.work()
            stage.give_up(clock.now_ns())
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await network.close()
        say(None)


def _with_an_account(supplied: Supplied | None) -> Supplied | None:
    """Give the first test account, where there is a cast, to who is alone."""
    if supplied is not None and supplied.cast is not None:
        supplied.shelf.take({"stay": supplied.shelf.stay, "give": [[0, 0]]})
    return supplied


def _told_step(name: str, play: Any, say: Say) -> Any:
    """Return a step that tells when it begins."""

    def told(visit: Any) -> Any:
        say(name)
        return (yield from play(visit))

    return told


def _told_end(note: Iterable[int], stage: Stage, say: Say) -> None:
    tag, intended_ns, _, end_ns = note
    step, outcome = divmod(tag, len(OUTCOMES))
    say(f"  {stage.parts.names[step]} {OUTCOMES[outcome]} after {(end_ns - intended_ns) / 1e6:,.1f} ms")


def _tell(message: Mapping[str, Any], say: Say) -> None:
    """Tell of a message what a reader wants to know; samples are the exchanges, which were told."""
    if message["kind"] == "event":
        say(f"  {message['event']}: {message.get('reason', '')}")
    elif message["kind"] == "receipts":
        for receipt in message["receipts"]:
            if receipt["receipt"] is None:
                say(f"    about to submit under the key {receipt['key']}")
            else:
                say(f"    receipt {receipt['receipt']}")


def words_of(exchanged: Exchanged) -> str:
    """Return an exchange in words."""
    took_ms = (exchanged.ended_ns - exchanged.started_ns) / 1e6
    what = f"{exchanged.method} {exchanged.host}{redacted(exchanged.path)[0]}"
    if exchanged.error is not None:
        return f"{what} broke after {took_ms:,.1f} ms: {exchanged.error}"
    parts = [f"{exchanged.bytes:,} bytes", exchanged.protocol, exchanged.address]
    if not exchanged.reused:
        parts.append(f"new connection ({exchanged.connect_ns / 1e6:,.1f} ms, TLS {exchanged.tls_ns / 1e6:,.1f} ms)")
    status = f"{exchanged.status} {phrase(exchanged.status)}".strip()
    return f"{what} -> {status} in {took_ms:,.1f} ms; {', '.join(parts)}"
