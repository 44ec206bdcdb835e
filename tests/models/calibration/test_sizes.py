import pytest

from models.calibration.sizes import open_sizes, searched, without_open
from models.plan import Plan
from tests.models.calibration.levels import level
from tests.models.calibration.truth import law, plan_of

PLAN = plan_of(
    {"portal": 1},
    {"home": [{"hold": "connections", "do": [{"station": "portal", "service": law(0.01, 0.5)}]}]},
    pools={"connections": {"tokens": 8}},
    uncertain=[
        {"name": "pool", "of": "tokens", "station": "connections", "low": 0.25, "high": 4, "assumed": "not known"},
        {"name": "code", "of": "service", "low": 0.5, "high": 2, "assumed": "not known"},
    ],
)


def test_ranges_of_tokens_are_open_and_levels_do_not_tell_them() -> None:
    assert open_sizes(PLAN) == {"connections": (2, 32)}
    assert open_sizes(Plan.model_validate(PLAN.model_dump(by_alias=True) | {"uncertain": ()})) == {}
    [one] = without_open(PLAN, [level(10, servers={"portal": 1, "connections": 8})])
    assert one.servers == {"portal": 1}


@pytest.mark.parametrize("best", [1, 2, 7, 13, 50, 99, 100])
def test_the_number_of_least_cost_is_found_in_few_calls(best: int) -> None:
    calls: list[int] = []

    def cost(number: int) -> float:
        calls.append(number)
        return abs(number - best) ** 1.5

    assert searched(1, 100, cost) == best
    assert len(calls) == len(set(calls)) <= 20
