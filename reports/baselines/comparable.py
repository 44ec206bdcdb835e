"""Which runs may be compared: those of one scenario, class of machine and number of generators, unless asked for."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from cutover.base.errors import BadInput, InvalidRun, Mistake
from reports.baselines.generators import generators
from reports.baselines.store import Store
from reports.header import NAME
from reports.machine_class import MachineClass
from reports.run import Run
from reports.validity import findings

MACHINES, SCENARIOS, GENERATORS = "machines", "scenarios", "generators"


def compared_with(head: Run, names: Sequence[str], store: Store, across: Collection[str] = ()) -> tuple[Run, ...]:
    """Return the runs that names stand for: a run's folder for itself, any other for the baselines of that name.

    Of a name's baselines those that may be compared count, and never the run itself. Raises BadInput with all that
    keeps named runs from it, or where none of a name's may be, and InvalidRun for a run on which nothing can rest.
    """
    runs: list[Run] = []
    for name in names:
        if (Path(name) / NAME).exists():
            runs.append(_valid(Run.open(Path(name))))
            continue
        known = store.baselines(name)
        runs += [other for other in known if is_comparable(head, other, across)] or known
    refuse_incomparable(head, runs, across)
    return tuple(runs)


def refuse_incomparable(head: Run, others: Sequence[Run], across: Collection[str] = ()) -> None:
    """Raise BadInput with all that keeps a run from being compared with others, but for what is asked for."""
    unknown = [name for name in across if name not in ACROSS]
    mistakes = [
        Mistake("--across", name, None, "is nothing to compare across", f"use one of {', '.join(ACROSS)}")
        for name in unknown
    ]
    for other in others:
        for name, reason, remedy in _reasons(head, other, across):
            mistakes.append(Mistake(str(other.folder), name, None, reason, remedy))
    if mistakes:
        raise BadInput(mistakes)


def _valid(run: Run) -> Run:
    wrong = findings(run) if run.state == "complete" else ()
    if wrong:
        raise InvalidRun(f"{run.folder} is no baseline: {wrong[0]}")
    return run


def is_comparable(head: Run, other: Run, across: Collection[str] = ()) -> bool:
    """Tell whether two runs may be compared."""
    return not any(_reasons(head, other, across))


def is_itself(head: Run, other: Run) -> bool:
    """Tell whether a run is the other, or was kept as that baseline."""
    if head.folder.resolve() == other.folder.resolve():
        return True
    kept = other.findings.get("baseline", {}).get("of")
    return kept is not None and kept == head.folder.name and head.header == other.header


def is_aligned(head: Run, other: Run) -> bool:
    """Tell whether rows of both runs belong together: the same sessions at the same instants, or turns of one play."""
    here, there = head.header, other.header
    same = ("kind", "scenario_hash", "seed", "scale", "warp", "load", "interval_s", "replications")
    turns = (None if here.arm is None else here.arm.other, None if there.arm is None else there.arm.other)
    return (
        all(getattr(here, name) == getattr(there, name) for name in same)
        and head.window == other.window
        and turns in ((None, None), (other.folder.name, head.folder.name))
    )


def _reasons(head: Run, other: Run, across: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what keeps two runs apart: a name, the rule, and what to do."""
    if is_itself(head, other):
        yield "run", "is the run itself, which never differs", "compare with another run"
        return
    if head.header.kind != other.header.kind:
        rule = f"is {other.header.kind}, and {head.folder.name} is {head.header.kind}"
        yield "kind", rule, "compare runs of one kind; `cutover rehearse` sets a prediction beside what was measured"
    if other.state != "complete":
        yield "state", f"is {other.state}", "compare with a run that was played to its end"
    for name, differ in ACROSS.items():
        if name not in across:
            for rule in differ(head, other):
                yield name, rule, f"compare others, or allow it with --across {name}"


def _machines(head: Run, other: Run) -> Iterator[str]:
    if head.header.kind == "measured":
        here, there = MachineClass.of(other.header), MachineClass.of(head.header)
        yield from (f"was made on another class of machine: {said}" for said in here.differences(there))


def _scenarios(head: Run, other: Run) -> Iterator[str]:
    here, there = other.header, head.header
    if here.scenario_hash != there.scenario_hash:
        same = " of the same name" if here.scenario == there.scenario else f", `{here.scenario}`"
        yield f"played another scenario{same} (hash {here.scenario_hash[:12]}, not {there.scenario_hash[:12]})"
    for name in ("scale", "warp", "load"):
        if getattr(here, name) != getattr(there, name):
            yield f"was played with {name} {getattr(here, name)}, not {getattr(there, name)}"


def _generators(head: Run, other: Run) -> Iterator[str]:
    here, there = generators(other), generators(head)
    if here != there:
        yield f"had {here} generators, not {there}"


ACROSS: Mapping[str, Callable[[Run, Run], Iterator[str]]] = {
    MACHINES: _machines,
    SCENARIOS: _scenarios,
    GENERATORS: _generators,
}
"""What a comparison may be allowed to reach across."""
