"""What a generator tells of itself is judged: past its limits no verdict can rest on what it measured."""

from dataclasses import replace

import pytest

from reports.header import Window
from reports.saturation import saturation
from reports.vitals import Vitals
from reports.workers import WorkerSecond

WELL = WorkerSecond(
    t=0.0,
    worker=1,
    host="left",
    cores=4,
    cpu=0.5,
    lag_p50_ns=1e5,
    lag_p99_ns=1e6,
    lag_max_ns=1e7,
    loop_max_ns=1e6,
    sockets=10,
    sockets_most=1000,
    memory_bytes=2**20,
    memory_most=2**30,
    in_progress=5,
)


def seconds(count=20, **changed):
    return [replace(WELL, t=float(at), **changed) for at in range(count)]


def found(*lists):
    return list(saturation(Vitals.of([each for one in lists for each in one]), Window(from_s=0, to_s=100)))


def test_a_generator_within_its_limits_has_no_finding():
    assert found(seconds(), seconds(worker=2)) == []


def test_a_saturated_worker_is_named_with_what_to_add():
    assert found(seconds(), seconds(worker=2, cpu=0.99)) == [
        "Worker 2 on left was saturated: it used 99 % of its core on average (at most 95 %); "
        "add a worker on left, which has 4 cores."
    ]
    assert found(seconds(cores=2, cpu=0.99))[0].endswith("add a worker on a machine beside left.")


@pytest.mark.parametrize("late", [{"lag_p99_ns": 3e8}, {"loop_max_ns": 6e8}])
def test_late_seconds_are_a_finding_beyond_one_in_twenty(late):
    assert found(seconds(), [replace(WELL, t=30.0, **late)]) == []
    (said,) = found(seconds(), [replace(WELL, t=30.0 + at, **late) for at in range(2)])
    assert said.startswith("Worker 1 on left was late in 2 of 22 seconds, by up to ")


def test_sockets_and_memory_have_limits():
    (said,) = found(seconds(sockets=950))
    assert "950 sockets open of the 1,000" in said
    (said,) = found(seconds(memory_bytes=500 * 2**20), seconds(worker=2, memory_bytes=500 * 2**20))
    assert said.startswith("The workers on left used 97.7 % of its memory")


def test_only_the_window_counts():
    assert list(saturation(Vitals.of(seconds(cpu=1.0)), Window(from_s=50, to_s=60))) == []


def test_a_line_holds_all_of_it():
    assert WorkerSecond.of_record(WELL.to_record()) == WELL
    quiet = replace(WELL, lag_p50_ns=None, lag_p99_ns=None, lag_max_ns=None)
    assert WorkerSecond.of_record(quiet.to_record()) == quiet


def test_a_worker_that_is_told_from_two_hosts_is_judged_and_memory_on_each():
    used = 950 * 2**20
    (said,) = found(seconds(10), [replace(WELL, t=10.0 + at, host="right", memory_bytes=used) for at in range(10)])
    assert said.startswith("The workers on right used 92.8 % of its memory")
