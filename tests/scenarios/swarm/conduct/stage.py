"""A coordinator and its workers on one scripted clock: links that delay, break and heal; workers that die or freeze."""

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

import numpy as np

from scenarios.swarm.conduct.coordinator import Coordinator, Phase
from scenarios.swarm.conduct.effects import Begun, Failed, Found, Lost, Note, Over, Report, Send
from scenarios.swarm.conduct.terms import TICK_NS, Terms
from scenarios.swarm.conduct.worker import Hand, Start, Tell, Worker
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.shares import owned

MS = 1_000_000
S = 1000 * MS
STEP_NS = 50 * MS
IDENTITY = {"scenario_hash": "s", "steps_hash": "t", "version": "1"}
LATE_NS = 1 * S
LASTS_NS = 1500 * MS  # a session, from its start to its end


@dataclass
class TinyGenerator:
    """A generator without a wire: it keeps the contract, and its sessions only last."""

    stage: "Stage"
    of: "Station"
    origin_ns: int | None = None
    lease: dict[str, Any] | None = None
    known: set[int] = field(default_factory=set)
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    second: int = 0
    is_done: bool = False
    reported_first: bool = False

    def hand(self, message, now_ns):
        kind = message["kind"]
        if kind == "prepare":
            self.of.made({"kind": "ready", **self.of.identity}, now_ns)
        elif kind == "begin":
            self.origin_ns = message["origin_ns"]
            self.second = max(0, (now_ns - self.origin_ns) // S)
        elif kind == "lease":
            self.lease = message
        elif kind == "stop" and not self.is_done:
            self.is_done = True
            self.of.made({"kind": "done", "begun": len(self.known), "achieved": 0}, now_ns)

    def work(self, now_ns):
        if self.origin_ns is None or self.is_done:
            return
        run_ns = now_ns - self.origin_ns
        if self.lease is not None:
            self._start(run_ns)
        for number in [number for number, end_ns in self.open.items() if end_ns <= run_ns]:
            del self.open[number]
            self.ended.append(number)
        while (self.second + 1) * S <= run_ns:
            body = {"kind": "second", "n": self.second, "begun": self.begun, "ended": self.ended}
            self.begun, self.ended = [], []
            self.second += 1
            self.of.made(body, now_ns)
        if self.lease is not None and not self.open and run_ns >= self._ends_ns():
            self.hand({"kind": "stop"}, now_ns)

    def _ends_ns(self):
        return Pace([tuple(change) for change in self.lease["pace"]]).played_ns(self.stage.lasts_ns)

    def _start(self, run_ns):
        lease = self.lease
        if run_ns > lease["until_ns"] + S:
            self.ended += self.open
            self.open.clear()
        if run_ns > lease["until_ns"]:
            return
        played = Pace([tuple(change) for change in lease["pace"]]).played(self.stage.schedule_ns)
        due = (played <= run_ns) & (played >= run_ns - 20 * S)
        numbers, instants = self.stage.numbers[due], played[due]
        mine = owned(numbers, instants, lease["me"], lease["shares"])
        for number, instant in zip(numbers[mine].tolist(), instants[mine].tolist(), strict=True):
            if number not in self.known:
                self.known.add(number)
                self._begin(number, instant, run_ns)

    def _begin(self, number, instant, run_ns):
        if run_ns - instant > LATE_NS:
            self.stage.skipped.append(number)
            return
        self.stage.started[number].append((self.of.address, self.stage.now_ns, self.lease["issued_ns"], run_ns))
        self.begun.append(number)
        self.open[number] = run_ns + LASTS_NS


@dataclass
class Station:
    """A worker with its generator on a machine of its own: its clock is ahead by so much."""

    stage: "Stage"
    address: str
    ahead_ns: int = 0
    identity: dict[str, str] = field(default_factory=lambda: dict(IDENTITY))
    worker: Worker = field(default_factory=Worker)
    generator: TinyGenerator | None = None
    dead: bool = False
    frozen_until_ns: int = 0
    held: list[Any] = field(default_factory=list)

    @property
    def clock_ns(self):
        return self.stage.now_ns + self.ahead_ns

    def told(self, message):
        if self.dead:
            return
        if self.stage.now_ns < self.frozen_until_ns:
            self.held.append(message)
            return
        self.do(self.worker.told(message, self.clock_ns))

    def made(self, message, _now_ns):
        self.do(self.worker.made(message))

    def turn(self):
        if self.dead or self.stage.now_ns < self.frozen_until_ns:
            return
        if self.generator is not None:
            self.generator.work(self.clock_ns)
        held, self.held = self.held, []
        for message in held:
            self.do(self.worker.told(message, self.clock_ns))
        self.do(self.worker.flush())
        self.do(self.worker.tick(self.clock_ns))

    def do(self, deeds):
        for deed in deeds:
            if isinstance(deed, Tell):
                self.stage.to_coordinator(self.address, deed.message)
            elif isinstance(deed, Start):
                self.generator = TinyGenerator(self.stage, self)
            elif isinstance(deed, Hand) and self.generator is not None:
                self.generator.hand(deed.message, self.clock_ns)


class Stage:
    """Virtual time in steps of 50 ms; what happens when is entered with `at`."""

    def __init__(self, workers=3, lasts_s=30, rate=20, delay=lambda: 0, ahead=lambda: 0):
        self.now_ns = 1000 * S
        self.schedule_ns = (np.arange(lasts_s * rate, dtype=np.int64) + 1) * (S // rate)
        self.lasts_ns = lasts_s * S
        self.numbers = np.arange(len(self.schedule_ns), dtype=np.int64) * 7 + 3
        self.delay, self.ahead = delay, ahead
        self.started = defaultdict(list)
        self.skipped = []
        self.stations = {}
        self.mail, self.order, self.last = [], count(), defaultdict(int)
        self.cut = defaultdict(list)
        self.plan = []
        self.stalled_until_ns = 0
        self.notes, self.losses, self.reports, self.found = [], [], [], []
        self.failed = self.over = self.origin_ns = None
        terms = Terms({"scenario": "x"}, IDENTITY, lasts_s * S, workers)
        self.coordinator = Coordinator(terms, self.now_ns)
        for number in range(workers):
            self.join(f"w{number + 1}")

    def join(self, address, **more):
        self.stations[address] = Station(self, address, self.ahead(), **more)
        self.do(self.coordinator.join(address, "host", self.now_ns))
        return self.stations[address]

    def at(self, run_s, deed):
        """Do something at a run time, seconds."""
        self.plan.append((run_s, deed))

    def cut_link(self, address, from_s, to_s, loses=False):
        self.cut[address].append((from_s * S, to_s * S, loses))

    def to_coordinator(self, address, message):
        self._post(("up", address), message)

    def _post(self, way, message):
        arrives_ns = self.now_ns + self.delay()
        for from_ns, to_ns, loses in self.cut[way[1]]:
            if self.origin_ns is not None and from_ns <= self.now_ns - self.origin_ns < to_ns:
                if loses:
                    return
                arrives_ns = max(arrives_ns, self.origin_ns + to_ns)
        self.last[way] = arrives_ns = max(arrives_ns, self.last[way])
        heappush(self.mail, (arrives_ns, next(self.order), way, message))

    def do(self, effects):
        for effect in effects:
            if isinstance(effect, Send):
                self._post(("down", effect.address), effect.message)
            elif isinstance(effect, Note):
                self.notes.append(effect)
            elif isinstance(effect, Lost):
                self.losses.append(effect)
            elif isinstance(effect, Report):
                self.reports.append(effect)
            elif isinstance(effect, Found):
                self.found.append(effect.finding)
            elif isinstance(effect, Begun):
                self.origin_ns = effect.origin_ns
            elif isinstance(effect, Failed):
                self.failed = effect
            elif isinstance(effect, Over):
                self.over = effect

    def turn(self):
        self.now_ns += STEP_NS
        if self.origin_ns is not None:
            run_s = (self.now_ns - self.origin_ns) / S
            due = [deed for at_s, deed in self.plan if at_s <= run_s]
            self.plan = [entry for entry in self.plan if entry[0] > run_s]
            for deed in due:
                deed()
        waiting = []
        while self.mail and self.mail[0][0] <= self.now_ns:
            entry = heappop(self.mail)
            (way, address), message = entry[2:]
            if way == "up" and self.now_ns < self.stalled_until_ns:
                waiting.append(entry)
            elif way == "up":
                self.do(self.coordinator.heard(address, message, self.now_ns))
            else:
                self.stations[address].told(message)
        for entry in waiting:
            heappush(self.mail, entry)
        for station in self.stations.values():
            station.turn()
        if self.now_ns % TICK_NS == 0 and self.now_ns >= self.stalled_until_ns:
            self.do(self.coordinator.tick(self.now_ns))

    def play(self, most_s=120):
        for _ in range(most_s * S // STEP_NS):
            self.turn()
            if self.over or self.failed:
                break
        return self

    def kill(self, address):
        self.stations[address].dead = True

    def freeze(self, address, for_s):
        self.stations[address].frozen_until_ns = self.now_ns + int(for_s * S)

    def stall(self, for_s):
        self.stalled_until_ns = self.now_ns + int(for_s * S)

    def run_s(self):
        return (self.now_ns - self.origin_ns) / S

    def numbers_of(self, address):
        return {number for number, starts in self.started.items() if any(start[0] == address for start in starts)}

    @property
    def is_over(self):
        return self.coordinator.phase is Phase.OVER
