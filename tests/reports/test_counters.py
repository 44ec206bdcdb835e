from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reports.counters import Counters, StationLoad, added_up, mean_load
from reports.histogram import Histogram
from reports.hlog import Encoder

FULL = Counters(
    start_s=3.0,
    length_s=1.0,
    planned=5,
    started=4,
    offered_by_step={"home": 6, "submit": 1},
    outcomes={"home": {"ok": 5, "failed": 1}},
    lag=Histogram.of({100: 3, 900: 2}),
    clipped=1,
    received_bytes=512,
    cpu=0.25,
    target_cpu_s=0.5,
    stations={"portal": StationLoad(0.75, 2.5, 4.0)},
    come_backs=2,
    reloads=3,
)
BARE = Counters(start_s=3.0, length_s=1.0)


def record(counters: Counters) -> dict[str, Any]:
    return counters.to_record(Encoder())


@pytest.mark.parametrize("counters", [FULL, BARE])
def test_counters_are_read_as_they_were_written(counters: Counters) -> None:
    assert Counters.of_record(record(counters)) == counters


def test_a_line_says_what_it_counts() -> None:
    made = record(FULL)
    assert made["lag_ns"].pop("histogram").startswith("HIST")
    assert made == {
        "t": 3.0,
        "length_s": 1.0,
        "planned": 5,
        "started": 4,
        "offered": {"home": 6, "submit": 1},
        "sent": 5,
        "ended": {"ok": 5, "failed": 1},
        "outcomes": {"home": {"ok": 5, "failed": 1}},
        "lag_ns": {"p50": 100, "p99": 900, "max": 900},
        "clipped": 1,
        "bytes": 512,
        "cpu": 0.25,
        "target_cpu_s": 0.5,
        "stations": {"portal": {"utilisation": 0.75, "backlog": 2.5, "servers": 4.0}},
        "come_backs": 2,
        "reloads": 3,
    }


def test_what_nobody_looked_at_is_left_out() -> None:
    assert set(record(BARE)) == {"t", "length_s", "planned", "started", "offered", "sent", "ended", "outcomes"}


def test_lines_of_before_tell_neither_servers_nor_returns() -> None:
    old = record(FULL)
    del old["stations"]["portal"]["servers"], old["come_backs"], old["reloads"]
    assert Counters.of_record(old) == replace(
        FULL, stations={"portal": StationLoad(0.75, 2.5, None)}, come_backs=0, reloads=0
    )


def test_the_mean_load_is_that_of_all_servers() -> None:
    assert mean_load([StationLoad(1.0, 4.0, 1.0), StationLoad(0.5, 2.0, 3.0)]) == StationLoad(2.5 / 4, 3.0, 2.0)
    assert mean_load([StationLoad(1.0, 4.0), StationLoad(0.5, 2.0, 3.0)]) == StationLoad(0.75, 3.0)
    assert mean_load([StationLoad(0.0, 4.0, 0.0), StationLoad(0.0, 2.0, 0.0)]) == StationLoad(0.0, 3.0, 0.0)


def test_sums() -> None:
    assert (FULL.offered, FULL.sent, FULL.end_s) == (7, 5, 4.0)
    assert (FULL.ended(), FULL.ended("ok"), FULL.ended("ok", "failed"), FULL.ended("skipped")) == (6, 5, 6, 0)


def test_counters_of_one_interval_add_up() -> None:
    other = Counters(
        3.0,
        1.0,
        planned=1,
        started=2,
        offered_by_step={"submit": 2, "pay": 1},
        outcomes={"home": {"ok": 1}, "pay": {"timed_out": 1}},
        lag=Histogram.of({100: 1}),
        clipped=1,
        received_bytes=8,
        cpu=0.5,
        stations={"database": StationLoad(0.5, 0.0)},
        come_backs=1,
    )
    assert (
        FULL + other
        == other + FULL
        == Counters(
            3.0,
            1.0,
            6,
            6,
            {"home": 6, "submit": 3, "pay": 1},
            {"home": {"ok": 6, "failed": 1}, "pay": {"timed_out": 1}},
            Histogram.of({100: 4, 900: 2}),
            2,
            520,
            0.75,
            0.5,
            {"portal": StationLoad(0.75, 2.5, 4.0), "database": StationLoad(0.5, 0.0)},
            3,
            3,
        )
    )
    assert FULL + BARE == FULL


def test_counters_of_two_intervals_do_not_add_up() -> None:
    with pytest.raises(ValueError, match=r"counters of 3.0 s and 4.0 s are not of one interval"):
        _ = FULL + Counters(4.0, 1.0)


def test_lines_are_added_up_by_interval_and_put_in_order() -> None:
    early = Counters(1.0, 1.0, started=1)
    assert added_up([FULL, early, BARE, early]) == (Counters(1.0, 1.0, started=2), FULL)


@pytest.mark.parametrize(
    "change",
    [
        {"t": "soon"},
        {"offered": [1]},
        {"outcomes": {"home": 3}},
        {"outcomes": {"home": {"ok": "many"}}},
        {"lag_ns": {"p50": 1}},
        {"lag_ns": {"histogram": "HIST"}},
        {"stations": {"portal": {"utilisation": 1}}},
        {"stations": {"portal": {"utilisation": 1, "backlog": 0, "servers": "some"}}},
        {"come_backs": "some"},
        {"cpu": "much"},
    ],
)
def test_a_damaged_line_is_refused(change: Mapping[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        Counters.of_record({**record(FULL), **change})
