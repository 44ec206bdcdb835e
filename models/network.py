"""A network: a plan compiled for the steps of some journeys, ready for an engine."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover.base.errors import BadInput, Mistake
from models.faults import Change, Fault, changes
from models.journeys import Journey
from models.laws import Law
from models.plan import Operation, Plan


@dataclass(frozen=True)
class NetworkStation:
    """A station by its place in the network; `queue` None has no end; `changes` are those of its faults."""

    name: str
    servers: int
    queue: int | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class NetworkOperation:
    """One operation of a step's program.

    `station` is the station's index, None for a delay; `purpose` names its draws: the step, the station or
    `delay`, and how often that came before in the program, so that adding another operation shifts no draw.
    """

    station: int | None
    law: Law
    probability: float
    purpose: str


@dataclass(frozen=True)
class NetworkStep:
    """A step of a journey; one meant at t and ended at t + limit_ns is still in time."""

    name: str
    limit_ns: int


class Network:
    """Stations, the operations of each step by its name (`programs`), and the steps of each journey.

    Raises BadInput that lists every step without a program and every fault of a station that is not there.
    """

    def __init__(self, plan: Plan, journeys: Sequence[Journey], faults: Sequence[Fault] = ()) -> None:
        missing = [*_missing(plan, journeys), *_misplaced(plan, faults)]
        if missing:
            raise BadInput(missing)
        places = {name: index for index, name in enumerate(plan.stations)}
        self.programs = {step: tuple(_compiled(step, program, places)) for step, program in plan.programs.items()}
        self.name = plan.name
        self.stations = tuple(
            NetworkStation(name, s.servers, s.queue, changes(s.servers, (f for f in faults if f.station == name)))
            for name, s in plan.stations.items()
        )
        self.journeys = tuple(
            tuple(NetworkStep(step.name, round(step.limit_s * 1e9)) for step in journey.steps) for journey in journeys
        )


def _missing(plan: Plan, journeys: Sequence[Journey]) -> Iterator[Mistake]:
    steps = dict.fromkeys(step.name for journey in journeys for step in journey.steps)
    for name in steps:
        if name not in plan.programs:
            close = difflib.get_close_matches(name, plan.programs, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"add [[programs.{name}]] to the plan"
            yield Mistake(
                f"plan {plan.name}",
                f"programs.{name}",
                None,
                "is missing, yet a journey needs it",
                remedy,
            )


def _misplaced(plan: Plan, faults: Sequence[Fault]) -> Iterator[Mistake]:
    for name in dict.fromkeys(fault.station for fault in faults):
        if name not in plan.stations:
            remedy = f"use one of {', '.join(plan.stations)}"
            yield Mistake(f"plan {plan.name}", f"stations.{name}", None, "is missing, yet a fault names it", remedy)


def _compiled(step: str, program: tuple[Operation, ...], places: dict[str, int]) -> Iterator[NetworkOperation]:
    seen: dict[str, int] = {}
    for operation in program:
        law = operation.service if operation.station is not None else operation.delay
        assert law is not None, "the plan's own rule"
        place = operation.station or "delay"
        nth = seen.get(place, 0)
        seen[place] = nth + 1
        station = None if operation.station is None else places[operation.station]
        yield NetworkOperation(station, law, operation.probability, f"{step}/{place}/{nth}")
