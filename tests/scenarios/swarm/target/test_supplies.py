import stat
import sys

import pytest

from cutover.base.errors import BadInput, TargetRefused
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.steps import StepFailed
from scenarios.swarm.target.cast_need import least_accounts
from scenarios.swarm.target.feeds import Places
from scenarios.swarm.target.supplies import read_supplies
from tests.scenarios.replay import new_visit

FEEDS = '[feeds.words]\nfile = "words.csv"\ntake = "{}"\n'


def write(folder, text, **files):
    for name, content in files.items():
        path = folder / f"{name}.csv"
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)
    (folder / "supplies.toml").write_text(f"schema = 1\n{text}", encoding="utf-8")
    return folder / "supplies.toml"


def mistakes(path):
    with pytest.raises(BadInput) as caught:
        read_supplies(path)
    return [str(mistake) for mistake in caught.value.mistakes]


def accounts(count):
    return "user,password\n" + "".join(f"u{i},p{i}\n" for i in range(count))


def test_a_command_may_print_the_cast(tmp_path):
    program = f"""['{sys.executable}', '-c', 'print("user,password"); print("an,s")']"""
    cast = read_supplies(write(tmp_path, f"[cast]\ncommand = {program}\n")).cast
    assert dict(cast.account(0)) == {"user": "an", "password": "s"}
    assert repr(cast.account(0)) == str(cast.account(0)) == "Account(0)"


def test_what_holds_secrets_is_shown_by_nothing(tmp_path):
    supplies = read_supplies(
        write(tmp_path, '[cast]\nfile = "accounts.csv"\n', accounts="user,password\nan,hush-hush\n")
    )
    assert "hush" not in repr(supplies) + str(supplies) + repr(supplies.cast) + repr(supplies.supplied(1, int).cast)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_cast_that_others_can_read_is_refused(tmp_path, mode):
    path = write(tmp_path, '[cast]\nfile = "accounts.csv"\n', accounts=accounts(1))
    (tmp_path / "accounts.csv").chmod(mode)
    (told,) = mistakes(path)
    assert f"can be read or written by others (mode {mode:04o}); chmod 600 {tmp_path / 'accounts.csv'}" in told
    assert stat.S_IMODE((tmp_path / "accounts.csv").stat().st_mode) == mode


def test_all_mistakes_at_once(tmp_path, monkeypatch):
    monkeypatch.delenv("NONESUCH", raising=False)
    text = """
[cast]
file = "accounts.csv"
[feeds.none]
file = "none.csv"
[feeds.words]
file = "words.csv"
[one_time_codes]
by = "totp"
secret = { env = "NONESUCH" }
column = "key"
"""
    told = mistakes(write(tmp_path, text, accounts="user,user\nan\n", words="\n"))
    assert [line.removeprefix(f"{tmp_path}/").partition("; ")[0] for line in told] == [
        "accounts.csv:1: header = 'user': must be a name that no other column has",
        "accounts.csv:2: row: has 1 cells, not 2 as the header",
        "supplies.toml:6: feeds.none.file = 'none.csv': cannot be read (No such file or directory)",
        "words.csv:1: file: is empty",
        "supplies.toml:11: one_time_codes.secret.env = 'NONESUCH': is a variable that is not set, or is empty",
        "supplies.toml:12: one_time_codes.column = 'key': is no column of the cast",
    ]


def test_a_secret_written_where_only_its_source_belongs_is_not_repeated(tmp_path):
    told = mistakes(write(tmp_path, '[one_time_codes]\nby = "totp"\nsecret = "hush-hush"\n'))
    assert "hush" not in "".join(told)
    assert "one_time_codes.secret" in told[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[cast]\n", "must have either `file`, a CSV, or `command`, what prints one"),
        ('[cast]\ncommand = ["/none/such"]\n', "cannot be run (No such file or directory)"),
        ('[cast]\ncommand = ["false"]\n', "ended with 1"),
        ('[cast]\nfile = "none.csv"\n', "cannot be read (No such file or directory)"),
        ('[feeds.words]\nfile = "words.csv"\ntake = "any"\n', "feeds.words.take"),
        ('[one_time_codes]\nby = "inbox"\n', "must have `url` with by = 'inbox'"),
        ('[one_time_codes]\nby = "command"\ncommand = ["x"]\nexpression = "("\n', "is no regular expression"),
        ('[one_time_codes]\nby = "command"\ncommand = ["x"]\nexpression = "a"\n', "must have one group"),
        ('[one_time_codes]\nby = "totp"\nsecret = { file = "key" }\n', "cannot be read"),
        ('[one_time_codes]\nby = "totp"\nsecret = { file = "key", env = "A" }\n', "must have either `env`"),
    ],
)
def test_each_mistake_has_its_words(tmp_path, text, words):
    assert words in "".join(mistakes(write(tmp_path, text, words="a\n1\n")))


