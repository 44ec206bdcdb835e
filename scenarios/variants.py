"""Variants of a forecast, such as two plans, and the folder in which a study of them is kept."""

import contextlib
import fcntl
import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Mistake
from reports.budgets import DOSSIERS, Budget, read_budgets
from reports.lines import SCHEMA
from scenarios.forecast import Forecast
from scenarios.study_trial import WORKING, put_whole, read_json

NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")
LONGEST_NAME = 80  # names of study, variant and replication together name a file
LOCK = ".lock"


@dataclass(frozen=True)
class Variants:
    """Variants of a forecast by name, and budgets' lines, whose values (not verdicts) are estimated.

    How often each forecast says that it is to be replicated does not count. Raises BadInput with all mistakes.
    """

    name: str
    variants: Mapping[str, Forecast]
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        mistakes = [
            Mistake(
                "study", "name", name, f"must be like {NAME.pattern}, of {LONGEST_NAME} letters at most", "rename it"
            )
            for name in (self.name, *self.variants)
            if not NAME.fullmatch(name) or len(name) > LONGEST_NAME
        ]
        if not self.variants:
            mistakes.append(Mistake("study", "variants", None, "must be one at least", "give a forecast"))
        if not self.lines:
            mistakes.append(Mistake("study", "budgets", None, "must be one at least", "give what is to be estimated"))
        seeds = {forecast.scenario.file.seed for forecast in self.variants.values()}
        if len(seeds) > 1:
            remedy = "give the variants one seed: they are compared draw by draw"
            mistakes.append(Mistake("study", "seed", sorted(seeds), "must be the same in all variants", remedy))
        if mistakes:
            raise BadInput(mistakes)

    def budgets(self) -> dict[str, tuple[Budget, ...]]:
        """Return each variant's budgets; raise BadInput with the mistakes of all variants."""
        found: dict[str, tuple[Budget, ...]] = {}
        mistakes = [
            Mistake(
                "study", f"budgets[{at}]", line, "is about dossiers, which a simulation does not store", "remove it"
            )
            for at, line in enumerate(self.lines)
            if line.split()[:1] == [DOSSIERS]
        ]
        for name, forecast in self.variants.items():
            try:
                forecast.chosen()
                stations = [station.name for station in forecast.network().stations]
                found[name] = read_budgets(self.lines, forecast.scenario.steps, stations, "study")
            except BadInput as error:
                mistakes += error.mistakes
        if mistakes:
            raise BadInput(list({str(mistake): mistake for mistake in mistakes}.values()))
        return found

    def compile(self) -> None:
        """Compile the variants' engines, where that has not been done, before processes that begin together would."""
        for forecast in self.variants.values():
            forecast.compile()

    def identity(self) -> dict[str, Any]:
        """Say all that a trial's result depends on, besides its number."""
        return {
            "study": self.name,
            "budgets": [" ".join(line.split()) for line in self.lines],
            "variants": {
                name: {
                    "scenario": forecast.scenario.name,
                    "scenario_hash": forecast.scenario.hash,
                    "as_of": str(forecast.scenario.file.as_of),
                    "seed": forecast.scenario.file.seed,
                    "plan": forecast.plan.name,
                    "plan_hash": hashlib.blake2b(forecast.plan.to_toml().encode(), digest_size=16).hexdigest(),
                    "from_s": forecast.span.begins_s,
                    "to_s": forecast.span.ends_s,
                    "measurement": forecast.span.window.model_dump(),
                    "draws": forecast.draws,
                }
                for name, forecast in self.variants.items()
            },
        }

    @contextlib.contextmanager
    def opened(self, out: Path) -> Iterator[Path]:
        """Yield the folder of the trials, made or found, which no other process plays meanwhile.

        Raises BadInput when it cannot be made, is another study's, or is being played.
        """
        folder = out / self.name
        try:
            (folder / "trials").mkdir(parents=True, exist_ok=True)
            lock = (folder / LOCK).open("wb")
        except OSError as error:
            rule = f"cannot be made ({error.strerror})"
            raise BadInput.single("study", "folder", str(folder), rule, "name another") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                rule = "is being played by another process"
                raise BadInput.single("study", "folder", str(folder), rule, "wait for it, or stop it") from None
            self._claim(folder)
            try:
                yield folder / "trials"
            finally:
                for left in (folder / "trials").glob(f"{WORKING}*"):  # by workers that died
                    shutil.rmtree(left, ignore_errors=True)

    def _claim(self, folder: Path) -> None:
        """Say in the folder what is studied; raise BadInput when it is something else."""
        path, mine = folder / "study.json", self.identity()
        if not path.exists():
            put_whole(path, mine, folder)
        elif read_json(path) != {"schema": SCHEMA, **mine}:
            rule = "holds another study: a scenario, plan, span or budget differs"
            raise BadInput.single(path, "study", self.name, rule, "give this one another name, or remove the folder")
