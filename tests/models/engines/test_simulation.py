"""What happens to stations by itself: schedules, slow phases, autoscalers, bulk jobs; by hand."""

import pytest

from models.changes import changes_of
from models.faults import Fault
from models.laws import Law
from models.network import Job, NetworkStation, Scaler, Slow
from tests.models.engines.traces import S, books, delay, hold, lasts, network, play, pool, random, station, visit


def test_a_schedule_of_servers() -> None:
    """One server, three from 2 on, one again from 4: who is in service then goes on."""
    spec = station("s", 1, schedule=((2 * S, 3), (4 * S, 1)))
    trace, history = play(network([spec], (visit(1, 0, 3),)), [(0, 0)] * 5)
    assert [trace.ends[n][1] for n in range(5)] == [3, 5, 5, 6, 9]
    assert history.station("s").most == 3


def test_servers_that_are_taken_while_busy_are_there_until_they_are_done() -> None:
    """1 server up to 2, 3 up to 4; then 1, but 3 are busy up to 5: 2 + 6 + 3, and 1 up to 20; busy for 5 times 3 s."""
    spec = station("s", 1, schedule=((2 * S, 3), (4 * S, 1)))
    _, history = play(network([spec], (visit(1, 0, 3),)), [(0, 0)] * 5, until_s=20)
    assert books(history, "s").capacity_ns == 2 + 6 + 3 + 15
    assert history.station("s").utilisation() == 15 / 26


def test_a_server_that_comes_back_before_it_is_done_is_there_once() -> None:
    """Taken from 1 to 3, busy up to 5: there all the time, and then again idle."""
    spec = station("s", 1, schedule=((1 * S, 0), (3 * S, 1)))
    _, history = play(network([spec], (visit(1, 0, 5),)), [(0, 0)], until_s=10)
    assert books(history, "s").capacity_ns == 10


def test_shared_servers_that_are_taken_are_gone() -> None:
    """Three share 3 servers up to 1, and then 1, which each gets a third of: 1 of 3 s done, 2 · 3 s to go."""
    spec = station("s", 3, discipline="sharing", schedule=((1 * S, 1),))
    trace, history = play(network([spec], (visit(1, 0, 3),)), [(0, 0)] * 3, until_s=10)
    assert trace.ends[0] == ("ok", 7)
    assert (books(history, "s").capacity_ns, books(history, "s").busy_ns) == (3 + 9, 3 + 6)
    assert history.station("s").utilisation() == 9 / 12


def test_tokens_that_are_taken_while_held_are_there_until_they_are_given_back() -> None:
    spec = NetworkStation("p", 2, None, "pool", schedule=((1 * S, 0), (6 * S, 1)))
    _, history = play(network([spec], (hold(1, 0, delay(2, 4)),)), [(0, 0), (0, 0)], until_s=10)
    assert books(history, "p").capacity_ns == 2 * 4 + 4
    assert history.station("p").utilisation() == 8 / 12


def test_slow_phases_are_drawn_for_all_their_stations_at_once() -> None:
    slow = (Slow("garbage", (0, 1), random(5), lasts(1), 3.0),)
    both = network([station("s", 99), station("t", 99)], (visit(1, 0, 0.01),), (visit(1, 1, 0.01),), slow=slow)
    arrivals = [(at / 10, at % 2) for at in range(2000)]
    trace, _ = play(both, arrivals, until_s=300, seed=3)
    phases = changes_of(both, 3, 0, 300 * S)
    assert phases[0] == phases[1]
    begins = [change.at_ns / S for change in phases[0] if change.thousandths == 3000]
    assert len(begins) > 20
    for number, (at, _) in enumerate(arrivals):
        is_slow = any(begin <= at < begin + 1 for begin in begins)
        assert trace.ends[number][1] - at == pytest.approx(0.03 if is_slow else 0.01, abs=1e-6)


def test_an_autoscaler_adds_servers_when_they_are_up() -> None:
    """Busy from 0 on: 2 more are ordered at 10, up at 15, and 1 more (up to 4) by the look at 20."""
    spec = station("s", 1, scaler=Scaler(10 * S, 800, 0, 2, 1, 4, 0, 5 * S))
    trace, history = play(network([spec], (visit(1, 0, 40),)), [(0, 0)] * 6, until_s=90)
    ends = [trace.ends[n] for n in range(6)]
    assert ends == [("ok", 40), ("ok", 55), ("ok", 55), ("ok", 65), ("ok", 80), ("unfinished", 90)]
    assert history.station("s").most == 4
    assert books(history, "s").capacity_ns == 15 + 3 * 10 + 4 * 65
    assert history.station("s").utilisation() == (40 + 40 + 40 + 40 + 40 + 35) / 305


