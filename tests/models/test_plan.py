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


@pytest.mark.parametrize("name", ["stand-in", "national", "national-flow", "retry-storm"])
def test_shipped_plans_read_and_read_back(name: str, tmp_path: Path) -> None:
    plan = read_plan(plan_path(name))
    assert plan.name == name
    (tmp_path / "again.toml").write_text(plan.to_toml(), encoding="utf-8")
    assert read_plan(tmp_path / "again.toml") == plan


def test_shipped_plans_have_a_program_for_each_step_that_the_swarm_plays() -> None:
    steps = {"home", "search", "procedure", "sign_in", "form", "upload", "submit", "pay", "track", "feedback"}
    steps |= {"publish"}
    for name in ("national", "national-flow"):
        assert read_plan(plan_path(name)).programs.keys() == steps
    assert read_plan(plan_path("stand-in")).programs.keys() == steps | {"browse", "result", "counter", "issue"}


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
        ":17: stations.Web.server = 1: is not a known key; did you mean `servers`?",
        ":8: programs.home[0].service.mean_s = -1: input should be greater than 0; correct the value",
        ":9: programs.all[0]: must be one of: a visit: `station` and `service`, a `delay`, a `transfer`, a held pool: "
        "`hold` and `do`, a choice: `choose`, a `fork`, a `cache` and what a miss must `do`, something to `do` with "
        "`timeout_s` or `tries`; give one of them",
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
    with pytest.raises(BadInput, match="choose one of national, national-flow, retry-storm, stand-in, or give a path"):
        plan_path("zzz")


def test_a_plan_with_one_of_each_reads_back(tmp_path: Path) -> None:
    plan = read_plan(Path(__file__).parent / "wide.toml")
    (tmp_path / "again.toml").write_text(plan.to_toml(), encoding="utf-8")
    assert read_plan(tmp_path / "again.toml") == plan


INNER = '[[programs.{step}.do]]\nhold = "{inner}"\n{wait}do = [{{ delay = {{ law = "constant", mean_s = 1 }} }}]\n'


def nested(step: str, outer: str, inner: str, wait: str = "") -> str:
    return f'[[programs.{step}]]\nhold = "{outer}"\n' + INNER.format(step=step, inner=inner, wait=wait)


POOLS = HEAD + STATION + "[pools.a]\ntokens = 1\n[pools.b]\ntokens = 1\n[pools.c]\ntokens = 1\n"


def test_a_circle_of_pools_is_refused_and_named(tmp_path: Path) -> None:
    text = POOLS + nested("one", "a", "b") + nested("two", "b", "c") + nested("three", "c", "a")
    rule = "closes the circle a → b → c → a, in which all can wait for ever"
    remedy = "always take pools in one order, or bound a wait with `wait_s`"
    assert messages(tmp_path, text) == [f":25: programs.three[0].do[0].hold = 'a': {rule}; {remedy}"]
    again = POOLS + nested("one", "a", "a")
    assert "closes the circle a → a," in messages(tmp_path, again)[0]