def supplied(folder, take, seed=3):
    rows = "word\n" + "".join(f"w{i}\n" for i in range(40))
    supplies = read_supplies(write(folder, FEEDS.format(take), words=rows))
    return supplies.supplied(seed, {number: place for place, number in enumerate([70, 5, 900])}.__getitem__)


def test_rows_in_order_go_by_the_place_in_the_schedule(tmp_path):
    given = supplied(tmp_path, "in_order")
    rows = [new_visit(session, supplied=given).row("words")["word"] for session in (5, 70, 900, 5)]
    assert rows == ["w1", "w0", "w2", "w1"]


def test_random_rows_are_a_function_of_seed_and_session(tmp_path):
    one, same, other = supplied(tmp_path, "random"), supplied(tmp_path, "random"), supplied(tmp_path, "random", seed=4)
    drawn = [[each.row("words", session)["word"] for session in range(200)] for each in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert 35 <= len(set(drawn[0])) <= 40


def test_an_unknown_feed_fails_the_step(tmp_path):
    with pytest.raises(StepFailed, match="there is no feed plates"):
        supplied(tmp_path, "random").row("plates", 1)


def test_places_are_the_order_of_the_schedule_over_all_workers(scenario_file):
    sessions = Sessions(read_scenario(scenario_file()))
    places, planned = Places(sessions), [each.number for each in sessions.window(0.0, sessions.duration_s)]
    assert sorted(places.of(number) for number in planned) == list(range(len(planned))) == list(range(len(places)))
    instants = {each.number: each.instant_ns for each in sessions.window(0.0, sessions.duration_s)}
    ordered = sorted(planned, key=places.of)
    assert [instants[number] for number in ordered] == sorted(instants.values())
    with pytest.raises(KeyError):
        places.of(max(planned) + 1)


def test_too_few_accounts_and_rows_are_told_before_load_begins(tmp_path, scenario_file):
    scenario = read_scenario(scenario_file())
    sessions = Sessions(scenario)
    planned = len(Places(sessions))
    path = write(
        tmp_path, '[cast]\nfile = "accounts.csv"\n' + FEEDS.format("unique"), accounts=accounts(2), words="a\n1\n"
    )
    with pytest.raises(BadInput, match=f"feeds.words = 1: has fewer rows than the {planned:,} sessions planned"):
        read_supplies(path).check(scenario, sessions)
    path = write(tmp_path, '[cast]\nfile = "accounts.csv"\n', accounts=accounts(2))
    with pytest.raises(BadInput, match=r"cast = 2: are too few accounts: at one time [0-9]+ sessions hold one"):
        read_supplies(path).check(scenario, sessions)
    read_supplies(write(tmp_path, '[cast]\nfile = "accounts.csv"\n', accounts=accounts(planned))).check(
        scenario, sessions
    )
    path = write(tmp_path, '[cast]\nfile = "accounts.csv"\nused_by = ["dance"]\n', accounts=accounts(planned))
    with pytest.raises(BadInput, match=r"cast\.used_by = 'dance': is no step of the scenario"):
        read_supplies(path).check(scenario, sessions)


def test_fewer_accounts_do_when_fewer_steps_use_them(scenario_file):
    scenario = read_scenario(scenario_file())
    sessions = Sessions(scenario)
    planned = len(Places(sessions))
    needed = [least_accounts(scenario, sessions, steps) for steps in ((), ("sign_in",), ("submit",), ("publish",))]
    assert planned >= needed[0] > needed[1] > needed[2] > needed[3] == 0


def test_an_inbox_elsewhere_is_refused_unless_allowed(tmp_path, scenario_file):
    scenario = read_scenario(scenario_file())
    path = write(tmp_path, '[one_time_codes]\nby = "inbox"\nurl = "https://192.0.2.7/{to}"\n')
    with pytest.raises(TargetRefused, match=r"192\.0\.2\.7"):
        read_supplies(path).check(scenario, Sessions(scenario))
    read_supplies(path).check(scenario, Sessions(scenario), ("192.0.2.7",))


def test_the_digest_tells_other_accounts_and_rows_apart(tmp_path):
    text = '[cast]\nfile = "accounts.csv"\n' + FEEDS.format("random")
    digests = [
        read_supplies(write(tmp_path, text, accounts=accounts(n), words=words)).digest
        for n, words in [(1, "a\n1\n"), (1, "a\n1\n"), (2, "a\n1\n"), (1, "a\n2\n")]
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
