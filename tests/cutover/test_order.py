"""What a rehearsal is to play, checked before anything is started."""

from datetime import date

from cutover.rehearsal.rehearsal import Order


def test_as_of_holds_for_the_rehearsal_its_swarm_and_its_national_day():
    order = Order.of("rehearsal", date(2025, 7, 5))
    assert order.scenario.file.as_of == order.national.scenario.file.as_of == date(2025, 7, 5)
    assert order.swarm("http://127.0.0.1:1", None).as_of == "2025-07-05"


def test_without_a_day_each_scenario_has_its_own():
    order = Order.of("rehearsal")
    assert order.swarm("http://127.0.0.1:1", None).as_of == str(order.scenario.file.as_of)
