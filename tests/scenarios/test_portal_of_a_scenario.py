import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import read_scenario

PORTAL = """[portal]
config = "my.portal.toml"
faults = "faults.toml"

[forecast]"""
CONFIG = "schema = 1\n[systems]\n"
FAULTS = 'schema = 1\n[[faults]]\nkind = "outage"\nvendor = "VNPT"\n'


def files(path, config, faults):
    (path.parent / "my.portal.toml").write_text(config, encoding="utf-8")
    (path.parent / "faults.toml").write_text(faults, encoding="utf-8")


def test_the_files_of_its_portal_are_beside_the_scenario_and_in_its_hash(scenario_file):
    path = scenario_file(("[forecast]", PORTAL))
    files(path, CONFIG, FAULTS)
    scenario = read_scenario(path)
    assert scenario.file.portal.beside(path.parent) == (path.parent / "my.portal.toml", path.parent / "faults.toml")
    files(path, CONFIG, FAULTS + "for_s = 3\n")
    assert read_scenario(path).hash != scenario.hash


def test_mistakes_in_these_files_come_with_the_scenarios_own(scenario_file):
    path = scenario_file(("[forecast]", PORTAL), ("brisk_look_up", "brisk_lookup"))
    files(path, CONFIG + "sead = 1\n", FAULTS + "for_s = 0\n")
    with pytest.raises(BadInput) as caught:
        read_scenario(path)
    text = str(caught.value)
    assert f"{path.parent / 'my.portal.toml'}:3: systems.sead = 1: is not a known key; did you mean `seed`?" in text
    assert f"{path.parent / 'faults.toml'}:5: faults[0].for_s = 0: input should be greater than 0" in text
    assert "is no journey beside the scenario or shipped" in text


def test_faults_at_systems_need_a_portal_that_has_them(scenario_file):
    path = scenario_file(("[forecast]", PORTAL))
    files(path, "schema = 1\n", FAULTS)
    with pytest.raises(BadInput, match=r"faults\[0\]: is at connected systems, and the portal has none"):
        read_scenario(path)


def test_a_file_that_is_not_there_is_told(scenario_file):
    with pytest.raises(BadInput, match=r"my\.portal\.toml.*cannot be read"):
        read_scenario(scenario_file(("[forecast]", PORTAL)))
