"""Rates that change: equations, infinitely many servers and fluid, against steady states and each other."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from models.theory.abandonment import ErlangA
from models.theory.delay import Mmc
from models.theory.fluid import Fluid, Spell
from models.theory.infinite import in_system_at, sinusoidal
from models.theory.loss import Mmck
from models.theory.time_varying import TimeVarying


def test_a_constant_rate_comes_to_erlang_c():
    station = TimeVarying(lambda _: 2.0, 1, 3).transient((0, 50, 100, 150))
    assert station.wait_probability[0] == station.in_system[0] == station.backlog[0] == 0
    assert station.wait_probability[-1] == pytest.approx(Mmc(2, 1, 3).wait_probability, rel=1e-6)
    assert station.in_system[-1] == pytest.approx(Mmc(2, 1, 3).in_system, rel=1e-6)
    assert station.backlog[-1] == pytest.approx(Mmc(2, 1, 3).backlog, rel=1e-6)


def test_a_constant_rate_is_periodic_too():
    day = TimeVarying(lambda _: 2.0, 1, 3).periodic(10, 2)
    assert day.times_s.tolist() == [0, 5]
    assert day.backlog == pytest.approx([Mmc(2, 1, 3).backlog] * 2, rel=1e-6)


def test_patience_and_room_come_to_their_steady_states():
    impatient = TimeVarying(lambda _: 6.0, 1, 5, patience_s=2.0).transient((0, 60, 120), start=30)
    assert impatient.in_system[0] == 30
    assert impatient.backlog[-1] == pytest.approx(ErlangA(6, 1, 5, 2.0).backlog, rel=1e-7)
    limited = TimeVarying(lambda _: 6.0, 1, 5, room=12).transient((0, 60, 120))
    assert limited.in_system[-1] == pytest.approx(Mmck(6, 1, 5, 12).in_system, rel=1e-7)
    assert limited.wait_probability[-1] == pytest.approx(Mmck(6, 1, 5, 12).shares[5:].sum(), rel=1e-7)


def test_one_server_that_only_empties():
    # From one customer and no arrivals: P(N >= 1) = exp(−t/S).
    station = TimeVarying(lambda _: 0.0, 2.0, 1).transient((0, 1, 3), start=1)
    assert station.in_system == pytest.approx([1, math.exp(-0.5), math.exp(-1.5)], rel=1e-8)


def test_servers_enough_follow_the_closed_form():
    wave = sinusoidal(10, 6, 24, 3)
    day = TimeVarying(lambda t: 10 + 6 * math.sin(2 * math.pi * t / 24), 3, 120).periodic(24, 24)
    closed = wave.mean + wave.amplitude * np.sin(2 * math.pi * (day.times_s - wave.lag_s) / 24)
    assert day.in_system == pytest.approx(closed, rel=1e-7)


def test_room_is_found_when_a_surge_outgrows_the_first_guess():
    surge = TimeVarying(lambda t: 40.0 if t < 10 else 0.0, 1, 2).transient(np.linspace(0, 10, 21))
    assert surge.in_system[-1] == pytest.approx(400 - 20, rel=2e-3)


def test_linear_pieces_by_their_integral():
    points = ((0.0, 5.0), (10.0, 20.0), (10.0, 2.0), (30.0, 8.0))

    def rate(t):
        return float(np.interp(t, *zip(*(points[:2] if t < 10 else points[2:]), strict=True)))

    for t in (4.0, 10.0, 17.0, 42.0):
        due = quad(lambda u, t=t: rate(u) * math.exp(-(t - u) / 3), 0, t, points=[10, 30], limit=200)[0]
        assert in_system_at(points, 3, t, start=7) == pytest.approx(due + 7 * math.exp(-t / 3), rel=1e-8)
    assert in_system_at(points, 3, 1e6) == pytest.approx(8 * 3)
    assert in_system_at(points, 3, 0.0, start=7) == 7


def test_fluid_of_a_rectangular_surge():
    fluid = Fluid(((0, 5), (10, 5), (10, 30), (20, 30), (20, 5)), ((0, 10),))
    assert fluid.spells == (Spell(10, 60, 20, 200),)
    assert [fluid.backlog(t) for t in (-1, 5, 10, 15, 20, 40, 60, 99)] == [0, 0, 0, 100, 200, 100, 0, 0]


def test_fluid_of_a_triangle():
    # λ − c rises from −10 through 0 at 5 to 20 at 15, and falls through 0 at 25 to −10 at 30.
    fluid = Fluid(((0, 0), (15, 30), (30, 0)), ((0, 10),))
    begins_s, peak_s, peak = 5.0, 25.0, 20 * 20 / 2
    (spell,) = fluid.spells
    assert (spell.begins_s, spell.peak_s, spell.peak) == pytest.approx((begins_s, peak_s, peak))
    assert spell.drained_s == pytest.approx(30 + (peak - 5 * 10 / 2) / 10)


def test_fluid_that_turns_and_drains_within_one_piece():
    (spell,) = Fluid(((0, 30), (100, 0)), ((0, 20),)).spells  # Q = 10·t − 0.15·t²
    assert (spell.begins_s, spell.drained_s) == (0, pytest.approx(10 / 0.15))
    assert (spell.peak_s, spell.peak) == pytest.approx((5 / 0.15, 25 / 0.15))


def test_fluid_against_small_steps():
    arrivals = ((0, 3), (4, 12), (7, 12), (7, 1), (12, 6), (18, 2), (18, 14), (21, 0), (40, 9))
    capacity = ((0, 8), (6, 8), (6, 5), (14, 5), (14, 9))
    fluid = Fluid(arrivals, capacity, start=2.5)
    step, backlog = 5e-4, 2.5
    times = np.arange(0, 60, step) + step / 2

    def value(points, t):
        at = [p for p in points if p[0] <= t]
        rest = [p for p in points if p[0] > t]
        if not rest:
            return at[-1][1]
        (t0, r0), (t1, r1) = at[-1], rest[0]
        return r0 + (r1 - r0) * (t - t0) / (t1 - t0)

    for number, t in enumerate(times[:60_000]):
        backlog = max(backlog + step * (value(arrivals, t) - value(capacity, t)), 0.0)
        if number % 2_000 == 1_999:
            assert fluid.backlog(t + step / 2) == pytest.approx(backlog, abs=2e-3), t
    assert len(fluid.spells) == 3
    assert fluid.spells[0].begins_s == 0


def test_fluid_that_never_drains():
    growing, standing = Fluid(((0, 3),), ((0, 2),)), Fluid(((0, 2),), ((0, 2),), start=4)
    assert growing.spells == (Spell(0, math.inf, math.inf, math.inf),)
    assert growing.backlog(7) == 7
    assert standing.spells == (Spell(0, math.inf, 0, 4),)
    assert (standing.backlog(-1), standing.backlog(1e9)) == (4, 4)
    assert Fluid(((0, 2),), ((0, 2),)).spells == ()


def test_equations_of_a_great_overload_are_near_the_fluid():
    surge = TimeVarying(lambda t: 200.0 if t < 5 else 25.0, 1, 50).transient(np.linspace(0, 10, 21))
    fluid = Fluid(((0, 200), (5, 200), (5, 25)), ((0, 50),))
    assert surge.in_system[10] == pytest.approx(fluid.backlog(5), rel=0.02)
    assert surge.in_system[20] == pytest.approx(fluid.backlog(10), rel=0.02)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: TimeVarying(lambda _: 1, 0, 1), "`service_s` must be a finite number above 0: 0"),
        (lambda: TimeVarying(lambda _: 1, 1, 0), "`servers` must be a whole number"),
        (lambda: TimeVarying(lambda _: 1, 1, 1, patience_s=0), "`patience_s` must be above 0: 0"),
        (lambda: TimeVarying(lambda _: 1, 1, 3, room=2), "`room` must be a whole number of at least 3: 2"),
        (lambda: TimeVarying(lambda _: 1, 1, 3).transient((0,)), "two or more rising instants"),
        (lambda: TimeVarying(lambda _: 1, 1, 3).transient((0, 0)), "two or more rising instants"),
        (lambda: TimeVarying(lambda _: 1, 1, 3).transient((0, 1), start=-1), "`start` must be a whole number"),
        (lambda: TimeVarying(lambda _: 1, 1, 3, room=4).transient((0, 1), 5), "must not exceed the room for 4: 5"),
        (lambda: TimeVarying(lambda _: -1, 1, 3).transient((0, 1)), "finite number of 0 or more: -1 at 0 s"),
        (lambda: TimeVarying(lambda _: 3, 1, 3).periodic(1), "the backlog grows for ever: 3/s arrive and 3/s"),
        (lambda: TimeVarying(lambda _: 0.9999, 1, 1).periodic(1, 2), "periods do not settle"),
        (lambda: TimeVarying(lambda _: 1, 1, 1).periodic(0), "`period_s` must be"),
        (lambda: TimeVarying(lambda _: 1, 1, 30_000).transient((0, 1)), "more than 50000 states matter"),
        (lambda: sinusoidal(1, 2, 24, 1), "`amplitude_rps` must not exceed `mean_rps` \\(1\\): 2"),
        (lambda: in_system_at((), 1, 0), "must have a point"),
        (lambda: in_system_at(((0, 1), (-1, 1)), 1, 0), "times of points must be finite and not go back"),
        (lambda: in_system_at(((0, -1),), 1, 0), "`value` must be"),
        (lambda: in_system_at(((0, 1),), 1, -1), "must not lie before the first point \\(0\\): -1"),
        (lambda: Fluid((), ((0, 1),)), "must have a point"),
        (lambda: Fluid(((0, 1),), ((0, 1),), -1), "`start` must be"),
    ],
)
def test_parameters_out_of_range(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
