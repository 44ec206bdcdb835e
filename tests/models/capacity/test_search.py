"""The search on functions whose cheapest points are known, and on one that is not monotonous."""

import itertools
import math

import pytest

from models.capacity.search import Axis, Looked, climb, cost, descend, line, steps_down

AXES = (Axis("a", 1.0, 1, 40), Axis("b", 3.0, 1, 40), Axis("c", 0.0, 1, 40))


def looking(excess):
    def look(points):
        look.points += len(points)
        return [Looked(excess(point) < 1.0, excess(point)) for point in points]

    look.points = 0
    return look


def apart(least):
    return looking(lambda point: max(need / number for need, number in zip(least, point, strict=True)) - 1e-9)


@pytest.mark.parametrize("least", [(7, 3, 9), (40, 40, 40), (1, 1, 1), (13, 1, 40)])
def test_places_that_need_nothing_of_each_other_are_found_exactly(least):
    look = apart(least)
    start = line((1, 1, 1), (40, 40, 40), look)
    assert start == (max(least),) * 3
    assert descend(AXES, start, look) == least
    assert descend(AXES, climb(AXES, (1, 1, 1), look), look) == least
    assert look.points < 500


def test_a_line_whose_high_end_does_not_hold_has_no_answer():
    assert line((1, 1, 1), (8, 8, 8), apart((9, 1, 1))) is None
    assert climb((Axis("a", 1.0, 1, 8),), (1,), looking(lambda point: 9 / point[0])) is None


def test_waits_that_add_up_are_bought_down_where_it_is_cheap():
    """With waits 1/(n − need) that add up, no single step down holds, and the cost is near the least of all points."""
    need = (4, 6, 2)

    def excess(point):
        return sum(1.0 / (n - m) if n > m else math.inf for n, m in zip(point, need, strict=True))

    look = looking(excess)
    start = line((5, 7, 3), (40, 40, 40), look)
    found = descend(AXES, start, look)
    assert excess(found) < 1.0
    assert all(excess(lower) >= 1.0 for _, lower in steps_down(AXES, found))
    best = min(cost(AXES, each) for each in itertools.product(range(5, 20), range(7, 20), (40,)) if excess(each) < 1.0)
    assert cost(AXES, found) <= 1.1 * best
    assert cost(AXES, climb(AXES, (5, 7, 3), look)) <= 1.1 * best


def test_what_is_told_of_a_point_was_looked_at_where_more_can_be_worse():
    def excess(point):
        a, b, _ = point
        return 2.0 if a < 5 or b < 5 or (a == 8 and b > 6) else 0.5

    look = looking(excess)
    found = descend(AXES, (20, 20, 20), look)
    assert excess(found) < 1.0
    assert all(excess(lower) >= 1.0 for _, lower in steps_down(AXES, found))


def test_members_of_a_family_are_paid_each():
    assert cost((Axis("a", 2.0, 1, 9, copies=34), Axis("b", 1.0, 1, 9)), (3, 4)) == 2 * 34 * 3 + 4
