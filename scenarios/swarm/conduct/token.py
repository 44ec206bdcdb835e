"""The token that a coordinator and its workers share: from the environment, or a file only its owner can read."""

import os
from pathlib import Path

from cutover.base.errors import BadInput
from scenarios.swarm.target.secret import unsafe
from scenarios.target import is_loopback

VARIABLE = "CUTOVER_TOKEN"
LEAST = 16


def read_secret(variable: str, file: str | None, option: str) -> str:
    """Return a secret from a file or a variable, empty where there is neither; raise BadInput when it is no use."""
    if file:
        why = unsafe(Path(file))
        if why is not None:
            raise BadInput.single(option, "file", file, *why)
        value = Path(file).read_text(encoding="utf-8").strip()
    else:
        value = os.environ.get(variable, "")
    if (file or value) and len(value) < LEAST:
        rule = f"holds a secret of {len(value)} characters; at least {LEAST} are needed"
        source = file or variable
        raise BadInput.single(option, "secret", source, rule, "make one: openssl rand -hex 32")
    return value


def read_token(file: str | None, host: str, option: str) -> str:
    """Return the token; raise BadInput when the channel leaves this machine and there is none.

    `host` is what the channel is bound or connected to, `option` the name of what set it.
    """
    token = read_secret(VARIABLE, file, "--token-file")
    if not token and not is_loopback(host):
        rule = "is not loopback: workers could be ordered about by anybody, so a token is needed"
        remedy = f"give both sides the same --token-file or {VARIABLE}, or use 127.0.0.1 through a tunnel"
        raise BadInput.single(option, "host", host, rule, remedy)
    return token
