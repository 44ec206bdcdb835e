"""The cast: test accounts of the target, from a CSV that only its owner can read, or from a command."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Document, Strict
from cutover.base.errors import Mistake
from scenarios.journey import StepName
from scenarios.swarm.target.rows import Row, Rows, parse_rows
from scenarios.swarm.target.secret import unsafe

COMMAND_WITHIN_S = 60.0

Text = Annotated[str, Field(min_length=1)]


class CastEntry(Strict):
    """The cast in a supplies file: a `file` beside it, or a `command` that prints such a CSV; who needs an account.

    A session needs one from the first step in `used_by` on, from its beginning without it.
    """

    file: Text | None = None
    command: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    used_by: tuple[StepName, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.file is None) == (self.command is None):
            msg = "must have either `file`, a CSV, or `command`, what prints one; give one"
            raise ValueError(msg)
        return self


class Account(Mapping[str, str]):
    """A test account by column; its text is its number alone, so that no log shows what it holds."""

    __slots__ = ("_row", "number")

    def __init__(self, number: int, row: Row) -> None:
        self.number = number
        self._row = row

    def __getitem__(self, column: str) -> str:
        return self._row[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    def __repr__(self) -> str:
        return f"Account({self.number})"


@dataclass(frozen=True, repr=False)
class Cast:
    """All test accounts, numbered from 0 in the order given; and what tells whether two machines have the same."""

    rows: Rows
    used_by: tuple[str, ...]
    content: bytes

    def __len__(self) -> int:
        return len(self.rows.rows)

    def account(self, number: int) -> Account:
        """Return the account of a number."""
        return Account(number, self.rows.rows[number])


def read_cast(entry: CastEntry, document: Document) -> tuple[Cast, list[Mistake]]:
    """Read the accounts of a supplies file; return them and all mistakes."""
    if entry.file is not None:
        path = document.path.parent / entry.file
        why = unsafe(path)
        if why is not None:
            return _empty(entry), [document.mistake(("cast", "file"), entry.file, *why)]
        content, source = path.read_bytes(), str(path)
    else:
        content, failure = _printed(entry.command or (), document)
        if failure is not None:
            return _empty(entry), [document.mistake(("cast", "command"), " ".join(entry.command or ()), *failure)]
        source = "cast.command"
    try:
        rows, mistakes = parse_rows(content.decode("utf-8"), source)
    except UnicodeDecodeError as error:
        mistake = Mistake(source, "file", None, f"is not UTF-8 (byte {error.start})", "save it as UTF-8")
        return _empty(entry), [mistake]
    return Cast(rows, entry.used_by, content), mistakes


def _empty(entry: CastEntry) -> Cast:
    return Cast(Rows((), ()), entry.used_by, b"")


def _printed(command: tuple[str, ...], document: Document) -> tuple[bytes, tuple[str, str] | None]:
    """Run a command (no shell) in the file's folder; return what it printed, or why it failed and what to do."""
    try:
        ended = subprocess.run(
            command, capture_output=True, timeout=COMMAND_WITHIN_S, cwd=document.path.parent.absolute(), check=False
        )
    except OSError as error:
        return b"", (f"cannot be run ({error.strerror or error})", "correct the command")
    except subprocess.TimeoutExpired:
        return b"", (f"did not end within {COMMAND_WITHIN_S:g} s", "make it print a CSV and end")
    if ended.returncode != 0:
        return b"", (f"ended with {ended.returncode}", "run it by hand: what it says may hold secrets")
    return ended.stdout, None
