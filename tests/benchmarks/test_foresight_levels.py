from types import SimpleNamespace

import pytest

from benchmarks.foresight_levels import (
    Course,
    busiest,
    drifted,
    held_out,
    knee_per_s,
    once_more,
    played,
    steadiest,
)
from reports.quantities import rate
from scenarios.load import read_load

COURSE = Course(6, 16, 0.15, 1.3)
WORDS = COURSE.words(100.0)


def level(name, drift=0.0, busy=None, servers=None):
    """Return what is asked of a measured level."""
    return SimpleNamespace(
        level=SimpleNamespace(name=name, drift=drift, busy=busy or {}, servers=servers or {"portal": 1})
    )


def test_a_course_lies_between_multiples_of_the_knee_and_probes_at_the_lowest_load():
    load = read_load(WORDS)
    assert WORDS == "calibration 15.000/s to 130.000/s in 6 levels of 16s"
    assert set(load.per_s[::2]) == {15.0}
    assert played(WORDS) == tuple(sorted(load.per_s[1::2]))
    assert played(WORDS)[0] == pytest.approx(72.5 - 57.5 * 0.9659258, abs=1e-3)
    assert played(WORDS)[-1] == pytest.approx(72.5 + 57.5 * 0.9659258, abs=1e-3)


def test_every_other_level_is_held_out_and_never_the_lowest():
    levels = [rate(per_s) for per_s in played(WORDS)]
    assert held_out(WORDS) == (levels[1], levels[3], levels[5])


@pytest.mark.parametrize("place", range(6))
def test_a_level_that_is_played_once_more_has_the_same_name_and_length_and_probes(place):
    per_s = played(WORDS)[place]
    again = read_load(once_more(WORDS, per_s))
    assert rate(max(again.per_s)) == rate(per_s)
    assert again.per_s[0] == read_load(WORDS).per_s[0]
    assert (again.hold_s, again.probe_s) == (16.0, 4.0)


def test_of_a_level_and_its_repetitions_the_steadiest_is_taken():
    names = [rate(per_s) for per_s in played(WORDS)]
    first = [level(f"{name} of A", 0.03 if name == names[1] else 0.0) for name in reversed(names)]
    assert drifted(first, WORDS) == (played(WORDS)[1],)
    again = [level("22.1/s of B", 0.0), level(f"{names[1]} of B", -0.021)]
    assert drifted([*first, *again], WORDS) == (played(WORDS)[1],)
    once = level(f"{names[1]} (2) of C", 0.0)
    every = [*first, *again, once]
    assert drifted(every, WORDS) == ()
    assert steadiest(every, WORDS) == tuple(each for each in [*first, once] if each is not first[-2])


def test_a_level_without_probes_that_tell_is_no_steady_one():
    levels = [level(rate(per_s)) for per_s in played(WORDS)[:-1]]
    top = played(WORDS)[-1]
    assert drifted(levels, WORDS) == (top,)
    assert drifted([*levels, level(rate(top), None)], WORDS) == (top,)


def test_the_knee_is_read_at_the_busiest_calm_level(monkeypatch):
    monkeypatch.setattr(
        "benchmarks.foresight_levels.Asked.of",
        lambda each: SimpleNamespace(sessions_per_s=float(each.level.name.removesuffix("/s"))),
    )
    servers = {"portal": 1, "connections": 8}
    low = level("10/s", busy={"portal": 0.1, "connections": 1.0}, servers=servers)
    calm = level("30/s", busy={"portal": 0.3, "connections": 4.0}, servers=servers)
    full = level("70/s", busy={"portal": 0.7, "connections": 7.9}, servers=servers)
    assert busiest(calm) == 0.5
    assert knee_per_s([full, low, calm]) == pytest.approx(60.0)
    assert knee_per_s([full]) == pytest.approx(70.0 / (7.9 / 8))
