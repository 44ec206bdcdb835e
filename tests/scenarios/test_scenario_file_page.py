"""The page about the scenario file: its examples are one scenario, and it names every key."""

import re
from pathlib import Path

from scenarios.arrivals import Arrivals, BurstSettings, Move, SurgeEntry, VolumeShare, Who
from scenarios.load import read_load
from scenarios.people import People
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.settings import PortalSettings, SwarmSettings

PAGE = (Path(__file__).parents[2] / "docs" / "scenario-file.md").read_text(encoding="utf-8")


def test_the_examples_are_a_scenario_that_can_be_played(tmp_path):
    path = tmp_path / "go-live.toml"
    path.write_text("\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)), encoding="utf-8")
    sessions = Sessions(read_scenario(path))
    assert [flow.name for flow in sessions.flows] == [
        "main", "counters", "moved/move-1", "main/hanoi-deadline", "moved/move-2",
    ]  # fmt: skip
    assert sessions.columns(40_000.0, 40_001.0).number.size > 100


def test_every_key_of_a_flow_the_population_and_the_portal_is_on_the_page():
    schemas = (Arrivals, BurstSettings, Move, People, PortalSettings, SurgeEntry, SwarmSettings, VolumeShare, Who)
    keys = {key for schema in schemas for key in schema.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", PAGE)} == set()


def test_its_loads_in_words_can_be_read():
    words = re.findall(r"[`\"]((?:constant|staircase|stress|calibration) [^`\"]*[0-9%s])[`\"]", PAGE)
    assert len(words) >= 5
    for each in words:
        assert read_load(each).per_s
