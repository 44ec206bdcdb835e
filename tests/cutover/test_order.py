"""What a rehearsal is to play, checked before anything is started."""

from datetime import date

from cutover.rehearsal.rehearsal import Order
from cutover.rehearsal.swarm import SwarmOrder


def test_as_of_holds_for_the_rehearsal_its_swarm_and_its_national_day(tmp_path):
    order = Order.of("rehearsal", date(2025, 7, 5))
    assert order.scenario.file.as_of == order.national.scenario.file.as_of == date(2025, 7, 5)
    arguments = SwarmOrder(order.scenario, "http://127.0.0.1:1", order.volume).arguments(tmp_path)
    assert arguments[arguments.index("--as-of") + 1] == "2025-07-05"


def test_without_a_day_each_scenario_has_its_own(tmp_path):
    order = Order.of("rehearsal")
    arguments = SwarmOrder(order.scenario, "http://127.0.0.1:1", order.volume).arguments(tmp_path)
    assert arguments[arguments.index("--as-of") + 1] == str(order.scenario.file.as_of)
