"""An order travels: the scenario that is read on the other machine is the one that was sent."""

from dataclasses import replace

import pytest

from cutover.base.document import parse, read_document
from scenarios.inputs import INPUTS, PLAYED, Played
from scenarios.scenario import find_scenario, read_scenario
from scenarios.swarm.generator.frames import Unpacker, packed
from scenarios.swarm.order import Order
from scenarios.volume import Volume


def travelled(order):
    (message,) = Unpacker().feed(packed({"kind": "prepare", "order": order.to_message()}))
    return Order.of_message(message["order"])


@pytest.mark.parametrize("name", ["rehearsal", "go-live", "gift-day"])
def test_shipped_scenarios_have_the_same_hash_after_the_journey(name):
    scenario = read_scenario(find_scenario(name))
    order = Order.of(scenario, Volume(0.5, 2.0), "http://127.0.0.1:9", "run", allowed=("portal.vn",))
    there = travelled(order)
    assert there == order
    assert there.read().hash == scenario.hash
    assert there.read().steps == scenario.steps


def test_journeys_profiles_and_files_beside_the_scenario_travel_too(scenario_file, tmp_path):
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "own.toml").write_text(
        'schema = 1\nname = "own"\ndescription = "."\n[[steps]]\nname = "home"\nnext = { exit = 1.0 }\n',
        encoding="utf-8",
    )
    scenario = read_scenario(scenario_file(("brisk_visit = 0.5\nbrisk_look_up = 0.5", "own = 1.0")))
    there = travelled(Order.of(scenario, Volume(1.0, 1.0), "http://127.0.0.1:9", "run"))
    assert set(there.files) == {"small.toml", "journeys/own.toml"}
    assert there.read().journeys == scenario.journeys


def test_what_the_scenario_s_portal_has_travels_too_however_far_up_it_lies(scenario_file, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "an-outage.toml").write_text("schema = 1\n", encoding="utf-8")
    path = scenario_file(("[forecast]", '[portal]\nfaults = "../an-outage.toml"\n\n[forecast]'))
    scenario = read_scenario(path.rename(tmp_path / "own" / "small.toml"))
    there = travelled(Order.of(scenario, Volume(1.0, 1.0), "http://127.0.0.1:9", "run"))
    assert {name for name in there.files if "journeys" not in name} == {"below/small.toml", "an-outage.toml"}
    assert there.read().hash == scenario.hash


def test_a_run_keeps_the_scenario_that_it_played(scenario_file, tmp_path):
    scenario = read_scenario(scenario_file())
    Order.of(scenario, Volume(1.0, 1.0), "http://127.0.0.1:9", "run").keep(tmp_path / "run")
    inputs = tmp_path / "run" / INPUTS
    kept = inputs / parse(read_document(inputs / PLAYED), Played).scenario
    assert read_scenario(kept).hash == scenario.hash


def test_the_plans_citizens_are_the_swarms():
    scenario = read_scenario(find_scenario("retry-storm"))
    order = travelled(Order.of(scenario, Volume(1.0, 1.0), "http://127.0.0.1:9", "run"))
    assert order.conduct().reload.times == 8
    assert order.conduct().come_back is None


def test_nothing_is_written_outside_of_the_orders_own_folder(scenario_file):
    order = Order.of(read_scenario(scenario_file()), Volume(1.0, 1.0), "http://127.0.0.1:9", "run")
    with pytest.raises(ValueError, match="outside"):
        replace(order, files={**order.files, "../elsewhere.toml": b""}).read()
