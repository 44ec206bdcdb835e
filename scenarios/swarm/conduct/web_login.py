"""Who may use locust's web page: anybody on this machine; elsewhere who knows the password (HTTP Basic, RFC 7617)."""

import hmac
from typing import Any

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.token import read_secret
from scenarios.target import is_loopback

VARIABLE = "CUTOVER_WEB_PASSWORD"


def web_password(host: str, file: str | None) -> str:
    """Return the password of a page bound to a host; raise BadInput when it leaves this machine without one."""
    password = read_secret(VARIABLE, file, "--web-password-file")
    if not password and not is_loopback(host):
        rule = "is not loopback: anybody could start load there, so a password is needed"
        remedy = f"give --web-password-file or {VARIABLE}, or use --web-host 127.0.0.1"
        raise BadInput.single("--web-host", "host", host or "*", rule, remedy)
    return password


def guard(app: Any, password: str) -> None:
    """Ask for a password (of any user) before each request of a Flask application."""
    from flask import Response, request

    def ask() -> Response | None:
        given = request.authorization
        if given is not None and hmac.compare_digest((given.password or "").encode(), password.encode()):
            return None
        return Response("a password is needed\n", 401, {"WWW-Authenticate": 'Basic realm="cutover"'})

    app.before_request(ask)
