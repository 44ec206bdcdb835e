"""Factors say what the draws say: a plan times a row of them has the demands of that row."""

import numpy as np
import pytest

from models.calibration.demands import demands_of
from models.calibration.draws import COUNT, Fit, demand_draws, factors, normals
from models.factors import times
from models.uncertainty import Target
from tests.models.calibration.test_demands import NESTED

STEPS = ("pay", "home")


def fit(of_steps: bool) -> Fit:
    demands = demands_of(NESTED, STEPS)
    spread = np.exp(0.1 * normals(3, "places"))
    beyond = np.exp(0.05 * normals(6, "steps")).reshape(COUNT, 2, 3) if of_steps else None
    return Fit("response_fit", demands, spread, beyond, np.array([0.02, 0.03]))


def test_normals_have_mean_nought_and_variance_one_and_go_by_name() -> None:
    drawn = normals(3, "a")
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert drawn.std(axis=0) == pytest.approx(np.ones(3))
    assert (drawn[:, :2] == normals(2, "a")).all()
    assert not (drawn == normals(3, "b")).any()


@pytest.mark.parametrize("of_steps", [True, False])
@pytest.mark.parametrize("drift", [0.0, 0.05])
def test_factors_give_the_demands_of_their_row(of_steps: bool, drift: float) -> None:
    found = factors(fit(of_steps), drift, np.array([3.0, 1.0]), frozenset(NESTED.pools))
    seconds, delay_s = demand_draws(fit(of_steps), drift)
    for row in (0, 17, 63):
        targets = [(Target(of=each.of, station=each.station, step=each.step), each.draws[row]) for each in found]
        again = demands_of(times(NESTED, targets), STEPS)
        assert again.seconds == pytest.approx(seconds[row], rel=0.006)  # what varies by less than 0.2 % is left out
        assert again.delay_s == pytest.approx(delay_s[row], rel=0.006)


def test_the_machines_speed_moves_all_services_together() -> None:
    still = Fit("low_load", demands_of(NESTED, STEPS), np.ones((COUNT, 3)), None, np.zeros(2))
    assert factors(still, 0.0, np.ones(2), frozenset(NESTED.pools)) == ()
    app, db, _ = (each.draws for each in factors(still, 0.05, np.ones(2), frozenset(NESTED.pools)))
    assert app == db
    assert np.std(np.log(app)) == pytest.approx(0.05, rel=1e-3)
