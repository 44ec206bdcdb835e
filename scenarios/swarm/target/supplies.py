"""The supplies file: accounts, feeds, one-time codes and secret headers for a portal, checked before load begins. TOML.

It names secrets, so that it stays on each machine: workers compare its digest with the coordinator's, nothing of it
travels, and no run keeps any of it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cutover.base.document import Document, Strict, parse, read_document
from cutover.base.errors import BadInput, Mistake
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.swarm.identification import NAME, OURS, VALUE
from scenarios.swarm.target.cast import Cast, CastEntry, read_cast
from scenarios.swarm.target.cast_need import least_accounts
from scenarios.swarm.target.casting import CastShelf
from scenarios.swarm.target.codes import Codes, CodesEntry, make_codes
from scenarios.swarm.target.feeds import Feed, FeedEntry
from scenarios.swarm.target.rows import Rows, parse_rows
from scenarios.swarm.target.secret import Secret, SecretSource
from scenarios.swarm.target.supplied import Supplied
from scenarios.target import Target, check_allowed


class SuppliesFile(Strict):
    """The schema of a supplies file."""

    schema_: Annotated[int, Field(alias="schema")]
    cast: CastEntry | None = None
    feeds: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], FeedEntry] = Field(default_factory=dict)
    one_time_codes: CodesEntry | None = None
    headers: dict[Annotated[str, Field(pattern=f"^{NAME}$")], SecretSource] = Field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Supplies:
    """A supplies file that was read and checked; `digest` tells whether two machines have the same."""

    document: Document
    file: SuppliesFile
    cast: Cast | None
    rows: Mapping[str, Rows]
    codes: Codes | None
    inbox: Target | None
    headers: Mapping[str, Secret]
    digest: str

    def check(self, scenario: Scenario, sessions: Sessions, allowed: tuple[str, ...] = ()) -> None:
        """Raise BadInput with all mistakes when it cannot feed a scenario's sessions; TargetRefused for its inbox."""
        mistakes = [*self._unknown_steps(scenario), *self._short_feeds(sessions)]
        if self.cast is not None and not mistakes:
            mistakes += self._short_cast(self.cast, scenario, sessions)
        if mistakes:
            raise BadInput(mistakes)
        if self.inbox is not None:
            check_allowed(self.inbox, allowed)

    def _unknown_steps(self, scenario: Scenario) -> list[Mistake]:
        rule, known = "is no step of the scenario", ", ".join(scenario.steps)
        used_by = self.cast.used_by if self.cast is not None else ()
        return [
            self.document.mistake(("cast", "used_by"), step, rule, f"use some of: {known}")
            for step in used_by
            if step not in scenario.steps
        ]

    def _short_feeds(self, sessions: Sessions) -> list[Mistake]:
        unique = [name for name, entry in self.file.feeds.items() if entry.take == "unique"]
        if not unique:
            return []
        planned = sessions.columns(0.0, sessions.duration_s).number.size
        rule = f"has fewer rows than the {planned:,} sessions planned, and gives each row once"
        return [
            self.document.mistake(("feeds", name), len(self.rows[name].rows), rule, 'add rows, or take = "in_order"')
            for name in unique
            if len(self.rows[name].rows) < planned
        ]

    def _short_cast(self, cast: Cast, scenario: Scenario, sessions: Sessions) -> list[Mistake]:
        least = least_accounts(scenario, sessions, cast.used_by)
        if len(cast) >= least:
            return []
        rule = f"are too few accounts: at one time {least:,} sessions hold one even if answers take no time"
        return [self.document.mistake(("cast",), len(cast), rule, "add accounts, or lower the rate with --scale")]

    @property
    def goes_by_place(self) -> bool:
        """Whether a feed's rows go by where a session stands in the schedule."""
        return any(entry.take != "random" for entry in self.file.feeds.values())

    def supplied(self, seed: int, place: Callable[[int], int]) -> Supplied:
        """Return what one worker gives to its visits; `place` tells where a session stands in the schedule."""
        entries = self.file.feeds.items()
        feeds = {name: Feed.of(name, self.rows[name], entry.take, seed, place) for name, entry in entries}
        return Supplied(self.cast, CastShelf(), feeds, self.codes)


def read_supplies(path: Path) -> Supplies:
    """Read a supplies file and all that it names; raise BadInput with all mistakes."""
    document = read_document(path)
    try:
        file = parse(document, SuppliesFile)
    except BadInput as error:
        raise BadInput([_silent(mistake) for mistake in error.mistakes]) from None
    digest = hashlib.sha256(path.read_bytes())
    cast, mistakes = read_cast(file.cast, document) if file.cast is not None else (None, list[Mistake]())
    digest.update(cast.content if cast is not None else b"")
    rows = {name: _rows(name, entry, document, digest, mistakes) for name, entry in sorted(file.feeds.items())}
    codes: Codes | None = None
    inbox: Target | None = None
    if file.one_time_codes is not None:
        codes, inbox, wrong = make_codes(file.one_time_codes, document)
        mistakes += wrong + _column_mistakes(file.one_time_codes, cast, document)
    headers = dict(_headers(file.headers, document, mistakes))
    if mistakes:
        raise BadInput(mistakes)
    return Supplies(document, file, cast, rows, codes, inbox, headers, digest.hexdigest())


def _headers(
    entries: Mapping[str, SecretSource], document: Document, mistakes: list[Mistake]
) -> Iterator[tuple[str, Secret]]:
    """Yield the headers that go with every request, their values secret; add what is wrong with others."""
    for name, source in entries.items():
        if name.lower() in OURS:
            rule = "is a header that the swarm writes itself"
            mistakes.append(document.mistake(("headers", name), None, rule, "name another"))
            continue
        found = source.read(document, ("headers", name))
        if isinstance(found, Secret) and not VALUE.fullmatch(found.reveal()):
            found = document.mistake(("headers", name), None, "is no value of a header", "write it in ASCII, one line")
        if isinstance(found, Mistake):
            mistakes.append(found)
        else:
            yield name, found


def _silent(mistake: Mistake) -> Mistake:
    """Return a mistake without its value where that may be a secret, written where only its source belongs."""
    return replace(mistake, value=None) if "secret" in mistake.key or mistake.key.startswith("headers") else mistake


def _rows(name: str, entry: FeedEntry, document: Document, digest: "hashlib._Hash", mistakes: list[Mistake]) -> Rows:
    path = document.path.parent / entry.file
    try:
        content = path.read_bytes()
        rows, wrong = parse_rows(content.decode("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        mistakes.append(document.mistake(("feeds", name, "file"), entry.file, f"cannot be read ({why})", "check it"))
        return Rows((), ())
    digest.update(content)
    mistakes += wrong
    return rows


def _column_mistakes(entry: CodesEntry, cast: Cast | None, document: Document) -> list[Mistake]:
    """Find a column of keys that the cast has not."""
    if entry.by != "totp" or entry.column is None or (cast is not None and entry.column in cast.rows.columns):
        return []
    columns = ", ".join(cast.rows.columns) if cast is not None else ""
    remedy = f"name one of: {columns}" if columns else "add a cast with that column"
    keys = ("one_time_codes", "column")
    return [document.mistake(keys, entry.column, "is no column of the cast", remedy)]
