"""M/M/c beyond the theory cases: limits, quantiles, overload, errors; and Erlang's formulas."""

import math

import pytest

from models.theory.delay import Mmc, mgc_wait_s
from models.theory.erlang import erlang_b, erlang_c


def test_mm1_response_is_exponential():
    station = Mmc(1, 0.8, 1)  # rate μ − λ = 0.25
    assert station.response_quantile(0.9) == pytest.approx(-math.log(0.1) / 0.25, rel=1e-12)
    assert station.responds_later(3.0) == pytest.approx(math.exp(-0.75), rel=1e-12)


def test_response_where_wait_and_service_have_one_rate():
    near, at = Mmc(1 + 1e-9, 1.0, 2), Mmc(1, 1.0, 2)  # c·μ − λ = μ: the formula's limit
    assert at.responds_later(2.0) == pytest.approx(math.exp(-2) * (1 + at.wait_probability * 2), rel=1e-14)
    assert at.responds_later(2.0) == pytest.approx(near.responds_later(2.0), rel=1e-7)


def test_quantiles_are_where_the_tails_say():
    station = Mmc(10, 0.25, 3)
    for fraction in (0.5, 0.9, 0.99):
        assert station.waits_longer(station.wait_quantile(fraction)) == pytest.approx(1 - fraction, rel=1e-12)
        assert station.responds_later(station.response_quantile(fraction)) == pytest.approx(1 - fraction, rel=1e-9)
    assert station.wait_quantile(0.25) == 0.0  # 30 % do not wait


def test_backlog_and_load_make_up_what_is_in_system():
    station = Mmc(10, 0.25, 3)
    assert station.backlog == pytest.approx(station.in_system - station.offered, rel=1e-12)


def test_nobody_arrives():
    assert (Mmc(0, 1, 1).wait_s, Mmc(0, 1, 1).response_s, Mmc(0, 1, 1).wait_quantile(0.99)) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("arrival_rps", [3.0, 4.0])
def test_offered_more_than_it_can_do(arrival_rps):
    station = Mmc(arrival_rps, 1.0, 3)
    assert (station.wait_probability, station.wait_s, station.backlog) == (1.0, math.inf, math.inf)
    assert station.response_quantile(0.5) == math.inf
    assert station.wait_quantile(0.5) == math.inf
    assert station.responds_later(1e9) == 1.0


def test_general_service_halves_or_doubles_the_wait():
    wait_s = Mmc(2, 1, 3).wait_s
    assert mgc_wait_s(2, 1, 0, 3) == pytest.approx(wait_s / 2)
    assert mgc_wait_s(2, 1, 3, 3) == pytest.approx(2 * wait_s)


def test_erlang_b_of_no_server_blocks_all():
    assert (erlang_b(0, 5), erlang_b(3, 0), erlang_c(3, 3)) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: Mmc(-1, 1, 1), "`arrival_rps` must be a finite number of 0 or more: -1"),
        (lambda: Mmc(math.nan, 1, 1), "`arrival_rps` must be"),
        (lambda: Mmc(1, 0, 1), "`service_s` must be a finite number above 0: 0"),
        (lambda: Mmc(1, 1, 0), "`servers` must be a whole number of at least 1: 0"),
        (lambda: Mmc(1, 1, 1.5), "`servers` must be a whole number"),
        (lambda: Mmc(1, 2, 3).response_quantile(1), "must be a fraction of at least 0 and below 1: 1"),
        (lambda: Mmc(1, 2, 3).wait_quantile(-0.1), "must be a fraction"),
        (lambda: mgc_wait_s(1, 0.5, -1, 1), "`scv` must be"),
        (lambda: erlang_b(-1, 1), "`servers` must be a whole number of at least 0: -1"),
        (lambda: erlang_b(1, math.inf), "`offered` must be a finite number"),
        (lambda: erlang_c(0, 1), "`servers` must be a whole number of at least 1: 0"),
    ],
)
def test_parameters_out_of_range(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