def test_an_autoscaler_gives_up_servers_at_once_and_cools_down() -> None:
    """Idle: 4 → 2 at 10, and nothing before 35: 2 → 1 at 40 only."""
    spec = station("s", 4, scaler=Scaler(10 * S, 900, 200, 2, 1, 4, 25 * S, 0))
    trace, _ = play(network([spec], (visit(1, 0, 1),)), [(9, 0)] * 4 + [(30.5, 0)] * 3 + [(41, 0)] * 2)
    assert [trace.ends[n][1] for n in range(9)] == [10, 10, 10, 10, 31.5, 31.5, 32.5, 42, 43]


def test_an_autoscaler_looks_after_a_fault_of_the_same_instant_and_at_what_is_left() -> None:
    """Two of four servers busy, two lost from 0 on: wholly busy, as far as it can see."""
    spec = station("s", 2, scaler=Scaler(10 * S, 1000, 0, 1, 1, 9, 0, 0))
    faults = (Fault("s", 0, 90 * S, left=0.5),)
    trace, _ = play(network([spec], (visit(1, 0, 30),), faults=faults), [(0, 0)] * 3, until_s=60)
    # 1 of 2 left; 3 ordered at 10: 1.5 rounds to 2; 4 at 20: 2; 5 at 30: 2.5 rounds to 3
    assert [trace.ends[n][1] for n in range(3)] == [30, 40, 60]


def test_an_autoscaler_keeps_its_number_over_faults_and_schedules() -> None:
    """Up from 1 to 3 at 10; half of 3 rounds to 2 from 12 to 14, and a schedule counts for nothing."""
    scaler = Scaler(10 * S, 800, 0, 2, 1, 3, 0, 0)
    spec = station("s", 1, scaler=scaler, schedule=((15 * S, 9),))
    faults = (Fault("s", 12 * S, 14 * S, left=0.5),)
    trace, _ = play(network([spec], (visit(1, 0, 11),), faults=faults), [(0, 0)] + [(13, 0)] * 4)
    assert [trace.ends[n][1] for n in range(5)] == [11, 24, 24, 25, 35]


def job(workers: int = 1, pause: Law | None = None, **more: int) -> Job:
    window = {"from_ns": 2 * S, "to_ns": 20 * S} | more
    return Job("night", workers, (visit(1, 0, 3),), pause=pause, **window)  # type: ignore[arg-type]


def test_workers_of_a_job_begin_again_until_its_end() -> None:
    """Rounds at 2, 6, 10, 14, 18, the last ending at 21; the worker's turns delay a citizen who comes at 3."""
    one = network([station("s")], (visit(1, 0, 1),), jobs=(job(pause=lasts(1)),))
    trace, history = play(one, [(0, 0), (5, 0)])
    assert trace.ends == {0: ("ok", 1), 1: ("ok", 6)}
    assert books(history, "s")[3:] == (17, 0, 7, 7, 7, 0, 0)


def test_a_job_ends_after_its_rounds_and_heeds_no_failure() -> None:
    one = network([station("s", 2, fails=1.0)], (delay(1, 1),), jobs=(job(2, rounds=2),))
    _, history = play(one, [])
    assert books(history, "s")[3:] == (12, 0, 4, 4, 4, 0, 0)


@pytest.mark.parametrize("pause", [None, lasts(0)])
def test_a_round_that_is_refused_at_once_does_not_stop_time(pause: Law | None) -> None:
    """Nine rounds, a nanosecond apart; the first comes to `s` as an arrival of its instant, after the citizen."""
    one = network([station("s", queue=0)], (visit(1, 0, 2),), jobs=(job(from_ns=0, to_ns=9, pause=pause),))
    _, history = play(one, [(0, 0)], until_s=1e-8)
    assert history.station("s").intervals[0].rejections == 9


def test_a_pool_cannot_be_visited_nor_a_station_held() -> None:
    both = [station("s"), pool("p", 1)]
    with pytest.raises(TypeError, match="p is a pool, so that nothing can visit it"):
        play(network(both, (visit(1, 1, 1),)), [])
    with pytest.raises(TypeError, match="s is no pool, so that nothing can hold it"):
        play(network(both, (hold(1, 0),)), [])
