import numpy as np
import pytest

from benchmarks.queue_runs import SERVICE_CV, SERVICES, Demand, Effects, Load, Weather, play


def mean_response_s(load: Load, effects: Effects, runs: int, seed: int = 1) -> float:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        weather = Weather.drawn(effects, load.lasts_s, random)
        found.append(play(load, Demand.drawn(load, random), weather, random).responses.mean())
    return float(np.mean(found))


@pytest.mark.parametrize("utilisation", [0.3, 0.6])
def test_one_server_waits_as_pollaczek_and_khinchine_say(utilisation: float) -> None:
    relative = np.array(SERVICES) / np.mean(SERVICES)
    second_moment = float(np.mean(relative**2)) * (1 + SERVICE_CV**2)
    service_s = utilisation / 200
    expected = service_s + utilisation * service_s * second_moment / (2 * (1 - utilisation))
    found = mean_response_s(Load(utilisation=utilisation, lasts_s=300), Effects(), 12)
    assert found == pytest.approx(expected, rel=0.02)
    assert found != pytest.approx(1.05 * expected, rel=0.02)


def test_more_servers_wait_less_for_the_same_utilisation() -> None:
    one, four = (Load(utilisation=0.7, lasts_s=60, servers=servers) for servers in (1, 4))
    assert mean_response_s(four, Effects(), 4) < 3 * mean_response_s(one, Effects(), 4)


def test_a_stall_holds_up_those_who_come_during_it() -> None:
    load, random = Load(utilisation=0.3, lasts_s=20), np.random.default_rng(2)
    demand = Demand.drawn(load, random)
    still = Weather(np.zeros(27), np.array([10.0]), np.array([1.0]))
    found = play(load, demand, still, random)
    during = found.responses[found.seconds == 5]
    assert during.max() == pytest.approx(1.0, abs=0.2)
    assert found.responses[found.seconds == 2].max() < 0.1


def test_a_slower_machine_answers_more_slowly_than_by_its_speed() -> None:
    load, demand = Load(utilisation=0.7, lasts_s=120), Demand.drawn(Load(lasts_s=120), np.random.default_rng(3))
    weather = Weather.drawn(Effects(), load.lasts_s, np.random.default_rng(4))
    usual, slower = (
        play(load, demand, weather.with_speed(by), np.random.default_rng(5)).responses.mean() for by in (0.0, 0.01)
    )
    assert np.log(slower / usual) == pytest.approx(0.01 / (1 - 0.7), rel=0.5)
    assert slower / usual > 1.015


def test_a_course_holds_its_step_only() -> None:
    load, random = Load(utilisation=0.3, lasts_s=20), np.random.default_rng(6)
    found = play(load, Demand.drawn(load, random), Weather.drawn(Effects(), 20, random), random)
    parts = [found.course(step).samples for step in range(len(SERVICES))]
    assert sum(parts) == found.course(None).samples == len(found.responses)
    assert (np.diff(found.course(2).values) >= 0).all()
