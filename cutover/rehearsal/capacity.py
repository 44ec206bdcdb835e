"""A search for capacity with its progress shown; what it leaves in a folder: data, a frontier's table and figure."""

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path

from cutover.rehearsal.progress import say_if_compiling, tallying
from models.capacity.search import Point, cost
from reports.quantities import duration, significant
from scenarios.capacity import Asked
from scenarios.capacity_answer import elsewhere, frontier, knee, lifted, with_one_nine_more
from scenarios.capacity_plays import Plays
from scenarios.capacity_search import Search
from scenarios.capacity_told import Answer
from scenarios.trials import workers

DATA, TABLE, DRAWING, TRIALS = "capacity.json", "frontier.csv", "frontier.png", "trials"


def size(asked: Asked, folder: Path, cluster: str | None, say: Callable[[str], None]) -> Answer:
    """Search, and write what was found into a folder, which keeps what was simulated: the same search is quick then.

    `say` is told how far it has come: the first plan that holds, each better one, and what is looked at after.
    """
    began_s, probability = time.monotonic(), asked.probability
    say_if_compiling([asked.forecast])
    if cluster is None:
        asked.forecast.compile()
    trials = (folder / TRIALS).resolve()  # workers may have begun elsewhere
    trials.mkdir(parents=True, exist_ok=True)

    def told(what: str, point: Point) -> None:
        said = {"first": "a first plan that holds", "holds": "holds with the probability"}[what]
        numbers = ", ".join(f"{axis.name} {number}" for axis, number in zip(asked.axes, point, strict=True))
        after = duration(time.monotonic() - began_s)
        say(f"{said}, after {after}: {numbers}; cost {significant(cost(asked.axes, point))}")

    with workers(cluster) as players, tallying("capacity") as tally:
        played, failing = 0, asked.spans[:0]
        while True:
            asked = asked.including(failing)
            plays = Plays(asked, trials, players, lambda count: tally.begin(0, count), tally.end)
            search = Search(asked, plays, told)
            found = search.find(probability)
            left_out = elsewhere(search, found.point, probability) if found.odds is not None else ()
            failing = tuple(each.span for each in left_out if not each.outcome.holds)
            played += plays.played
            if not failing:
                break
            say(f"the budgets do not hold in {len(failing)} of the windows left out: searching these too")
        after, before = duration(time.monotonic() - began_s), plays.played
        if found.odds is None:
            limits = lifted(search, found, probability)
            answer = Answer(asked, found, played + plays.played - before, lifted=limits)
        else:
            say(f"found after {after}; now what it leaves free, and what more would cost")
            room, nine = knee(search, found.point), with_one_nine_more(search, found.point, probability)
            edge = frontier(search, found.point, probability)
            answer = Answer(asked, found, played + plays.played - before, room, nine, edge, left_out)
    _write(answer, folder)
    return answer


def _write(answer: Answer, folder: Path) -> None:
    data = {"schema": 1, **answer.to_dict()}
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / DATA).write_text(f"{text}\n", encoding="utf-8")
    if not answer.frontier:
        return
    from reports.figures.frontier import frontier as drawn  # a drawing library
    from reports.figures.look import png

    names = [axis.name for axis in answer.asked.axes]
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["times", "probability", "cost", *names])
        for each in data["frontier"]:
            numbers = each["numbers"] or {}
            table.writerow([each["times"], each["probability"], each["cost"], *(numbers.get(name) for name in names)])
    (folder / DRAWING).write_bytes(png(drawn(data)))
