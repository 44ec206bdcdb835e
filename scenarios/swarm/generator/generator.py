"""The generator: does what the process that started it says, and tells it what comes of it.

Messages to it: `prepare {order}`, `begin {origin_ns, started}` (CLOCK_MONOTONIC and wall time of scenario time 0),
`lease {me, until_ns, shares, pace}`, `cast {…}`, `stop {}`. From it: `ready {scenario_hash, steps_hash,
supplies_digest, version}` or `refused {exit_code, words}`; then `second {…}` (see `seconds.py`), `receipts {receipts}`,
`event {t, event, …}`, `sample {entry}`, `cast {…}`; at the end `done {begun, achieved}`.
"""

import asyncio
import contextlib
import gc
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scenarios.swarm.adopted.become import become
from scenarios.swarm.browser.limits import is_generators_fault
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.generator.agenda import Agenda
from scenarios.swarm.generator.alarm import TimerAlarm
from scenarios.swarm.generator.clock import MonotonicClock
from scenarios.swarm.generator.code_finder import code_finder
from scenarios.swarm.generator.hearing import Hearing, Tell
from scenarios.swarm.generator.play import Play
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.generator.room import Need, check
from scenarios.swarm.generator.stage import Stage
from scenarios.swarm.generator.stream import Lease, Stream
from scenarios.swarm.generator.visitors import browsers, network_of
from scenarios.swarm.order import Order
from scenarios.swarm.target.supplied import Supplied


class Generator(Hearing):
    """One run from order to end, told over a socket's descriptor; `ended` is set when nothing more will come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Tell, descriptor: int) -> None:
        self.ended = asyncio.Event()
        super().__init__(tell, self.ended)
        self._loop, self._descriptor = loop, descriptor
        self._prepared: Prepared | None = None
        self._network: Network | None = None
        self._supplied: Supplied | None = None
        self._stage: Stage | None = None
        self._play: Play | None = None

    def _prepare_told(self, message: Mapping[str, Any]) -> None:
        if message["order"].get("locustfile") is not None:
            become(self._descriptor, message)
        prepared = Prepared.of(Order.of_message(message["order"]))
        need = Need.of(prepared.scenario, prepared.sessions, prepared.order.workers)
        check(need, prepared.target, NetworkOptions.of_message(prepared.order.network))
        self._network = network_of(self._loop, prepared)
        self._supplied = prepared.supplied()
        self._prepared = prepared
        keep_still()
        self._tell({"kind": "ready", **prepared.identity()})

    def _begin_told(self, message: Mapping[str, Any]) -> None:
        prepared, network = self._prepared, self._network
        assert prepared is not None, "`begin` follows `prepare`"
        assert network is not None, "made with it"
        origin_ns = int(message["origin_ns"])
        clock = MonotonicClock(origin_ns)
        alarm = TimerAlarm(self._loop, origin_ns)
        agenda = Agenda(clock, alarm)
        alarm.wake(agenda.work)
        self._stage = Stage(
            parts=prepared.parts(),
            conduct=prepared.conduct(),
            population=prepared.population,
            run=prepared.order.run,
            clock=clock,
            agenda=agenda,
            open_browser=browsers(network, prepared),
            is_our_fault=is_generators_fault,
            known_by=prepared.identification(),
            tell=self._tell,
            started=datetime.fromisoformat(message["started"]),
            origin_ns=origin_ns,
            supplied=self._supplied,
            find_code=code_finder(self._loop),
        )
        self._play = Play(
            self._stage,
            lambda lease: Stream(prepared.sessions, lease),
            self._tell,
            self._done,
            late_limit_s=prepared.order.late_limit_s,
            most_sessions=prepared.order.most_sessions,
            sockets=lambda: network.open_sockets,
        )
        self._play.begin()
        if not network.options.http2:
            self._looking = self._loop.create_task(self._look_for_h2(network, self._stage))

    async def _look_for_h2(self, network: Network, stage: Stage) -> None:
        """Tell when the target offers h2, which its citizens' browsers would use and this run does not."""
        with contextlib.suppress(OSError):
            if await network.offers_h2():
                stage.event("h2 not used", protocol="http/1.1")

    def _lease_told(self, message: Mapping[str, Any]) -> None:
        assert self._play is not None, "`lease` follows `begin`"
        self._play.lease(Lease.of_message(message))

    def _cast_told(self, message: Mapping[str, Any]) -> None:
        if self._supplied is not None:
            self._supplied.shelf.take(message)

    def _stop_told(self, _: Mapping[str, Any]) -> None:
        if self._play is None:
            self._done()
        else:
            self._play.stop()

    def _done(self) -> None:
        begun = 0 if self._stage is None else self._stage.started
        self._tell({"kind": "done", "begun": begun, "achieved": {"sessions": begun}})
        self.ended.set()


def keep_still() -> None:
    """Collect garbage once, and never again: a full collection over 20,000 sessions takes 50 ms, sent late.

    What sessions make is freed by its last reference; nothing that is made for each of them refers to itself.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
