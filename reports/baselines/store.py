"""The store of baselines: a folder that a CI cache can save and restore, and several can be laid over each other.

    runs/<digest>/             what comparing with a run takes: its header, latencies and counters
    moves/<time>-<digest>.json which run became a baseline, under which name, when and why

Both are written beside and renamed into place, never changed, and named by what they hold: two jobs that add to copies
of one store make stores whose union is one. A name is a branch's or a release's. Under it stand runs of several kinds,
such as two scenarios, or one on two classes of machine. Each kind stands by itself, so that none drives out another:
its baselines are the latest of its runs since one was accepted by hand, with a reason.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cutover.base.errors import BadInput, InvalidRun, Mistake
from reports.baselines.generators import generators
from reports.header import NAME
from reports.lines import SCHEMA, parse_object, refuse_schema
from reports.machine_class import MachineClass
from reports.run import Run
from reports.summary import Summary
from reports.writer import COUNTERS, FINDINGS, LATENCY

FOLDER = Path(".cutover") / "baselines"
RUNS, MOVES = "runs", "moves"
KEPT = (NAME, LATENCY, COUNTERS)

LATEST = 10
"""So many runs of a kind are compared with: they tell of run effects, and older ones of an older portal; assumed."""

SHELF = 20
"""So many runs of a kind keep their latencies; of older ones only what their move tells is left; assumed."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,99}")


@dataclass(frozen=True)
class Move:
    """A run that became a baseline: its digest, the folder it came from, when, and its values by metric.

    `reason` is why it was accepted by hand, so that runs of its kind before it count no more; None for one that had
    passed. `of` is its kind in words (`kind_of`), empty in moves of before.
    """

    name: str
    at: str
    run: str
    folder: str
    verdict: str
    reason: str | None
    values: Mapping[str, float]
    of: str = ""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a move; raise BadInput when it is damaged, or newer than this cutover."""
        data = parse_object(path.read_text(encoding="utf-8", errors="replace"))
        if data is not None:
            refuse_schema(path, data.pop("schema", None))
            try:
                return cls(**data)
            except TypeError:
                pass
        raise BadInput.single(path, "move", None, "is no move of a baseline", "restore the store, or remove the file")


@dataclass(frozen=True)
class Store:
    """A store of baselines in a folder, which need not be there yet."""

    folder: Path

    def moves(self, name: str | None = None) -> tuple[Move, ...]:
        """Return the moves under a name, or all, in the order in which they were made."""
        found = [Move.read(path) for path in sorted((self.folder / MOVES).glob("*.json"))]
        return tuple(
            sorted((move for move in found if name in (None, move.name)), key=lambda move: (move.at, move.run))
        )

    def names(self) -> tuple[str, ...]:
        """Return the names that have baselines."""
        return tuple(sorted({move.name for move in self.moves()}))

    def baselines(self, name: str) -> tuple[Run, ...]:
        """Return the latest runs of each kind that a name stands for, by time; raise BadInput when there is none."""
        moves = self.moves(name)
        if not moves:
            known = ", ".join(self.names()) or "nothing"
            remedy = f"name a run's folder or one of {known}, or begin with `cutover runs accept RUN --branch {name}`"
            raise BadInput.single(self.folder, "--baseline", name, "is neither a run nor a baseline", remedy)
        latest = {digest for own in by_kind(moves).values() for digest in _latest(own)}
        return tuple(self._run(digest) for digest in dict.fromkeys(move.run for move in moves) if digest in latest)

    def accept(self, run: Run, name: str, verdict: str, reason: str | None, at: datetime) -> Move:
        """Make a run a baseline under a name; raise BadInput or InvalidRun when it cannot be one.

        It must be whole, and have passed, unless there is a reason to accept it: then those of its kind before it count
        no more.
        """
        _refuse(run, name, verdict, reason)
        digest = self._keep(run)
        stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
        move = Move(name, stamp, digest, run.folder.name, verdict, reason, values(run), kind_of(run))
        path = self.folder / MOVES / f"{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{digest[:12]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        _written(path, json.dumps({"schema": SCHEMA, **asdict(move)}, ensure_ascii=False, indent=1) + "\n")
        self._clear(name)
        return move

    def _run(self, digest: str) -> Run:
        folder = self.folder / RUNS / digest
        if not (folder / NAME).exists():
            remedy = "restore the store whole, or accept a run anew with --reason"
            raise BadInput.single(folder, "baseline", None, "is missing from the store", remedy)
        return Run.open(folder)

    def _keep(self, run: Run) -> str:
        """Copy what comparing takes of a run, and return the digest of it."""
        (self.folder / RUNS).mkdir(parents=True, exist_ok=True)
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=self.folder / RUNS))
        try:
            for name in KEPT:
                shutil.copyfile(run.folder / name, incoming / name)
            told = {"schema": SCHEMA, "baseline": {"of": run.folder.name, "generators": generators(run)}}
            (incoming / FINDINGS).write_text(json.dumps(told) + "\n", encoding="utf-8")
            digest = _digest(incoming)
            incoming.chmod(0o755)
            if not (self.folder / RUNS / digest).exists():
                incoming.rename(self.folder / RUNS / digest)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return digest

    def _clear(self, name: str) -> None:
        """Remove the latencies of a name's oldest runs of each kind, unless another name stands for them."""
        shelves = [own for other in self.names() for own in by_kind(self.moves(other)).values()]
        needed = {move.run for own in shelves for move in own[-SHELF:]}
        for move in self.moves(name):
            if move.run not in needed:
                shutil.rmtree(self.folder / RUNS / move.run, ignore_errors=True)


