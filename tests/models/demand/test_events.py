"""Life events: dossiers, and what led to them, by hand."""

import numpy as np
import pytest

from models.demand.events import LifeEvent, caused, causes, dossiers_a_day

BIRTH = LifeEvent("birth", part=0.1, yearly=0.365, in_wards=3.0, dossiers={"a": 2.0, "unlisted": 9.0})
MOVE = LifeEvent("move", part=1.0, yearly=0.0365, in_wards=1.0, dossiers={"a": 1.0, "b": 0.5})
PEOPLE, WARDS = np.array([1000, 3000]), np.array([True, False])


def test_dossiers_by_hand():
    found = dossiers_a_day([BIRTH, MOVE], PEOPLE, WARDS, ["a", "b"])
    births = 4000 * 0.1 * 0.001  # a day; wards weigh 1000·3 against 3000
    assert found == pytest.approx(np.array([[births * 0.5 * 2 + 0.1, 0.05], [births * 0.5 * 2 + 0.3, 0.15]]))


def test_causes_by_hand():
    shares = causes([BIRTH, MOVE], PEOPLE, WARDS, ["a", "b", "c"])
    # of procedure a: 0.4 dossiers of births in either place; of moves 0.1 in the ward and 0.3 elsewhere
    assert shares[:, 0] == pytest.approx(np.array([[4 / 7, 1.0], [0.8, 1.0]]))
    assert shares[:, 1].tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert shares[:, 2].tolist() == [[0.0, 0.0], [0.0, 0.0]]  # nothing leads to it


def test_causes_share_out_the_dossiers_of_every_event():
    both = causes([BIRTH, MOVE], PEOPLE, WARDS, ["a", "b"])
    whole = dossiers_a_day([BIRTH, MOVE], PEOPLE, WARDS, ["a", "b"])
    alone = dossiers_a_day([BIRTH], PEOPLE, WARDS, ["a", "b"])
    assert both[WARDS.astype(int), :, 0] * whole == pytest.approx(alone, rel=1e-12)


def test_an_event_is_picked_by_its_share():
    shares = causes([BIRTH, MOVE], PEOPLE, WARDS, ["a", "b"])
    ward = np.array([False, False, True, True, True])
    procedure = np.array([0, 0, 0, 0, 1], np.int32)
    assert caused(shares, ward, procedure, np.array([0.571, 0.572, 0.79, 0.81, 0.0])).tolist() == [0, 1, 0, 1, 1]
