"""Recovery: whether and when a system is well again, and what must be shed if it is not."""

import pytest

from models.recovery import Recovery, recovery, share_to_shed

STARTS = [float(at) for at in range(0, 100, 10)]


def told(good: list[int], offered: int = 100) -> Recovery:
    """Trouble from 30 s to 50 s, in intervals of 10 s."""
    return recovery(STARTS, [offered] * 10, good, 30.0, 50.0)


def test_well_at_once() -> None:
    found = told([100, 100, 98, 20, 10, 97, 99, 100, 100, 100])
    assert (found.at_s, found.lasted_s, found.before) == (50.0, 0.0, 298 / 300)
    assert found.words == "is well as soon as the trouble has passed"


def test_well_after_a_while_and_a_good_interval_between_is_not_yet_well() -> None:
    found = told([100, 100, 100, 20, 10, 0, 100, 30, 96, 100])
    assert found.at_s is None  # two intervals are not three
    found = told([100, 100, 100, 20, 10, 0, 30, 96, 100, 100])
    assert (found.at_s, found.lasted_s) == (70.0, 20.0)
    assert found.words == "recovers by itself 20 s after the trouble has passed"


def test_never_well_again() -> None:
    found = told([100, 100, 100, 20, 10, 0, 10, 0, 5, 10])
    assert found.at_s is None
    assert found.lasted_s is None
    assert found.after == 15 / 300
    assert found.words == (
        "does not recover by itself: at the end 5.0% of steps end well, 100.0% did before the trouble"
    )


def test_an_interval_without_steps_says_nothing() -> None:
    found = recovery(
        STARTS, [100, 100, 0, 100, 100, 0, 100, 0, 100, 100], [100, 100, 0, 0, 0, 0, 100, 0, 100, 96], 30, 50
    )
    assert (found.before, found.at_s) == (1.0, 60.0)


@pytest.mark.parametrize(("began_s", "passed_s"), [(0.0, 50.0), (30.0, 80.0), (30.0, 200.0)])
def test_too_little_before_or_after(began_s: float, passed_s: float) -> None:
    with pytest.raises(ValueError, match="needs steps before"):
        recovery(STARTS, [1] * 10, [1] * 10, began_s, passed_s)


@pytest.mark.parametrize("least", [0.013, 0.2, 0.5, 0.9])
def test_the_least_share_to_shed_is_found_to_the_resolution(least: float) -> None:
    asked: list[float] = []

    def recovers(share: float) -> bool:
        asked.append(share)
        return share >= least

    found = share_to_shed(recovers)
    assert found is not None
    assert least <= found <= least + 0.02
    assert len(asked) <= 9


def test_nothing_to_shed_and_nothing_that_helps() -> None:
    assert share_to_shed(lambda _: True) == 0.0
    assert share_to_shed(lambda _: False) is None
