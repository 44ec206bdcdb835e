"""What a portal of any make holds, from what its operators give out: a CSV file, or a query of its database."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cutover.base.errors import BadInput, Mistake
from fixtures.portal.records import StoredDossier
from reports.receipts import Receipt

REQUIRED: Final = ("receipt", "digest", "state")
OPTIONAL: Final = ("key", "arrived")
_READ_ONLY: Final = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
"""How a database is told to let nothing be changed: not committing is not enough where DROP TABLE commits itself."""

ARRIVED: Final = {"": None, "true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


@dataclass(frozen=True)
class GivenOut:
    """The dossiers that a portal gives out; `has_keys` tells whether with their idempotency keys."""

    dossiers: tuple[StoredDossier, ...]
    has_keys: bool

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The classes that cannot be told: without keys, whose a dossier is that bears no known receipt.

        One that was stored again may bear such a receipt.
        """
        return () if self.has_keys else ("unseen", "duplicated", "foreign")

    def of_run(self, receipts: Iterable[Receipt], key_prefix: str) -> list[StoredDossier]:
        """Return a run's dossiers: those under its keys; without keys, those that bear one of its receipts."""
        if self.has_keys:
            return [dossier for dossier in self.dossiers if dossier.key.startswith(key_prefix)]
        keys = {line.receipt: line.key for line in receipts if line.receipt}
        return [replace(found, key=keys[found.receipt]) for found in self.dossiers if found.receipt in keys]


def read_export(path: Path) -> GivenOut:
    """Read an export: CSV in UTF-8 with a header line, columns `receipt`, `digest`, `state`, perhaps `key`, `arrived`.

    Raises BadInput with all mistakes.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            return _read(str(path), rows.fieldnames or (), ((rows.line_num, row) for row in rows))
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput.single(path, "file", None, f"cannot be read ({why})", "check the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput.single(path, "file", None, f"is not CSV in UTF-8 ({error})", "export it again") from None


def query(url: str, statement: str) -> GivenOut:
    """Ask a database by SQLAlchemy's URL; the statement returns the columns of an export. Nothing is committed.

    SQLite, PostgreSQL, MySQL and MariaDB are told besides that nothing may be changed, and refuse what would.
    Raises BadInput, which never shows the URL's password.
    """
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):
        remedy = "write it like postgresql+psycopg://user@host/name, and install its driver"
        raise BadInput.single("--sql", "url", None, "is no URL of a database that can be asked", remedy) from None
    where = engine.url.render_as_string()
    if engine.dialect.name == "sqlite" and _is_missing(engine.url.database):
        raise BadInput.single(where, "file", None, "must be an existing file", "check the path")
    try:
        with engine.connect() as connection:
            if engine.dialect.name in _READ_ONLY:
                connection.execute(text(_READ_ONLY[engine.dialect.name]))
                connection.commit()
            # As it was written: neither `:name` nor `%` stands for a parameter, of which there are none.
            found = connection.execution_options(no_parameters=True).exec_driver_sql(statement)
            names = list(found.keys()) if found.returns_rows else []
            rows = ((number, dict(row)) for number, row in enumerate(found.mappings(), 1)) if names else iter(())
            return _read(where, names, rows)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise BadInput.single(where, "query", None, f"cannot be played ({why})", "correct --sql or --query") from None
    finally:
        engine.dispose()


def _is_missing(database: str | None) -> bool:
    """Tell whether a SQLite database is a file that is not there, which asking it would make."""
    return bool(database) and not str(database).startswith(("file:", ":memory:")) and not Path(str(database)).is_file()


def _read(where: str, names: Iterable[str], rows: Iterator[tuple[int, Mapping[str, object]]]) -> GivenOut:
    known = tuple(names)
    missing = [name for name in REQUIRED if name not in known]
    if missing:
        remedy = f"name the columns {', '.join(REQUIRED)}, perhaps {' and '.join(OPTIONAL)}"
        raise BadInput([Mistake(where, name, None, "is a column that is missing", remedy) for name in missing])
    dossiers, mistakes = [], []
    for line, row in rows:
        values = {name: "" if row.get(name) is None else str(row[name]).strip() for name in (*REQUIRED, *OPTIONAL)}
        values["digest"] = values["digest"].lower()
        wrong = list(_mistakes(where, line, values))
        mistakes += wrong
        if not wrong:
            arrived = ARRIVED[values.pop("arrived").lower()]
            dossiers.append(StoredDossier(**values, arrived=arrived))
    if mistakes:
        raise BadInput(mistakes)
    return GivenOut(tuple(dossiers), "key" in known)


def _mistakes(where: str, line: int, values: Mapping[str, str]) -> Iterator[Mistake]:
    for name in ("receipt", "digest"):
        if not values[name]:
            yield Mistake(where, name, "", "must not be empty", "export it again", line)
    if values["arrived"].lower() not in ARRIVED:
        rule = "must be true, false or empty"
        yield Mistake(where, "arrived", values["arrived"], rule, "export it again", line)
