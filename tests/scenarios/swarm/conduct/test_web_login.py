"""The web page off loopback is for who knows its password."""

import base64

import pytest

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.web_login import VARIABLE, guarded, web_password

PASSWORD = "correct horse battery"


def answer(header=None):
    said = []

    def page(_, start):
        start("200 OK", [])
        return [b"page"]

    environ = {} if header is None else {"HTTP_AUTHORIZATION": header}
    body = guarded(page, PASSWORD)(environ, lambda status, headers: said.append((status, dict(headers))))
    return said[0], b"".join(body)


def basic(password, user="any"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_who_knows_the_password_sees_the_page_whatever_the_user():
    assert answer(basic(PASSWORD))[1] == answer(basic(PASSWORD, "other"))[1] == b"page"


@pytest.mark.parametrize("header", [None, "", basic(""), basic("wrong"), "Basic ???", "Basic", f"Bearer {PASSWORD}"])
def test_nobody_else_does(header):
    (status, headers), body = answer(header)
    assert status == "401 Unauthorized"
    assert headers["WWW-Authenticate"] == 'Basic realm="cutover"'
    assert body == b"a password is needed\n"


def test_a_page_on_loopback_needs_no_password_and_one_elsewhere_does(monkeypatch, tmp_path):
    assert web_password("127.0.0.1", None) == ""
    for host in ("", "*", "0.0.0.0", "192.0.2.1"):
        with pytest.raises(BadInput, match="so a password is needed"):
            web_password(host, None)
    monkeypatch.setenv(VARIABLE, PASSWORD)
    assert web_password("0.0.0.0", None) == PASSWORD
    file = tmp_path / "password"
    file.write_text("another long password\n", encoding="utf-8")
    with pytest.raises(BadInput, match="can be read or written by others"):
        web_password("0.0.0.0", str(file))
    file.chmod(0o600)
    assert web_password("0.0.0.0", str(file)) == "another long password"
    file.write_text("short\n", encoding="utf-8")
    with pytest.raises(BadInput, match="holds a secret of 5 characters; at least 16 are needed"):
        web_password("0.0.0.0", str(file))
