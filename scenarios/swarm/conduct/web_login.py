"""Who may use locust's web page: anybody on this machine; elsewhere who knows the password (HTTP Basic, RFC 7617)."""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable
from typing import Any

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.token import read_secret
from scenarios.target import is_loopback

VARIABLE = "CUTOVER_WEB_PASSWORD"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""


def web_password(host: str, file: str | None) -> str:
    """Return the password of a page bound to a host; raise BadInput when it leaves this machine without one."""
    password = read_secret(VARIABLE, file, "--web-password-file")
    if not password and not is_loopback(host):
        rule = "is not loopback: anybody could start load there, so a password is needed"
        remedy = f"give --web-password-file or {VARIABLE}, or use --web-host 127.0.0.1"
        raise BadInput.single("--web-host", "host", host or "*", rule, remedy)
    return password


def guard(flask: Any, password: str) -> None:
    """Let a Flask application ask for a password before each request."""
    flask.wsgi_app = guarded(flask.wsgi_app, password)


def guarded(application: Application, password: str) -> Application:
    """Return an application that asks for a password, of any user, before each request."""

    def ask(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if hmac.compare_digest(_given(environ.get("HTTP_AUTHORIZATION", "")), password.encode()):
            return application(environ, start)
        headers = [("WWW-Authenticate", 'Basic realm="cutover"'), ("Content-Type", "text/plain")]
        start("401 Unauthorized", headers)
        return [b"a password is needed\n"]

    return ask


def _given(header: str) -> bytes:
    """Return the password of an Authorization header, empty where there is none."""
    scheme, _, word = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(word, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
