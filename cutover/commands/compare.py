"""`cutover compare`: set a run beside its baselines, metric by metric; or plans, or scenarios, under common draws."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cutover.base.errors import BadInput, Mistake
from cutover.commands.chosen import AsOf
from cutover.commands.extras import require
from cutover.commands.output import give, give_json, say

OF_MODELS = "Of plans and scenarios: "
OF_RUNS = "Of runs: "


def compare(
    first: Annotated[str, typer.Argument(help="Folder of a run; or a scenario; or, with --scenario, a plan.")],
    others: Annotated[
        list[str], typer.Argument(help="Runs (folders, or names of baselines), scenarios or plans to compare it with.")
    ],
    store: Annotated[Path | None, typer.Option(help=f"{OF_RUNS}folder that keeps baselines.")] = None,
    across: Annotated[
        list[str] | None,
        typer.Option(help=f"{OF_RUNS}compare across machines, scenarios or generators; may be repeated."),
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Compare plans, on this scenario.")] = None,
    plan: Annotated[str | None, typer.Option(help="Of scenarios: the plan of all; each has its own if none.")] = None,
    budget: Annotated[
        list[str] | None, typer.Option(help=f"{OF_MODELS}what to estimate; the first's budgets if not given.")
    ] = None,
    replications: Annotated[
        int | None, typer.Option(help=f"{OF_MODELS}how often to simulate each; 10 if not given.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help=f"{OF_MODELS}replicate until the first budget's value is as precise, such as 5%.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help=f"{OF_MODELS}all, 07:30..09:30, or seconds 0..600; the busiest minutes if none.")
    ] = None,
    as_of: AsOf = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Tell how much runs, plans or scenarios differ, with intervals; `cutover gate` judges a run against baselines."""
    are_runs = scenario is None and plan is None and _is_run(first)
    models = {"--scenario": scenario, "--plan": plan, "--budget": budget, "--replications": replications,
              "--precision": precision, "--window": window, "--as-of": as_of}  # fmt: skip
    _refuse(models if are_runs else {"--store": store, "--across": across}, are_runs=are_runs)
    if are_runs:
        return _runs(first, others, store or Path(".cutover/baselines"), across or (), json=json)
    if scenario is not None and plan is not None:
        rule = "does not go with --scenario, whose plans are those compared"
        raise BadInput.single("options", "--plan", plan, rule, "leave one of the two out")
    require("models", "cutover compare")
    from cutover.rehearsal.compared import Compared

    names = (first, *others)
    order = Compared(names, scenario, plan, window, as_of, budget or (), replications, precision)
    result = order.play()
    if json:
        give_json({"schema": 1, "compared": list(names), "scenario": scenario, **result.to_dict()})
    else:
        give("\n".join(result.words()))
    for failure in result.failures:
        say(f"{failure.trial} failed: {failure.error}")
    return result.exit_code


def _is_run(name: str) -> bool:
    """Tell whether the first is meant as a run: a folder, or what is neither a TOML file nor a shipped scenario."""
    from importlib.resources import files

    return Path(name).is_dir() or not (name.endswith(".toml") or files("scenarios").joinpath(f"{name}.toml").is_file())


def _refuse(given: Mapping[str, object], *, are_runs: bool) -> None:
    """Raise BadInput with all options that do not go with what is compared."""
    what = "runs" if are_runs else "plans or scenarios"
    mistakes = [
        Mistake("options", option, str(value), f"does not go with {what}", "leave it out")
        for option, value in given.items()
        if value not in (None, [])
    ]
    if mistakes:
        raise BadInput(mistakes)


def _runs(first: str, others: list[str], store: Path, across: Sequence[str], *, json: bool) -> int:
    """Compare a run with others."""
    from reports.baselines.comparable import compared_with
    from reports.baselines.differences import LEVEL, differences, words
    from reports.baselines.store import Store
    from reports.run import Run

    found = Run.open(Path(first))
    runs = compared_with(found, others, Store(store), across)
    rows = differences(found, runs)
    if json:
        told = [row.to_dict() for row in rows]
        names = [run.folder.name for run in runs]
        give_json({"schema": 1, "run": first, "baselines": names, "level": LEVEL, "differences": told})
    else:
        give(words(rows))
    return 0
