"""The machine: a network lowered to words."""

import numpy as np

from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.machine import (
    BLOCK,
    BRANCH_TABLE,
    BRANCHES,
    CHOICE,
    COUNT,
    DELAY,
    END,
    FIRST_STATION,
    HOLD,
    JOURNEYS,
    JUMP,
    KIND,
    LENGTH_NS,
    LIMIT,
    LIMIT_COUNT,
    NAME,
    NEXT,
    NUMBER,
    OPERATION_WORDS,
    OUTER,
    PLACE,
    PROGRAM,
    RELEASE_HOLD,
    STATION_WORDS,
    TABLE,
    VISIT,
    Machine,
    lower,
)
from models.network import Block, Body, Choice, Delay, Hold, Network, NetworkStation, NetworkStep, Visit

S = 10**9
LAW = Constant(law="constant", mean_s=1.0)


def lowered(*body: object, following: tuple[tuple[str | None, float], ...] = ((None, 1.0),)) -> Machine:
    program: Body = body  # type: ignore[assignment]
    network = Network(
        "n",
        (NetworkStation("s", 2), NetworkStation("p", 1, None, "pool")),
        {"home": program},
        ((NetworkStep("home", S),),),
    )
    return lower(network, Walk([Journey("j", (Step("home", LAW, 1.0, following),))], 1), S)


def program(machine: Machine, address: int | None = None) -> list[tuple[int, int]]:
    """Return (kind, number) of the operations from an address, or the first step's, to the end."""
    words = machine.words
    at = int(words[words[words[JOURNEYS]] + PROGRAM]) if address is None else address
    found = [(int(words[at + KIND]), int(words[at + NUMBER]))]
    while found[-1][0] != END:
        at += OPERATION_WORDS
        found.append((int(words[at + KIND]), int(words[at + NUMBER])))
    return found


def first(machine: Machine) -> int:
    words = machine.words
    return int(words[words[words[JOURNEYS]] + PROGRAM])


def test_bodies_that_play_in_place_stand_in_a_row() -> None:
    """A hold, a choice, and a block of a single body without timeout or tries."""
    grouped = Block(5, "b", ((Delay(6, "d", LAW),),))
    machine = lowered(
        Hold(1, "h", 1, (Visit(2, "v", 0, LAW),)), Choice(3, "c", (0.5,), ((Delay(4, "e", LAW),),)), grouped
    )
    kinds = [HOLD, VISIT, RELEASE_HOLD, CHOICE, DELAY, JUMP, DELAY, END]
    assert [kind for kind, _ in program(machine)] == kinds
    hold, words = first(machine), machine.words
    visit, choice = hold + OPERATION_WORDS, hold + 3 * OPERATION_WORDS
    assert words[visit + OUTER] == hold
    assert words[visit + PLACE] == words[FIRST_STATION]
    assert words[hold + PLACE] == words[FIRST_STATION] + STATION_WORDS
    assert words[choice + NEXT] == choice + 3 * OPERATION_WORDS
    assert words.view(np.float64)[words[choice + TABLE]] == 0.5
    assert words[words[choice + TABLE] + 1] == choice + OPERATION_WORDS


def test_bodies_of_a_block_stand_apart() -> None:
    machine = lowered(Block(1, "b", ((Delay(2, "d", LAW),), ()), tries=2))
    assert [kind for kind, _ in program(machine)] == [BLOCK, END]
    words, block = machine.words, first(machine)
    assert words[block + COUNT] == 2
    bodies = [program(machine, int(words[words[block + TABLE] + nth])) for nth in range(2)]
    assert bodies == [[(DELAY, 2), (END, 0)], [(END, 0)]]


def test_waits_of_one_length_share_a_limit() -> None:
    machine = lowered(
        Visit(1, "v", 0, LAW, None, 3 * S), Hold(2, "h", 1, (), 3 * S), Block(3, "b", ((), ()), timeout_ns=4 * S)
    )
    words, visit = machine.words, first(machine)
    assert words[LIMIT_COUNT] == 2
    assert words[words[visit + LIMIT] + LENGTH_NS] == 3 * S
    assert words[visit + OPERATION_WORDS + LIMIT] == words[visit + LIMIT]


def test_branches_add_up_and_lead_to_steps() -> None:
    machine = lowered(Delay(1, "d", LAW), following=(("home", 0.25), (None, 0.75)))
    words, step = machine.words, int(machine.words[machine.words[JOURNEYS]])
    table = int(words[step + BRANCH_TABLE])
    assert words[step + BRANCHES] == 2
    assert words.view(np.float64)[[table, table + 2]].tolist() == [0.25, 1.0]
    assert words[[table + 1, table + 3]].tolist() == [step, 0]
    assert machine.names[words[step + NAME]] == "home"
