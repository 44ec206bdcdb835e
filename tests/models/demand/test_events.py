"""Life events: dossiers by hand."""

import numpy as np
import pytest

from models.demand.events import LifeEvent, dossiers_a_day


def test_dossiers_by_hand():
    birth = LifeEvent("birth", part=0.1, yearly=0.365, in_wards=3.0, dossiers={"a": 2.0, "unlisted": 9.0})
    move = LifeEvent("move", part=1.0, yearly=0.0365, in_wards=1.0, dossiers={"a": 1.0, "b": 0.5})
    found = dossiers_a_day([birth, move], np.array([1000, 3000]), np.array([True, False]), ["a", "b"])
    births = 4000 * 0.1 * 0.001  # a day; wards weigh 1000·3 against 3000
    assert found == pytest.approx(np.array([[births * 0.5 * 2 + 0.1, 0.05], [births * 0.5 * 2 + 0.3, 0.15]]))