def by_kind(moves: Sequence[Move]) -> dict[str, list[Move]]:
    """Return the moves of each kind of run, in their order."""
    found: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        found[move.of].append(move)
    return dict(found)


def kind_of(run: Run) -> str:
    """Say in words what a run has in common with those that it is compared with: scenario, load, machine, generators.

    The scenario goes by its name: one that was edited takes the place of what it was before.
    """
    header, number = run.header, generators(run)
    parts = [header.scenario, header.kind]
    parts += [header.load] if header.load is not None else []
    parts += [f"{name} {value:g}" for name in ("scale", "warp") if (value := getattr(header, name)) != 1]
    parts += [str(MachineClass.of(header))] if header.kind == "measured" else []
    parts += [f"{number} generators"] if number else []
    return "; ".join(parts)


def _latest(moves: Sequence[Move]) -> list[str]:
    """Return the digests of the latest runs of a kind, since one was accepted by hand."""
    since = max((at for at, move in enumerate(moves) if move.reason is not None), default=0)
    return list(dict.fromkeys(move.run for move in reversed(moves[since:])))[:LATEST]


def values(run: Run) -> dict[str, float]:
    """Return what is kept of a run for its history: quantiles of responses in seconds, rates and shares, by metric."""
    found: dict[str, float] = {}
    for name, step in Summary.of(run).steps.items():
        if step.response is None:
            continue
        found[f"{name} response p50"] = step.response.p50_s
        found[f"{name} response p95"] = step.response.p95_s
        found[f"{name} goodput"] = step.ok_per_s
        found[f"{name} error_rate"] = step.error_rate or 0.0
    return found


def _refuse(run: Run, name: str, verdict: str, reason: str | None) -> None:
    mistakes = []
    if not _NAME.fullmatch(name):
        rule = "must be letters, digits and . _ / + -, a letter or digit first"
        mistakes.append(Mistake("options", "--branch", name, rule, "name a branch or a release, such as main"))
    if reason is not None and not reason.strip():
        mistakes.append(Mistake("options", "--reason", reason, "says nothing", "say why it is the baseline now"))
    if mistakes:
        raise BadInput(mistakes)
    if run.state != "complete" or verdict == "invalid":
        raise InvalidRun(f"{run.folder} is no baseline: nothing can rest on it ({run.state}, verdict {verdict})")
    if reason is None and verdict != "pass":
        remedy = "accept one that passes, or give the --reason why this is the baseline from now on"
        raise BadInput.single(run.folder, "verdict", verdict, "is no pass", remedy)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (*KEPT, FINDINGS):
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _written(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    file, name = tempfile.mkstemp(prefix=".incoming-", dir=path.parent)
    with os.fdopen(file, "w", encoding="utf-8") as incoming:
        incoming.write(text)
        incoming.flush()
        os.fsync(incoming.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
