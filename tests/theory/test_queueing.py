"""Theory cases 1, 2, 4, 5 and 8 by closed form, to six digits."""

import math

import pytest

from models.queueing import Mmc, erlang_b, erlang_c, mg1_wait_s, mgc_wait_s

SIX_DIGITS = 5e-7


@pytest.mark.parametrize(
    ("station", "wait_s", "in_system", "wait_probability"),
    [
        (Mmc(2, 1, 3), 4 / 9, 26 / 9, 4 / 9),
        (Mmc(10, 0.25, 3), 0.351124, 6.011236, 0.702247),
        (Mmc(1, 0.8, 1), 3.2, 4.0, 0.8),
        (Mmc(1, 2.5, 3), 3.511236, 6.011236, 0.702247),
    ],
)
def test_mmc(station: Mmc, wait_s: float, in_system: float, wait_probability: float) -> None:
    assert station.wait_s == pytest.approx(wait_s, rel=2e-6)
    assert station.in_system == pytest.approx(in_system, rel=SIX_DIGITS)
    assert station.wait_probability == pytest.approx(wait_probability, rel=SIX_DIGITS)
    assert station.backlog == pytest.approx(station.in_system - station.offered, rel=1e-12)


@pytest.mark.parametrize(("fraction", "response_s"), [(0.5, 1.08741), (0.9, 3.18440), (0.95, 4.02069), (0.99, 5.89117)])
def test_mmc_response_quantiles(fraction: float, response_s: float) -> None:
    assert Mmc(2, 1, 3).response_quantile(fraction) == pytest.approx(response_s, abs=5e-6)


def test_mm1_response_is_exponential() -> None:
    station = Mmc(1, 0.8, 1)  # rate μ − λ = 0.25
    assert station.response_quantile(0.9) == pytest.approx(-math.log(0.1) / 0.25, rel=1e-12)
    assert station.responds_later(3.0) == pytest.approx(math.exp(-0.75), rel=1e-12)


def test_response_where_wait_and_service_have_one_rate() -> None:
    near, at = Mmc(1 + 1e-9, 1.0, 2), Mmc(1, 1.0, 2)  # c·μ − λ = μ: the formula's limit
    assert at.responds_later(2.0) == pytest.approx(math.exp(-2) * (1 + at.wait_probability * 2), rel=1e-14)
    assert at.responds_later(2.0) == pytest.approx(near.responds_later(2.0), rel=1e-7)


def test_erlang_c_of_a_call_centre() -> None:
    station = Mmc(100 / 1800, 180, 14)
    assert station.wait_probability == pytest.approx(0.1741319, abs=SIX_DIGITS)
    assert 1 - station.waits_longer(20) == pytest.approx(0.888350, abs=SIX_DIGITS)
    assert station.wait_s == pytest.approx(7.835937, rel=SIX_DIGITS)
    assert station.utilisation == pytest.approx(0.714286, abs=SIX_DIGITS)


@pytest.mark.parametrize(
    ("offered", "servers", "blocked"),
    [(5, 1, 5 / 6), (20, 10, 0.5379631686), (200, 190, 0.0886968439), (180, 200, 0.0103250)],
)
def test_erlang_b(offered: float, servers: int, blocked: float) -> None:
    assert erlang_b(servers, offered) == pytest.approx(blocked, abs=5e-8)


def test_erlang_c_against_a_value_published_wrong() -> None:
    assert erlang_c(25, 20) == pytest.approx(0.2091028, abs=5e-8)


@pytest.mark.parametrize(("scv", "wait_s"), [(0, 2.0), (0.25, 2.5), (1, 4.0), (4, 10.0)])
def test_pollaczek_khinchine(scv: float, wait_s: float) -> None:
    assert mg1_wait_s(0.8, 1.0, scv) == pytest.approx(wait_s, rel=1e-12)
    assert mgc_wait_s(0.8, 1.0, scv, 1) == pytest.approx(wait_s, rel=1e-12)


@pytest.mark.parametrize("arrival_rps", [3.0, 4.0])
def test_offered_more_than_it_can_do(arrival_rps: float) -> None:
    station = Mmc(arrival_rps, 1.0, 3)
    assert (station.wait_probability, station.wait_s, station.backlog) == (1.0, math.inf, math.inf)
    assert station.response_quantile(0.5) == math.inf
    assert station.responds_later(1e9) == 1.0
    assert mg1_wait_s(arrival_rps / 3, 1.0, 1.0) == math.inf
