import math

import pytest

from cutover.base.errors import BadInput
from scenarios.precision import asked, told


@pytest.mark.parametrize(("text", "relative"), [("5%", 0.05), ("0.05", 0.05), (" 12.5 % ", 0.125), (".1", 0.1)])
def test_a_precision_is_a_share(text, relative):
    rule = asked(text, None)
    assert rule.relative == pytest.approx(relative)
    assert (rule.at_least, rule.at_most) == (10, 200)
    assert asked(text, 3).at_least == 3


@pytest.mark.parametrize("text", ["5", "1", "100%", "0", "0%", "-5%", "abc", "", "nan", "1e-2", "5%%", "5 % or so"])
def test_what_is_none_is_refused(text):
    with pytest.raises(BadInput, match=r"--precision.*must be a share of the value, above 0 and below 1; write 5% or"):
        asked(text, None)


@pytest.mark.parametrize("replications", [1, 0, -3, 201])
def test_replications_that_cannot_be_are_refused(replications):
    with pytest.raises(BadInput, match=f"--replications = {replications}: must be from 2 to 200"):
        asked(None, replications)


def test_without_a_precision_the_number_is_all():
    rule = asked(None, 4)
    assert (rule.relative, rule.at_least, rule.at_most) == (None, 4, 4)


def test_how_far_it_came_is_told():
    rule = asked("5%", 2)
    found = told(rule, rule.look([1.0, 1.001, 1.0]))
    assert found["reached"]
    assert found["words"].startswith("precision of the first budget's value: ± 0.143 % after 3 replications; ± 5 % was")
    never = told(rule, rule.look([1.0, math.inf]))
    assert (never["reached"], never["half_width_share"]) == (False, None)
    assert never["words"].endswith("not reached. A value is infinite, so that the mean is not finite.")
    assert told(rule, None)["words"] == "precision: no replication holds data about the first budget"
