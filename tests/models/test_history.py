"""Histories: each law is checked, and each breach named."""

from dataclasses import replace

import pytest

from cutover.base.errors import InvalidRun
from models.edges import Edges
from models.history import History, Interval, StationHistory, Visits

TENS = Edges(10, 10)
SOUND = StationHistory(
    "web",
    servers=2,
    queue=None,
    intervals=(Interval(0, 10, 20, 12, 3, 5, 4, 2, 0), Interval(10, 10, 20, 20, 10, 2, 1, 2, 1)),
    visits=Visits(waited_ns=13, served_ns=32, waiting=1, in_service=1),
)


def test_a_sound_history() -> None:
    History(TENS, (SOUND,)).assert_laws()
    assert SOUND.utilisation() == 32 / 40
    assert SOUND.utilisation(10, 20) == 1.0
    assert SOUND.backlog(0, 10) == 0.3


@pytest.mark.parametrize(
    ("visits", "message"),
    [
        ({"waiting": 2}, "web: conservation of arrivals (7 ≠ 8)"),
        ({"in_service": 0}, "web: conservation of starts (5 ≠ 4)"),
        ({"waited_ns": 14}, "web: Little's law of the backlog (13 ≠ 14)"),
        ({"served_ns": 31}, "web: the utilisation law (32 ≠ 31)"),
    ],
)
def test_each_law_is_named(visits: dict[str, int], message: str) -> None:
    broken = replace(SOUND, visits=replace(SOUND.visits, **visits))
    with pytest.raises(InvalidRun) as caught:
        History(TENS, (SOUND, broken)).assert_laws()
    assert str(caught.value) == f"the simulation breaks {message}"


def test_who_gives_up_has_arrived_and_waited() -> None:
    left = replace(SOUND, intervals=(*SOUND.intervals, Interval(20, 10, 20, 10, 8, 1, 0, 0, 0, 1)))
    assert replace(left, visits=Visits(waited_ns=21, served_ns=42, waiting=1, in_service=1)).breaches() == []
    stayed = left.intervals[2]._replace(abandonments=0)
    broken = replace(left, intervals=(*SOUND.intervals, stayed), visits=Visits(21, 42, 1, 1))
    assert broken.breaches() == ["web: conservation of arrivals (8 ≠ 7)"]


def test_where_servers_are_shared_sojourns_count() -> None:
    shared = StationHistory(
        "app", 1, None, (Interval(0, 10, 10, 10, 6, 2, 2, 1, 0),), Visits(0, 16, 0, 1), sharing=True
    )
    assert shared.breaches() == []
    assert replace(shared, visits=Visits(0, 15, 0, 1)).breaches() == ["app: Little's law (16 ≠ 15)"]


def test_utilisation_is_of_the_servers_that_are_there() -> None:
    fewer = replace(SOUND, intervals=(SOUND.intervals[0]._replace(capacity_ns=12), SOUND.intervals[1]))
    assert fewer.utilisation() == 32 / 32
    none = replace(SOUND, intervals=tuple(interval._replace(capacity_ns=0, busy_ns=0) for interval in SOUND.intervals))
    assert none.utilisation() == 0.0


def test_bounds() -> None:
    assert replace(SOUND, servers=1, most=2).breaches() == []
    assert replace(SOUND, servers=1).breaches() == ["web: more servers than it may have"]
    overfull = replace(SOUND, intervals=(SOUND.intervals[0]._replace(capacity_ns=11), SOUND.intervals[1]))
    assert overfull.breaches() == ["web: more busy than its servers"]
    early = replace(SOUND, intervals=(SOUND.intervals[0]._replace(starts=6), SOUND.intervals[1]._replace(starts=-1)))
    assert early.breaches() == ["web: more starts than arrivals"]
