"""Every theory case by closed form or exact solution, to the digits that the case prints; one test a case number."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from models.plan import Plan
from models.theory.abandonment import ErlangA
from models.theory.closed import mva
from models.theory.delay import Mmc, mgc_wait_s
from models.theory.erlang import erlang_b, erlang_c
from models.theory.fork_join import fork_join_response_s
from models.theory.infinite import sinusoidal
from models.theory.line import line_throughput_rps
from models.theory.priority import PriorityMg1
from models.theory.retrial import orbit_mean
from models.theory.sharing import sharing_response_of_s, sharing_response_s
from models.theory.single import mg1_wait_s
from models.theory.time_varying import TimeVarying
from models.theory.trace import departures


def agrees(value: float, printed: str) -> bool:
    """Return whether the value, rounded to the printed number of decimals, is what is printed."""
    return f"{value:.{len(printed.partition('.')[2])}f}" == printed


def exactly(value: float) -> object:
    return pytest.approx(value, rel=1e-12)


def test_agreement_is_of_every_digit():
    assert agrees(2 / 3, "0.666667")
    assert not agrees(2 / 3, "0.666666")


def test_case_1_mm3():
    station = Mmc(2, 1, 3)
    assert (station.wait_s, station.in_system, station.wait_probability) == (
        exactly(4 / 9),
        exactly(26 / 9),
        exactly(4 / 9),
    )
    assert agrees(station.response_quantile(0.5), "1.08741")
    assert agrees(station.response_quantile(0.9), "3.18440")
    assert agrees(station.response_quantile(0.95), "4.02069")
    assert agrees(station.response_quantile(0.99), "5.89117")


def test_case_2_stations_of_other_speeds():
    quick, single, slow = Mmc(10, 1 / 4, 3), Mmc(1, 1 / 1.25, 1), Mmc(1, 1 / 0.4, 3)
    assert agrees(quick.wait_s, "0.351124")
    assert agrees(quick.in_system, "6.011236")
    assert agrees(quick.wait_probability, "0.702247")
    assert (single.wait_s, single.in_system) == (exactly(3.2), exactly(4.0))
    assert agrees(slow.wait_s, "3.511236")


def test_case_3_hand_trace():
    assert departures((0, 1, 2, 3, 4), (5, 2, 1, 4, 1), 2) == (5, 3, 4, 8, 6)


def test_case_4_call_centre():
    station = Mmc(100 / 1800, 180, 14)
    assert agrees(station.wait_probability, "0.1741319")
    assert agrees(1 - station.waits_longer(20), "0.888350")
    assert agrees(station.wait_s, "7.835937")
    assert agrees(station.utilisation, "0.714286")


def test_case_5_erlang_b():
    assert agrees(erlang_b(1, 5), "0.833333")
    assert agrees(erlang_b(10, 20), "0.5379631686")
    assert agrees(erlang_b(190, 200), "0.0886968439")


def test_case_6_erlang_a():
    station = ErlangA(0.1, 240, 28, 300, 80)
    assert agrees(station.backlog, "0.6833262")
    assert agrees(station.in_system, "24.1366652")
    assert agrees(station.wait_s, "6.8332618")
    for servers in (1, 5, 24, 60):
        assert ErlangA(0.1, 240, servers, 240).in_system == exactly(24.0)


def test_case_7_priorities():
    station = PriorityMg1((0.2, 0.6), (1, 1), (1, 1))
    assert station.non_preemptive_response_s() == (exactly(2.0), exactly(6.0))
    assert station.preemptive_resume_response_s() == (exactly(1.25), exactly(6.25))


@pytest.mark.parametrize(("scv", "wait_s"), [(0, 2.0), (0.25, 2.5), (1, 4.0), (4, 10.0)])
def test_case_8_pollaczek_khinchine(scv, wait_s):
    assert mg1_wait_s(0.8, 1, scv) == exactly(wait_s)
    assert mgc_wait_s(0.8, 1, scv, 1) == exactly(wait_s)


@pytest.mark.parametrize(("arrival_rps", "rate_rps", "response_s"), [(3, 5, 0.5), (4, 5, 1), (3, 6, 1 / 3)])
def test_case_9_processor_sharing(arrival_rps, rate_rps, response_s):
    assert sharing_response_s(arrival_rps, 1 / rate_rps) == exactly(response_s)
    assert sharing_response_of_s(2 / rate_rps, arrival_rps, 1 / rate_rps) == exactly(2 * response_s)


def test_case_10_saturated_line():
    assert line_throughput_rps((1, 1), (0,)) == exactly(2 / 3)
    assert line_throughput_rps((1, 1), (1,)) == exactly(3 / 4)
    assert agrees(line_throughput_rps((1, 1, 1), (0, 0)), "0.5641026")


def test_case_11_fork_join():
    assert (fork_join_response_s(0.5, 1), fork_join_response_s(0.8, 1)) == (exactly(2.875), exactly(7.0))


def test_case_12_repairman():
    closed = mva(10, (1.5,), think_s=1 / 0.3)
    assert agrees(closed.throughput_rps, "0.666608")
    assert agrees(closed.in_system[0], "7.777973")
    assert agrees(closed.response_s, "11.667982")


def test_case_13_client_and_database():
    closed = mva(10, (1, 2), think_s=5)
    assert agrees(closed.throughput_rps, "0.4970490")
    assert agrees(closed.responses_s[0], "1.939538")
    assert agrees(closed.responses_s[1], "13.179203")


@pytest.mark.parametrize("discipline", ["srpt", "sjf"])
def test_case_14_no_station_serves_the_shortest_first(discipline):
    service = {"station": "s", "service": {"law": "constant", "mean_s": 1}}
    plan = {"schema": 1, "name": "p", "description": "", "programs": {"a": [service]}}
    assert Plan.model_validate({**plan, "stations": {"s": {"servers": 1}}})
    with pytest.raises(ValidationError, match="discipline"):
        Plan.model_validate({**plan, "stations": {"s": {"servers": 1, "discipline": discipline}}})


def test_case_15_retrials():
    assert orbit_mean(0.5, 1, 1) == exactly(1.0)
    assert orbit_mean(0.5, 1, 0.2) == exactly(3.0)


def test_case_16_infinitely_many_servers():
    wave = sinusoidal(100, 30, 24, 1)
    assert wave.mean == 100
    assert agrees(wave.amplitude, "29.02192")
    assert agrees(wave.lag_s, "0.978050")


def test_case_17_periodic_regime():
    day = TimeVarying(lambda t: 100 + 40 * math.sin(2 * math.pi * t / 24), 1, 130).periodic(24)
    assert agrees(day.wait_probability.max(), "0.92319")
    assert agrees(day.times_s[day.wait_probability.argmax()], "8.1")
    assert agrees(day.in_system.max(), "172.253")
    assert agrees(day.backlog.max(), "42.996")
    assert agrees(day.times_s[day.in_system.argmax()], "8.9")
    assert agrees(day.times_s[day.backlog.argmax()], "8.9")
    # The busy servers must serve what arrives, 100 on average: only then a mean is one over the cycle.
    assert (day.in_system - day.backlog).mean() == pytest.approx(100, abs=1e-5)
    assert agrees(day.backlog.mean(), "10.4113")
    assert agrees(day.wait_probability.mean(), "0.30325")
    # The case prints means of 241 instants, midnight counted twice.
    assert agrees(np.append(day.backlog, day.backlog[0]).mean(), "10.368")
    assert agrees(np.append(day.wait_probability, day.wait_probability[0]).mean(), "0.30199")


def test_values_that_are_published_wrong():
    assert agrees(erlang_b(200, 180), "0.0103250")
    assert not agrees(erlang_b(200, 180), "0.012")
    assert agrees(erlang_c(25, 20), "0.2091028")
    assert not agrees(erlang_c(25, 20), "0.261")


def test_a_wrong_parameter_does_not_agree():
    assert not agrees(replace(Mmc(2, 1, 3), service_s=1.00001).response_quantile(0.5), "1.08741")
    assert not agrees(ErlangA(0.1, 240, 28, 300.01, 80).backlog, "0.6833262")
