"""What identifies each request: its run, always, and agreed headers, whose values are never told."""

import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import read_scenario
from scenarios.swarm.browser.fixed import FixedFields
from scenarios.swarm.identification import identification, read_headers
from scenarios.swarm.order import Order
from scenarios.swarm.target.secret import Secret
from scenarios.swarm.target.supplies import read_supplies
from scenarios.volume import Volume


@pytest.fixture
def order(scenario_file):
    def made(**more):
        return Order.of(read_scenario(scenario_file()), Volume(1.0, 1.0), "http://127.0.0.1:9", "a-run", **more)

    return made


def test_headers_are_read_as_curl_takes_them():
    assert read_headers(["X-Synthetic:yes", "X-From:  a b ; c "]) == {"X-Synthetic": "yes", "X-From": "a b ; c"}
    assert read_headers([]) == {}


def test_all_headers_that_are_none_are_told_and_no_value_of_theirs():
    with pytest.raises(BadInput) as error:
        read_headers(["X-Key s3cret", "X Y:1", "X:", "X:ä", "host:h", "X-Cutover-Run:r", "A:1", "a:2"])
    words = str(error.value)
    assert words.count("must be NAME:VALUE, in ASCII; write it like X-Synthetic:yes") == 4
    assert words.count("is written by the swarm itself") == 2
    assert words.count("stands twice") == 1
    with pytest.raises(BadInput) as error:
        read_headers(["X-Key=s3cret:x", "X-Key:s3cr\net"])
    assert "s3cr" not in str(error.value).replace("X-Key=s3cret", "")


def test_each_request_tells_its_maker_and_its_run_and_what_was_agreed(order):
    found = identification(order(headers={"X-Synthetic": "yes"}), {"X-Key": Secret("a long secret")})
    assert found.headers["User-Agent"].startswith("cutover/")
    assert {**found.headers, "User-Agent": ""} == {
        "User-Agent": "",
        "X-Cutover-Run": "a-run",
        "X-Synthetic": "yes",
        "X-Key": "a long secret",
    }
    assert found.agreed == {"x-synthetic", "x-key"}
    assert found.hidden == ("a long secret",)  # `yes` stands in many a page


def test_a_step_s_header_takes_the_place_of_a_browser_s_but_not_of_what_identifies_the_run(order):
    found = identification(order(headers={"X-Synthetic": "yes"}))
    fixed = FixedFields({**found.headers, "Accept": "text/html"}, found.insisted, compression=False)
    own = ((b"accept", b"application/json"), (b"x-cutover-run", b"none"), (b"X-SYNTHETIC", b"no"), (b"X-Own", b"1"))
    sent = {name.lower(): value for name, value in fixed.with_fields(own)}
    assert len(fixed.with_fields(own)) == len(sent)
    assert sent[b"x-cutover-run"] == b"a-run"
    assert sent[b"x-synthetic"] == b"yes"
    assert (sent[b"accept"], sent[b"x-own"]) == (b"application/json", b"1")


def supplies(folder, text):
    path = folder / "supplies.toml"
    path.write_text(f"schema = 1\n[headers]\n{text}\n", encoding="utf-8")
    return path


def test_secret_headers_come_from_the_environment_or_a_file_of_its_owner_s(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_KEY", "from the environment")
    (tmp_path / "key").write_text("from a file\nand no more", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    found = read_supplies(supplies(tmp_path, 'X-A = { env = "PORTAL_KEY" }\nX-B = { file = "key" }'))
    assert {name: secret.reveal() for name, secret in found.headers.items()} == {
        "X-A": "from the environment",
        "X-B": "from a file",
    }
    assert "from" not in repr(found.headers)


def test_all_that_is_wrong_with_secret_headers_is_told_and_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("ODD", "s3cret\ntwo lines")
    monkeypatch.delenv("UNSET", raising=False)
    (tmp_path / "open").write_text("s3cret", encoding="utf-8")
    (tmp_path / "open").chmod(0o644)
    lines = 'X-A = { env = "UNSET" }\nX-B = { file = "open" }\nX-C = { env = "ODD" }\nCookie = { env = "ODD" }'
    with pytest.raises(BadInput) as error:
        read_supplies(supplies(tmp_path, lines))
    words = str(error.value)
    assert "headers.X-A.env = 'UNSET': is a variable that is not set" in words
    assert "can be read or written by others (mode 0644)" in words
    assert "headers.X-C: is no value of a header" in words
    assert "headers.Cookie: is a header that the swarm writes itself" in words
    assert "s3cret" not in words
    with pytest.raises(BadInput) as error:
        read_supplies(supplies(tmp_path, 'X-A = "s3cret"'))
    assert "s3cret" not in str(error.value)
