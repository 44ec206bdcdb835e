"""Plans: what is shipped reads, what is written reads back, and every mistake is told at once."""

from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from models.plan import Plan, plan_path, read_plan

HEAD = 'schema = 1\nname = "x"\ndescription = "y"\n'
STATION = "[stations.web]\nservers = 2\n"
HOME = '[[programs.home]]\nstation = "web"\nservice = { law = "exponential", mean_s = 1 }\n'


def messages(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_plan(path)
    return [str(mistake).removeprefix(f"{path}") for mistake in caught.value.mistakes]


@pytest.mark.parametrize("name", ["stand-in", "national"])
def test_shipped_plans_read_and_read_back(name: str, tmp_path: Path) -> None:
    plan = read_plan(plan_path(name))
    assert plan.name == name
    (tmp_path / "again.toml").write_text(plan.to_toml(), encoding="utf-8")
    assert read_plan(tmp_path / "again.toml") == plan


def test_shipped_plans_have_the_steps_of_version_1() -> None:
    steps = {"home", "search", "procedure", "sign_in", "form", "upload", "submit", "pay", "track", "feedback"}
    for name in ("stand-in", "national"):
        assert read_plan(plan_path(name)).programs.keys() == steps


def test_a_small_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + STATION + "queue = 0\n" + HOME + "probability = 0.5\n", encoding="utf-8")
    plan = read_plan(path)
    assert plan.stations["web"].queue == 0
    assert plan.programs["home"][0].probability == 0.5


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = (
        HEAD
        + "[stations.web]\nservers = 0\n"
        + '[[programs.home]]\nstation = "wbe"\nservice = { law = "exponential", mean_s = -1 }\n'
        + '[[programs.all]]\nstation = "web"\ndelay = { law = "constant", mean_s = 1 }\n'
        + '[[programs.web]]\nstation = "db"\nservice = { law = "constant", mean_s = 1 }\nprobability = 2\n'
        + "[stations.Web]\nserver = 1\n"
    )
    assert messages(tmp_path, text) == [
        ":5: stations.web.servers = 0: input should be greater than or equal to 1; correct the value",
        ":16: stations.Web.servers: is required; add the key",
        ":17: stations.Web.server = 1: is not a known key; did you mean `servers`?",
        ":8: programs.home[0].service.mean_s = -1: input should be greater than 0; correct the value",
        ":9: programs.all[0]: must have `station` and `service`, or `delay` alone; give one of the two",
        ":15: programs.web[0].probability = 2: input should be less than or equal to 1; correct the value",
        ":16: stations.Web = 'Web': must be a name like `sign_in`; use small letters, digits and _",
        ":9: programs.all[0] = 'all': is a reserved word; rename the step",
        ":12: programs.web[0] = 'web': names a station too; rename the station",
        ":7: programs.home[0].station = 'wbe': is not a station of this plan; did you mean `web`?",
        ":13: programs.web[0].station = 'db': is not a station of this plan; add [stations.db]",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + STATION, ": programs: is required; add the key"),
        (
            HEAD + "stations = 3\n" + HOME,
            ":4: stations = 3: input should be a valid dictionary; correct the value",
        ),
        (
            HEAD + "programs.home = []\n" + STATION,
            ":4: programs.home: must have an operation; add one, or remove the step",
        ),
        (
            STATION + HOME,
            ": schema: must be 1, the schema version that this cutover reads; write `schema = 1` at the top",
        ),
    ],
)
def test_other_mistakes(tmp_path: Path, text: str, message: str) -> None:
    assert any(found.startswith(message) for found in messages(tmp_path, text)), messages(tmp_path, text)


def test_a_plan_made_in_python_is_checked_too() -> None:
    operation = {"station": "db", "service": {"law": "constant", "mean_s": 1}}
    data = {"schema": 1, "name": "x", "description": "", "stations": {"web": {"servers": 1}}}
    with pytest.raises(ValueError, match="is not a station of this plan"):
        Plan.model_validate({**data, "programs": {"home": [operation]}})


def test_unknown_shipped_plan() -> None:
    with pytest.raises(BadInput, match=r"plan: name = 'natinal': is not a shipped plan; did you mean `national`\?"):
        plan_path("natinal")
    with pytest.raises(BadInput, match="choose one of national, stand-in, or give a path"):
        plan_path("zzz")
