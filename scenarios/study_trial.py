"""A trial of a study: one replication of one variant, whose result is one file."""

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput
from reports.budgets import Budget
from reports.evidence import value
from reports.header import Header
from reports.lines import SCHEMA, parse_object, refuse_schema
from reports.no_evidence import NoEvidence
from reports.run import Run
from reports.summary import Summary
from scenarios.forecast import Forecast, play_replication
from scenarios.trials import Failure, Trial

WORKING = ".working-"


@dataclass(frozen=True)
class StudyTrial:
    """One replication of one variant; the file holds its summary and its budgets' values."""

    study: str
    variant: str
    number: int
    forecast: Forecast
    budgets: tuple[Budget, ...]
    folder: Path

    @property
    def name(self) -> str:
        """What it is called, and its file without the ending."""
        return f"{self.study}-{self.variant}-{self.number}"

    @property
    def path(self) -> Path:
        """The file of its result."""
        return self.folder / f"{self.name}.json"

    def is_done(self) -> bool:
        """Tell whether its result is there."""
        return self.path.exists()

    def play(self) -> None:
        """Simulate the replication in a folder of this attempt's own, and keep what the run comes to."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=WORKING) as working:
            run = Path(working) / "run"
            play_replication(self.forecast, self.number, run, self._header())
            put_whole(self.path, self._result(Run.open(run)), Path(working))

    def read(self, part: str) -> Any:
        """Return a part of its file; raise BadInput when it is not there."""
        found = read_json(self.path)
        if part not in found:
            raise BadInput.single(self.path, part, None, "is missing", "remove the file: it is made again")
        return found[part]

    def values(self) -> dict[str, float]:
        """Return the budgets' values by their text, from the file; infinite where a quantile was not reached."""
        return {text: math.inf if found is None else float(found) for text, found in self.read("values").items()}

    def _header(self) -> Header:
        return self.forecast.header()

    def _result(self, run: Run) -> dict[str, Any]:
        values, without = {}, {}
        for budget in self.budgets:
            try:
                found = value(run, budget)
                values[budget.text] = found if math.isfinite(found) else None
            except NoEvidence as reason:
                without[budget.text] = str(reason)
        return {**self._named(), "values": values, "without": without, "summary": Summary.of(run).to_dict()}

    def _named(self) -> dict[str, Any]:
        return {"study": self.study, "variant": self.variant, "replication": self.number}


def record(folder: Path, trial: Trial, failure: Failure | None) -> None:
    """Keep the error of a trial that failed; forget that of an earlier time when it is done now."""
    path = folder / f"{trial.name}.failed.json"
    if failure is None:
        path.unlink(missing_ok=True)
    else:
        put_whole(path, asdict(failure), folder)


def put_whole(path: Path, data: Mapping[str, Any], working: Path) -> None:
    """Write a JSON file that is there whole or not at all, by way of a folder on the same disk."""
    text = json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    new = working / f"{path.name}.new"
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that `put_whole` wrote; raise BadInput when it is no such file."""
    data = parse_object(path.read_text(encoding="utf-8", errors="replace"))
    if data is None:
        raise BadInput.single(path, "syntax", None, "is not a JSON object", "restore it or remove it")
    refuse_schema(path, data.get("schema"))
    return data
