import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scenarios.steps import StepFailed
from scenarios.swarm.target.codes import Inbox
from scenarios.swarm.target.supplies import read_supplies
from scenarios.swarm.target.totp import key_of, totp
from tests.scenarios.json_portal import JsonPortal, served

KEYS = {
    "sha1": b"12345678901234567890",
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}


@pytest.mark.parametrize(
    ("now_s", "algorithm", "code"),
    [
        (59, "sha1", "94287082"),
        (59, "sha256", "46119246"),
        (59, "sha512", "90693936"),
        (1111111109, "sha1", "07081804"),
        (1111111109, "sha256", "68084774"),
        (1111111109, "sha512", "25091201"),
        (1234567890, "sha1", "89005924"),
        (2000000000, "sha256", "90698825"),
        (20000000000, "sha512", "47863826"),
    ],
)
def test_the_vectors_of_rfc_6238(now_s, algorithm, code):
    assert totp(KEYS[algorithm], now_s, 8, 30, algorithm) == code


def test_keys_are_read_as_authenticator_apps_show_them():
    assert key_of("gezd gnbv-GY3TQOJQGEZDGNBVGY3TQOJQ") == KEYS["sha1"]
    with pytest.raises(ValueError, match="is not base32"):
        key_of("0189!")


def hook(folder: Path, text: str):
    (folder / "supplies.toml").write_text(f"schema = 1\n[one_time_codes]\n{text}", encoding="utf-8")
    return read_supplies(folder / "supplies.toml").codes


def test_a_key_comes_from_the_environment_or_a_file_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("TOTP_KEY", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    (tmp_path / "key").write_text("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n", encoding="ascii")
    (tmp_path / "key").chmod(0o600)
    for source in ('{ env = "TOTP_KEY" }', '{ file = "key" }'):
        codes = hook(tmp_path, f'by = "totp"\ndigits = 8\nsecret = {source}\n')
        assert codes.at(59) == "94287082"
        assert "GEZD" not in repr(codes.entry)


def test_each_account_may_have_its_own_key(tmp_path):
    (tmp_path / "accounts.csv").write_text("user,key\na,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\nb,!\n", encoding="ascii")
    (tmp_path / "accounts.csv").chmod(0o600)
    text = 'schema = 1\n[cast]\nfile = "accounts.csv"\n[one_time_codes]\nby = "totp"\ncolumn = "key"\ndigits = 8\n'
    (tmp_path / "supplies.toml").write_text(text, encoding="utf-8")
    supplies = read_supplies(tmp_path / "supplies.toml")
    assert supplies.codes.at(59, supplies.cast.account(0)) == "94287082"
    with pytest.raises(StepFailed, match="the account's key is not base32"):
        supplies.codes.at(59, supplies.cast.account(1))
    with pytest.raises(StepFailed, match="the step has taken no account"):
        supplies.codes.at(59)


def test_an_inbox_gives_each_code_once(tmp_path):
    portal = JsonPortal({})
    portal.codes["an"] = ["111111", "222222"]
    with served(portal.app) as url:
        text = f'by = "inbox"\nurl = "{url}/inbox/{{to}}"\nevery_s = 0.01\n'
        codes = hook(tmp_path, f"{text}wait_s = 30\n")
        assert codes.code("an", None) == "222222"
        portal.codes["an"].append("333333")
        assert codes.code("an", None) == "333333"
        portal.codes["an"].clear()
        with pytest.raises(StepFailed, match=r"no one-time code came within 0\.2 s"):
            hook(tmp_path, f"{text}wait_s = 0.2\n").code("an", None)


def test_an_inbox_that_does_not_answer_fails_the_step(tmp_path):
    codes = hook(tmp_path, 'by = "inbox"\nurl = "http://127.0.0.1:1/{to}"\nwait_s = 0.05\nevery_s = 0.01\n')
    with pytest.raises(StepFailed, match="no one-time code came"):
        codes.code("an", None)


def test_a_command_prints_the_code_and_runs_without_a_shell(tmp_path):
    program = f"['{sys.executable}', '-c', 'import sys; print(\"code for\", sys.argv[1], \"is 4711\")', '{{to}}']"
    codes = hook(tmp_path, f'by = "command"\ncommand = {program}\nexpression = "for (.*) is"\n')
    assert codes.code("an; echo 5", None) == "an; echo 5"
    assert hook(tmp_path, f'by = "command"\ncommand = {program}\n').code("x", None) == "4711"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('["/none/such"]', "cannot be run"),
        ('["false"]', "ended with 1 and printed none"),
        ('["true"]', "ended with 0 and printed none"),
        ('["sleep", "5"]', "took too long"),
    ],
)
def test_a_command_that_gives_none_fails_the_step(tmp_path, command, words):
    with pytest.raises(StepFailed, match=words):
        hook(tmp_path, f'by = "command"\ncommand = {command}\nwait_s = 0.2\n').code("x", None)


def test_sessions_that_look_at_one_inbox_at_once_are_given_different_codes(tmp_path):
    looked = threading.Barrier(2, timeout=20)

    class Slow(set):
        def __contains__(self, code):
            found = super().__contains__(code)
            time.sleep(0.05)  # both threads look before either has taken one
            return found

    class Shared(Inbox):
        def _text(self, _to):
            looked.wait()
            return "111111 222222"

    made = hook(tmp_path, 'by = "inbox"\nurl = "http://127.0.0.1:1/{to}"\nwait_s = 5\n')
    inbox = Shared(made.entry, made.target, None, {"an": Slow()})
    with ThreadPoolExecutor(2) as threads:
        first, second = (threads.submit(inbox.code, "an", None) for _ in range(2))
        assert {first.result(), second.result()} == {"111111", "222222"}
