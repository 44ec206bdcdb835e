"""Flows: who comes, from where, for what."""

import numpy as np
from scipy import stats

from models.demand.bursts import LONGEST, Bursts
from models.demand.choice import Choice
from models.demand.flow import NUMBER_BITS, Flow, Mix, Residents, merged
from models.schedule import Profile, Schedule

PEOPLE = np.array([5, 1, 4000, 30, 2])
SCHEDULE = Schedule(Profile(((0.0, 100.0), (400.0, 100.0))), 9)
JOURNEYS = {"shares": np.array([0.25, 1.0]), "journeys": np.array([3, 1], np.int32)}


def flow(index=0, schedule=SCHEDULE, **mix) -> Flow:
    return Flow(
        index, "f", assisted=False, schedule=schedule, mix=Mix(**JOURNEYS, **mix), residents=Residents.of(PEOPLE)
    )


def test_anybody_is_every_citizen_equally_with_the_right_commune():
    found = flow().columns(0.0, 400.0)
    first = np.concatenate([[0], np.cumsum(PEOPLE)])
    assert (found.citizen >= first[found.commune]).all()
    assert (found.citizen < first[found.commune + 1]).all()
    assert stats.kstest((found.citizen + 0.5) / PEOPLE.sum(), "uniform").pvalue > 0.001
    assert (found.procedure == -1).all()


def test_communes_come_by_weight_and_citizens_live_there():
    found = flow(commune=Choice.of([1, 1, 0, 2, 0])).columns(0.0, 400.0)
    counts = np.bincount(found.commune, minlength=5)
    assert counts[2] == counts[4] == 0
    assert stats.chisquare(counts[[0, 1, 3]], counts.sum() * np.array([0.25, 0.25, 0.5])).pvalue > 0.001
    assert stats.chisquare(counts[[0, 1, 3]], counts.sum() * np.array([0.2625, 0.2375, 0.5])).pvalue < 0.001
    inside = found.citizen[found.commune == 0]
    assert set(inside.tolist()) == {0, 1, 2, 3, 4}
    assert set(found.citizen[found.commune == 1].tolist()) == {5}


def test_journeys_come_in_their_shares_and_a_planted_one_is_seen():
    found = flow().columns(0.0, 400.0)
    count = int((found.journey == 3).sum())
    assert set(found.journey.tolist()) == {1, 3}
    assert stats.binomtest(count, found.number.size, 0.25).pvalue > 0.001
    assert stats.binomtest(count, found.number.size, 0.25 * 1.05).pvalue < 0.001


def test_procedures_come_by_the_shares_of_the_commune():
    rows = np.array([[1.0, 1.0, 1.0], [0.5, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.5, 1.0], [0.0, 0.0, 1.0]])
    found = flow(commune=Choice.of([1, 1, 1, 1, 1]), procedures=rows).columns(0.0, 400.0)
    assert set(found.procedure[found.commune == 0].tolist()) == {0}
    assert set(found.procedure[found.commune == 2].tolist()) == {2}
    third = found.procedure[found.commune == 3]
    assert stats.binomtest(int((third == 1).sum()), third.size, 0.5).pvalue > 0.001
    assert set(third.tolist()) == {1, 2}
    same = flow(procedures=rows[3:4]).columns(0.0, 400.0)
    assert stats.binomtest(int((same.procedure == 1).sum()), same.number.size, 0.5).pvalue > 0.001


def test_a_burst_is_of_one_commune_and_of_several_citizens():
    bursts = Bursts(Schedule(Profile(((0.0, 10.0), (400.0, 10.0))), 9), 5.0, 1.0)
    found = flow(3, bursts, commune=Choice.of([0, 0, 1, 1, 0])).columns(0.0, 400.0)
    burst = found.number // LONGEST
    for one in np.unique(burst)[:200]:
        assert np.unique(found.commune[burst == one]).size == 1
    assert {2, 3} == set(found.commune.tolist())
    pairs = found.citizen[found.commune == 2]
    assert np.unique(pairs).size > 0.5 * min(pairs.size, 4000)


def test_flows_merge_in_order_of_instant_with_numbers_apart():
    parts = [flow(index).columns(10.0, 20.0) for index in (0, 5, 127)]
    found = merged(parts)
    assert (np.diff(found.instant_ns) >= 0).all()
    assert np.unique(found.number).size == found.number.size == sum(part.number.size for part in parts)
    assert (found.number >> NUMBER_BITS == found.flow).all()
    assert found.number.max() < 1 << 44
    assert len({tuple(part.citizen[:5].tolist()) for part in parts}) == 3


def test_golden_columns():
    found = flow(2, commune=Choice.of([1, 1, 3, 1, 1]), procedures=np.array([[0.3, 1.0]])).columns(200.0, 200.05)
    assert [getattr(found, name)[:3].tolist() for name in ("citizen", "commune", "procedure", "journey")] == [
        [4016, 759, 4],
        [3, 2, 0],
        [0, 1, 0],
        [1, 3, 1],
    ]
