"""Stations with limited room or patience: limits, laws and a second way to each number."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from models.theory.abandonment import ErlangA
from models.theory.constant_patience import ConstantPatience
from models.theory.delay import Mmc
from models.theory.erlang import erlang_b
from models.theory.loss import Mmck


def test_room_without_end_is_mmc():
    limited, endless = Mmck(2, 1, 3, 400), Mmc(2, 1, 3)
    assert limited.in_system == pytest.approx(endless.in_system, rel=1e-12)
    assert limited.wait_s == pytest.approx(endless.wait_s, rel=1e-12)
    assert limited.wait_probability == pytest.approx(endless.wait_probability, rel=1e-12)
    assert limited.waits_longer(0.7) == pytest.approx(endless.waits_longer(0.7), rel=1e-12)
    assert limited.rejected < 1e-60


def test_no_room_to_wait_is_erlang_b():
    station = Mmck(200, 1, 190, 190)
    assert station.rejected == pytest.approx(erlang_b(190, 200), rel=1e-12)
    assert (station.wait_s, station.wait_probability, station.backlog) == (0.0, 0.0, 0.0)


def test_servers_without_end_hold_the_offered_load():
    station = Mmck(5, 1, 60, 60)
    assert station.in_system == pytest.approx(5, rel=1e-12)
    assert station.shares[:3] == pytest.approx([math.exp(-5) * 5**n / math.factorial(n) for n in range(3)], rel=1e-12)


def test_one_server_and_room_in_closed_form():
    rho = 1.5
    shares = [rho**n * (1 - rho) / (1 - rho**6) for n in range(6)]
    station = Mmck(3, 0.5, 1, 5)
    assert station.shares == pytest.approx(shares, rel=1e-12)
    assert station.utilisation == pytest.approx(1 - shares[0], rel=1e-12)
    assert station.response_s == pytest.approx(station.in_system / station.throughput_rps, rel=1e-12)


def test_waits_of_limited_room_add_up_to_their_mean():
    station = Mmck(6, 1, 5, 12)
    assert quad(station.waits_longer, 0, 60)[0] == pytest.approx(station.wait_s, rel=1e-9)
    assert station.waits_longer(0) == pytest.approx(station.wait_probability, rel=1e-12)


def test_overloaded_beyond_floating_point_range():
    station = Mmck(1e4, 1, 10, 5000)
    assert station.throughput_rps == pytest.approx(10, rel=1e-9)
    assert station.backlog == pytest.approx(4990, rel=1e-3)


def test_erlang_a_without_giving_up_is_erlang_c():
    patient, endless = ErlangA(2, 1, 3, 1e9), Mmc(2, 1, 3)
    assert patient.in_system == pytest.approx(endless.in_system, rel=1e-7)
    assert patient.wait_probability == pytest.approx(endless.wait_probability, rel=1e-7)
    assert patient.abandoned == pytest.approx(0, abs=1e-8)


def test_erlang_a_of_no_patience_is_erlang_b():
    hasty = ErlangA(5, 1, 3, 1e-9)
    assert hasty.abandoned == pytest.approx(erlang_b(3, 5), rel=1e-7)


def test_erlang_a_with_room_and_endless_patience_is_mmck():
    station, limited = ErlangA(6, 1, 5, 1e12, 12), Mmck(6, 1, 5, 12)
    assert station.rejected == pytest.approx(limited.rejected, rel=1e-9)
    assert station.wait_s == pytest.approx(limited.wait_s, rel=1e-9)
    assert station.wait_probability == pytest.approx(limited.wait_probability, rel=1e-9)


def test_erlang_a_overloaded_is_near_its_fluid():
    station = ErlangA(1000, 1, 600, 50)
    assert station.backlog == pytest.approx((1000 - 600) * 50, rel=1e-9)
    assert station.utilisation == pytest.approx(1, rel=1e-9)
    assert station.abandoned == pytest.approx(0.4, rel=1e-9)


def test_what_flows_in_flows_out():
    station = ErlangA(0.1, 240, 20, 300, 30)
    busy = station.in_system - station.backlog
    assert station.utilisation == pytest.approx(busy / 20, rel=1e-12)
    assert station.entered_rps == pytest.approx(busy / 240 + station.backlog / 300, rel=1e-12)


@pytest.mark.parametrize("arrival_rps", [2.0, 3.0, 5.0, 3.0 + 1e-7, 3.0 + 3e-3])
def test_constant_patience_by_integrating_its_density(arrival_rps):
    station = ConstantPatience(arrival_rps, 1, 3, 2.0)
    free = [arrival_rps**n / math.factorial(n) for n in range(3)]
    density = [
        lambda v: arrival_rps * free[-1] * math.exp((arrival_rps - 3) * v),
        lambda v: arrival_rps * free[-1] * math.exp(2 * arrival_rps - 3 * v),
    ]
    started, left = quad(density[0], 0, 2.0)[0], quad(density[1], 2.0, 40)[0]
    total = sum(free) + started + left
    assert station.abandoned == pytest.approx(left / total, rel=1e-9)
    assert station.wait_probability == pytest.approx((started + left) / total, rel=1e-9)
    mean = quad(lambda v: v * density[0](v), 0, 2.0)[0] / (sum(free) + started)
    assert station.served_wait_s == pytest.approx(mean, rel=1e-9)
    busy = station.in_system - station.backlog
    assert busy == pytest.approx((sum(n * p for n, p in enumerate(free)) + 3 * (started + left)) / total, rel=1e-9)


def test_constant_patience_without_end_is_mmc():
    patient, endless = ConstantPatience(2, 1, 3, 200), Mmc(2, 1, 3)
    assert patient.wait_s == pytest.approx(endless.wait_s, rel=1e-12)
    assert patient.in_system == pytest.approx(endless.in_system, rel=1e-12)


def test_constant_patience_under_great_overload():
    station = ConstantPatience(1e4, 1, 10, 60)
    assert station.abandoned == pytest.approx(1 - 10 / 1e4, rel=1e-9)
    assert np.isfinite(station.backlog)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: Mmck(0, 1, 1, 1), "`arrival_rps` must be a finite number above 0: 0"),
        (lambda: Mmck(1, 1, 3, 2), "`room` must be a whole number of at least 3: 2"),
        (lambda: ErlangA(1, 1, 1, 0), "`patience_s` must be a finite number above 0: 0"),
        (lambda: ErlangA(1, 1, 1, math.inf), "`patience_s` must be"),
        (lambda: ErlangA(1, 1, 2, 1, 1), "`room` must be a whole number of at least 2: 1"),
        (lambda: ErlangA(2, 1, 1, 1e9).shares, "too long for the states to be counted"),
        (lambda: ConstantPatience(1, 1, 0, 1), "`servers` must be"),
    ],
)
def test_parameters_out_of_range(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
