"""When a run stops by itself because hardly anything is answered well."""

import pytest

from reports.counters import Counters
from scenarios.swarm.conduct.storm import Storm


def second(at, ok=0, **others):
    return Counters(float(at), 1.0, outcomes={"home": {"ok": ok, **others}})


def test_a_storm_is_nine_tenths_of_30_seconds():
    storm = Storm()
    said = [storm.add(second(at, ok=1, failed=9)) for at in range(31)]
    assert said[28] is None
    assert said[29] == "error storm: 270 of 300 steps in 30 s were not ok"


@pytest.mark.parametrize(
    "outcomes",
    [{"ok": 2, "failed": 8}, {"failed": 3}, {"skipped": 10}, {"unfinished": 10}, {}],
    ids=["enough ok", "too few steps", "skipped", "unfinished", "nothing"],
)
def test_other_seconds_are_none(outcomes):
    storm = Storm()
    assert not any(storm.add(second(at, **outcomes)) for at in range(90))


def test_it_looks_at_the_last_30_seconds_only():
    storm = Storm()
    assert not any(storm.add(second(at, ok=50)) for at in range(100))
    said = [storm.add(second(100 + at, timed_out=50)) for at in range(30)]
    assert [at for at, word in enumerate(said) if word] == [26, 27, 28, 29]


def test_above_one_it_never_stops():
    storm = Storm(share=1.5)
    assert not any(storm.add(second(at, failed=100)) for at in range(60))