@pytest.mark.parametrize(
    "last",
    [
        nested("two", "b", "a", "wait_s = 1\n"),
        '[[programs.two]]\nhold = "b"\n[[programs.two.do]]\ntimeout_s = 1\n'
        'do = [{ hold = "a", do = [{ delay = { law = "constant", mean_s = 1 } }] }]\n',
        '[[programs.two]]\ntimeout_s = 1\non_timeout = "cancel"\n[[programs.two.do]]\nhold = "b"\n'
        'do = [{ hold = "a", do = [{ delay = { law = "constant", mean_s = 1 } }] }]\n',
    ],
)
def test_a_bounded_wait_opens_the_circle(last: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(POOLS + nested("one", "a", "b") + last, encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml").pools.keys() == {"a", "b", "c"}


def test_what_a_time_limit_leaves_behind_can_still_wait_for_ever(tmp_path: Path) -> None:
    zombie = '[[programs.two]]\ntimeout_s = 1\n[[programs.two.do]]\nhold = "b"\n'
    zombie += 'do = [{ hold = "a", do = [{ delay = { law = "constant", mean_s = 1 } }] }]\n'
    assert "closes the circle a → b → a" in messages(tmp_path, POOLS + nested("one", "a", "b") + zombie)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[stations.x]\nservers = 1\nschedule = [[0, 1]]\n", "must have `servers` or a `schedule` of them"),
        ("[stations.x]\nschedule = [[5, 1]]\n", "must be [seconds, servers] pairs that begin at 0"),
        ("[stations.x]\nservers = 1\ncopies = 3\n", "has `copies`, so it must say which a session uses"),
        ("[stations.x]\nservers = 1\nby = 'province'\n", "has `by`, so it must have `copies`"),
        ("[stations.x]\nservers = 1\ncopies = 3\nweights = [1, 2]\n", "has 3 copies and 2 weights"),
        ("[pools.p]\nqueue = 1\n", "must have `tokens` or a `schedule` of them"),
        ("[pools.web]\ntokens = 1\n", "names a station too"),
        ("[pools.room]\ntokens = 1\n[admission]\ninside = 3\n", "is the name of the waiting room's pool"),
        ("[admission]\ninside = 3\nrate_rps = 2\n", "must be a bucket (`rate_rps`, `burst`) or a room"),
        ("[[jobs]]\nname = 'j'\nworkers = 1\nfrom_s = 5\nto_s = 5\ndo = [{ hold = 'q', do = [] }]\n", "must end after"),
        ("[[jobs]]\nname = 'j'\nworkers = 1\nto_s = 5\ndo = [{ hold = 'q', do = [] }]\n", "is not a pool of this plan"),
        ("[[programs.b]]\nhold = 'web'\n", "must have `do`, being a held pool"),
        ("[[programs.b]]\nstation = 'web'\n", "must have `service`, being a visit"),
        ("[[programs.b]]\ndelay = { law = 'constant', mean_s = 1 }\nwait_s = 1\n", "must not have `wait_s`"),
        ("[[programs.b]]\ntries = 1\nfactor = 2\ndo = []\n", "must have two `tries` or more"),
        ("[[programs.b]]\ntries = 2\non_timeout = 'cancel'\ndo = []\n", "must have `timeout_s` beside `on_timeout`"),
        ("[[programs.b]]\nchoose = [{ probability = 0.7 }, { probability = 0.7 }]\n", "courses that add up to 1.4"),
        ("[[slow]]\nname = 's'\nstations = ['wbe']\nevery = { law = 'constant', mean_s = 1 }\n", "did you mean `web`?"),
    ],
)
def test_mistakes_of_the_wider_language(text: str, message: str, tmp_path: Path) -> None:
    found = messages(tmp_path, HEAD + STATION + HOME + text)
    assert any(message in one for one in found), found


@pytest.mark.parametrize(("reloads", "sound"), [(15, True), (16, False)])
def test_as_many_attempts_as_have_numbers(reloads: int, sound: bool, tmp_path: Path) -> None:
    """16 tries of 16 of 16 of 16 are 2^16 attempts, and a citizen who reloads 15 times makes them 2^20."""
    nested = f"{'{ tries = 16, do = [' * 3}{'] }' * 3}"
    program = f"[[programs.b]]\ntries = 16\ndo = [{nested}]\n"
    again = f"probability = 1\nwait = {{ law = 'constant', mean_s = 1 }}\ntimes = {reloads}\n"
    text = HEAD + STATION + HOME + program + f"[citizens.reload]\n{again}"
    if sound:
        path = tmp_path / "plan.toml"
        path.write_text(text, encoding="utf-8")
        read_plan(path)
    else:
        [told] = messages(tmp_path, text)
        assert "may take 1,114,112 attempts (tries and reloads), above 1,048,576" in told


def test_more_operations_than_numbers(tmp_path: Path) -> None:
    delay = "[[programs.long]]\ndelay = { law = 'constant', mean_s = 1 }\nprobability = 0.5\n"
    assert (
        "has 256 operations (a probability counts as one), above 254"
        in messages(tmp_path, HEAD + STATION + delay * 128)[0]
    )
