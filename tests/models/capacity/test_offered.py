"""Offered loads and brackets, against what is worked out by hand and against Erlang's own formula."""

import pytest

from models.assembly import assemble
from models.capacity.bracket import enough, least_stable
from models.capacity.offered import Demand, Offered, demands, offered
from models.plan import Plan
from models.theory.delay import Mmc

PLAN = {
    "schema": 1,
    "name": "test",
    "description": "A pool around a visit, a choice and a fork; a family.",
    "stations": {
        "web": {"servers": 2},
        "db": {"servers": 2},
        "bank": {"servers": 1, "weights": [3.0, 1.0]},
    },
    "pools": {"workers": {"tokens": 9}},
    "programs": {
        "home": [{"station": "web", "service": {"law": "exponential", "mean_s": 0.01}}],
        "pay": [
            {
                "hold": "workers",
                "do": [
                    {"station": "web", "service": {"law": "exponential", "mean_s": 0.02}},
                    {"station": "db", "service": {"law": "exponential", "mean_s": 0.1}, "probability": 0.5},
                    {
                        "fork": [
                            [{"station": "bank", "service": {"law": "exponential", "mean_s": 0.4}}],
                            [{"delay": {"law": "constant", "mean_s": 0.3}}],
                        ]
                    },
                ],
            }
        ],
    },
}


def test_each_place_is_asked_for_what_the_programs_say():
    found = demands(assemble(Plan.model_validate(PLAN), ()))
    assert found["web"] == {"home": Demand(1.0, 0.01), "pay": Demand(1.0, 0.02)}
    assert found["db"]["pay"] == pytest.approx(Demand(0.5, 0.05))
    assert found["bank"]["pay"].visits == pytest.approx(0.75)
    assert found["bank"]["pay"].busy_s == pytest.approx(0.3)
    assert found["workers"]["pay"].busy_s == pytest.approx(0.02 + 0.05 + 0.4)
    load = offered(found["web"], {"home": 100.0, "pay": 10.0, "other": 7.0})
    assert (load.arrival_rps, load.erlangs) == pytest.approx((110.0, 1.2))
    assert load.service_s == pytest.approx(1.2 / 110.0)


@pytest.mark.parametrize("erlangs", [0.2, 3.0, 17.9, 240.0])
def test_the_bracket_holds_what_erlang_asks_for(erlangs):
    load, wait_s = Offered(10.0 * erlangs, erlangs), 0.05
    low, high = least_stable(load), enough(load, wait_s)
    assert low - 1 <= erlangs < low <= high
    assert Mmc(load.arrival_rps, load.service_s, high).waits_longer(wait_s) <= 1e-3
    assert high == low or Mmc(load.arrival_rps, load.service_s, high - 1).waits_longer(wait_s) > 1e-3


def test_nobody_asks_for_one_server():
    assert (least_stable(Offered(0.0, 0.0)), enough(Offered(0.0, 0.0), 1.0)) == (1, 1)
