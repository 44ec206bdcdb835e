"""Plays sessions with a locustfile, in a process of its own since locust patches it; prints what was recorded."""

import json
import sys
import time
from pathlib import Path

import gevent
import locust
from locust.env import Environment

from scenarios.sessions import Session
from scenarios.swarm.adopted.clock import GreenletClock
from scenarios.swarm.adopted.guard import Guard
from scenarios.swarm.adopted.player import Adopted
from scenarios.swarm.adopted.users import read_users


def trace_of(session: int) -> str:
    return f"{session + 1:032x}"


class Noted:
    """A recorder that keeps every step."""

    def __init__(self) -> None:
        self.steps: list[dict[str, object]] = []
        self.offers = 0

    def offered(self, _step: str, _intended_ns: int) -> None:
        self.offers += 1

    def step(self, *told: object) -> None:
        names = ("step", "outcome", "session", "ordinal", "intended", "sent", "end")
        self.steps.append(dict(zip(names, told, strict=True)))


def main(file: str, url: str, count: int, stop_after_s: float) -> None:
    Guard(["127.0.0.1"]).install()
    environment = Environment(events=locust.events, host=url)
    refused: list[str] = []
    environment.events.request.add_listener(lambda exception=None, **_: refused.append(str(exception)))
    noted, clock = Noted(), GreenletClock(time.perf_counter_ns())
    stage = Adopted(environment, read_users(Path(file), url), 7, clock, noted, {"X-Cutover-Run": "test"}, trace_of)
    for number in range(count):
        instant = 20_000_000 * number
        clock.sleep_until(instant)
        stage.begin(Session(number, instant, 0, 0, None, "", "", "main", assisted=False))
    if stop_after_s:
        gevent.sleep(stop_after_s)
    else:
        with gevent.Timeout(20):
            while stage.in_progress:
                gevent.sleep(0.01)
    stage.close()
    told = {"steps": noted.steps, "offers": noted.offers, "errors": stage.errors}
    told["refused"] = [why for why in refused if "not contacted" in why]
    sys.stdout.write(json.dumps(told | {"requests": stage.names.requests}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
