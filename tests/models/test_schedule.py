"""Schedules: the integral and its inverse, Poisson arrivals, windows that meet, scale and warp."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cutover.base.errors import BadInput
from models.schedule import BLOCK, Profile, Schedule

STEEP = Profile(((0, 10), (100, 10), (100, 0), (200, 0), (200, 5), (300, 55), (300, 400), (400, 0)))


def test_integral_by_hand() -> None:
    assert STEEP.total == 1000 + 3000 + 20_000
    assert STEEP.expected([0, 50, 100, 150, 200, 250, 300, 350, 400]).tolist() == [
        0, 500, 1000, 1000, 1000, 1875, 4000, 19_000, 24_000,
    ]  # fmt: skip
    assert STEEP.expected([-1, 401]).tolist() == [0, 24_000]


def test_inverse_by_hand() -> None:
    masses = [0, 500, 1875, 4000, 19_000, 24_000]
    assert STEEP.inverse(masses) == pytest.approx([0, 50, 250, 300, 350, 400], rel=1e-15)
    assert STEEP.inverse(np.nextafter(1000, 0)) == pytest.approx(100)  # nobody arrives in the pause
    assert STEEP.inverse(np.nextafter(1000, 2000)) == pytest.approx(200)


def test_inverse_at_the_end_before_a_last_pause() -> None:
    assert Profile(((0, 2), (10, 2), (10, 0), (60, 0))).inverse(20.0) == pytest.approx(10)


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e4)), min_size=1, max_size=8),
    st.floats(0.001, 0.999),
)
def test_inverse_undoes_the_integral(pieces: list[tuple[float, float]], share: float) -> None:
    times = np.cumsum([0.0, *(length for length, _ in pieces)])
    rates = [1.0, *(rate for _, rate in pieces)]
    points = (*zip(times.tolist(), rates, strict=True), (float(times[-1]) + 1.0, 3.0))
    profile = Profile(points)
    mass = share * profile.total
    assert profile.expected(profile.inverse(mass)) == pytest.approx(mass, rel=1e-9)


@pytest.fixture(scope="module")
def long_stream() -> np.ndarray:
    schedule = Schedule(STEEP, 3, scale=5.0)
    _, instants = schedule.window(0, 400)
    return np.asarray(instants / 1e9)


def test_rescaled_gaps_are_exponential(long_stream: np.ndarray) -> None:
    assert len(long_stream) > 100_000
    gaps = np.diff(5.0 * STEEP.expected(long_stream))
    assert stats.kstest(gaps, "expon").pvalue > 0.001
    assert stats.kstest(gaps * 1.05, "expon").pvalue < 0.001  # a planted rate 5 % off
    half = 3.29 / np.sqrt(len(gaps))
    assert abs(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]) < half


def test_counts_are_poisson_and_right_at_jumps(long_stream: np.ndarray) -> None:
    edges = np.arange(0, 401, 10)
    counts, _ = np.histogram(long_stream, edges)
    expected = np.diff(5.0 * STEEP.expected(edges))
    assert (counts[10:20] == 0).all()
    busy = expected > 0
    z = (counts[busy] - expected[busy]) / np.sqrt(expected[busy])
    assert np.abs(z).max() < 4.0  # 30 counts: one beyond 4 in 500 runs
    assert stats.chi2.sf((z**2).sum(), busy.sum()) > 0.001


@pytest.mark.parametrize("width_s", [400.0, 100.0, 7.3, 0.5])
def test_any_split_holds_the_same_sessions(width_s: float) -> None:
    schedule = Schedule(STEEP, 3)
    numbers, instants = schedule.window(0, 400)
    edges = np.append(np.arange(0, 400, width_s), 400)
    windows = [schedule.window(a, b) for a, b in itertools.pairwise(edges)]
    assert np.concatenate([w[0] for w in windows]).tolist() == numbers.tolist()
    assert np.concatenate([w[1] for w in windows]).tolist() == instants.tolist()
    for (_, found), a, b in zip(windows, edges[:-1], edges[1:], strict=True):
        assert ((found >= round(a * 1e9)) & (found < round(b * 1e9))).all()


def test_numbers_are_unique_and_ascend_with_the_instants() -> None:
    numbers, instants = Schedule(STEEP, 3).window(0, 400)
    assert (np.diff(numbers) > 0).all()
    assert (np.diff(instants) >= 0).all()
    assert numbers.dtype == instants.dtype == np.int64
    assert numbers[-1] >> 20 == (len(numbers) // BLOCK)


def test_a_session_keeps_its_number_under_scale_and_warp() -> None:
    profile = Profile(((0, 10), (1000, 10)))
    whole = dict(zip(*(c.tolist() for c in Schedule(profile, 1).window(0, 1000)), strict=True))
    small = dict(zip(*(c.tolist() for c in Schedule(profile, 1, scale=0.25).window(0, 1000)), strict=True))
    fast = Schedule(profile, 1, warp=10.0)
    quick = dict(zip(*(c.tolist() for c in fast.window(0, 100)), strict=True))
    assert fast.duration_s == 100
    assert Schedule(profile, 1, scale=0.25).expected == 2500
    assert list(small) == list(whole)[: len(small)]
    assert all(abs(small[number] - 4 * whole[number]) <= 4 for number in small)
    assert quick.keys() == whole.keys()
    assert all(abs(10 * quick[number] - whole[number]) <= 10 for number in quick)


def test_streams_differ_by_seed_and_replication() -> None:
    streams = [Schedule(STEEP, seed, replication).window(0, 50)[1] for seed, replication in ((1, 0), (2, 0), (1, 1))]
    assert len({tuple(stream[:5].tolist()) for stream in streams}) == 3


def test_window_outside_the_schedule_is_empty() -> None:
    schedule = Schedule(STEEP, 3)
    assert schedule.window(400, 500)[0].size == 0
    assert schedule.window(120, 180)[0].size == 0


def test_golden_stream() -> None:
    numbers, instants = Schedule(STEEP, 20250701).window(250, 251)
    assert (numbers[:3].tolist(), instants[:3].tolist()) == (
        [1049407, 1049408, 1049409],
        [250005603803, 250008545426, 250034534293],
    )


@pytest.mark.parametrize("scale", [1.0, 0.37, 5.0])
def test_an_exact_total_is_exact_in_every_split(scale: float) -> None:
    schedule = Schedule(STEEP, 3, scale=scale, exact=True)
    numbers, instants = schedule.window(0, 400)
    assert numbers.size == round(24_000 * scale)
    assert np.unique(numbers).size == numbers.size
    parts = [schedule.window(a, a + 7.5) for a in np.arange(0, 400, 7.5)]
    assert np.concatenate([part[0] for part in parts]).tolist() == numbers.tolist()
    assert np.concatenate([part[1] for part in parts]).tolist() == instants.tolist()


def test_an_exact_stream_is_a_poisson_process_given_its_total() -> None:
    _, instants = Schedule(STEEP, 3, scale=5.0, exact=True).window(0, 400)
    places = STEEP.expected(instants / 1e9) / STEEP.total
    assert instants.size == 120_000
    assert stats.kstest(places, "uniform").pvalue > 0.001
    gaps = np.diff(places) * instants.size
    assert stats.kstest(gaps, "expon").pvalue > 0.001
    assert stats.kstest(gaps * 1.05, "expon").pvalue < 0.001  # a planted rate 5 % off


def test_streams_of_different_names_are_independent() -> None:
    profile = Profile(((0, 100), (1000, 100)))
    named = [Schedule(profile, 3, name=name).window(0, 1000)[1] for name in ("schedule", "flow/a")]
    counts = [np.histogram(instants / 1e9, np.arange(0, 1001))[0] for instants in named]
    assert abs(np.corrcoef(counts)[0, 1]) < 3.29 / np.sqrt(1000)


@pytest.mark.parametrize(
    ("points", "messages"),
    [
        (((0.0, 1.0),), ["points = 1: must be at least two points; add the end of the profile"]),
        (
            ((1.0, 1.0), (0.5, -1.0), (float("nan"), float("inf"))),
            [
                "points[0] = 1.0: must be at time 0; begin the profile at 0 seconds",
                "points[1] = 0.5: must be a time not before the point before it; sort the points by time",
                "points[1] = -1.0: must be a rate of 0 or more; correct the rate (sessions per second)",
                "points[2] = nan: must be a time not before the point before it; sort the points by time",
                "points[2] = inf: must be a rate of 0 or more; correct the rate (sessions per second)",
                "points: must expect at least some session; give a span of time a rate above 0",
            ],
        ),
        (((0, 0), (9, 0)), ["points: must expect at least some session; give a span of time a rate above 0"]),
    ],
)
def test_bad_profiles(points: tuple[tuple[float, float], ...], messages: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        Profile(points)
    assert str(caught.value).split("\n") == [f"profile: {message}" for message in messages]
