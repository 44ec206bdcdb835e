"""Secrets: from the environment or a file that only its owner can read; never shown, logged or written to a run."""

import os
import stat
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Document, Keys, Strict
from cutover.base.errors import Mistake


class Secret:
    """A value that shows itself only when asked: its text is not what it holds."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


class SecretSource(Strict):
    """Where a secret comes from: `env`, the name of a variable, or `file`, whose first line it is."""

    env: Annotated[str, Field(min_length=1)] | None = None
    file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.env is None) == (self.file is None):
            msg = "must have either `env`, a variable's name, or `file`, a path; give one"
            raise ValueError(msg)
        return self

    def read(self, document: Document, keys: Keys) -> Secret | Mistake:
        """Return the secret, or what keeps it from being read."""
        if self.env is not None:
            value = os.environ.get(self.env)
            rule = "is a variable that is not set, or is empty"
            return Secret(value) if value else document.mistake((*keys, "env"), self.env, rule, "export it")
        path = document.path.parent / str(self.file)
        why = unsafe(path)
        if why is not None:
            return document.mistake((*keys, "file"), self.file, *why)
        lines = path.read_text(encoding="utf-8").splitlines()
        if not lines or not lines[0]:
            return document.mistake((*keys, "file"), self.file, "has no first line", "write the secret there")
        return Secret(lines[0])


def unsafe(path: Path) -> tuple[str, str] | None:
    """Return why a file may not hold secrets, and what to do; None when only its owner can read and write it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be read ({error.strerror or error})", "check the path"
    if not stat.S_ISREG(mode):
        return "is no file", "name a file"
    if stat.S_IMODE(mode) & 0o077:
        return f"can be read or written by others (mode {stat.S_IMODE(mode):04o})", f"chmod 600 {path}"
    return None
