"""`cutover gate`: judge a run by its budgets."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cutover.commands.output import give, give_json, say, writing

if TYPE_CHECKING:
    from reports.baselines.comparison import Baselines
    from reports.judged import Judged
    from reports.run import Run

File = Path | None

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where GitHub's runner wants a job's summary: each step appends to the file that it names."""

IN_GITHUB = "GITHUB_ACTIONS"
"""Set to `true` by GitHub's runner, which then reads annotations from what a command prints."""


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    budgets: Annotated[File, typer.Option(help="File of budgets, one a line, in place of the run's own.")] = None,
    budget: Annotated[
        list[str] | None, typer.Option(help="A budget, in place of the run's own; may be repeated.")
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(help="A run's folder, or a name of baselines, to compare with; may be repeated."),
    ] = None,
    store: Annotated[Path, typer.Option(help="Folder that keeps baselines.")] = Path(".cutover/baselines"),
    across: Annotated[
        list[str] | None, typer.Option(help="Compare across machines, scenarios or generators; may be repeated.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(help="What an undecided verdict is taken as: inconclusive=warn, =fail or =rerun.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    junit: Annotated[File, typer.Option(help="Write the verdict as JUnit XML to this file.")] = None,
    summary: Annotated[File, typer.Option(help="Write the verdict as Markdown to this file.")] = None,
    metrics: Annotated[File, typer.Option(help="Write the run as OpenMetrics to this file, as GitLab reads.")] = None,
    load_performance: Annotated[
        File, typer.Option(help="Write the run as k6's summary to this file, as GitLab reads.")
    ] = None,
    sarif: Annotated[File, typer.Option(help="Write the verdict as SARIF 2.1.0 to this file.")] = None,
) -> int:
    """Judge a run by its budgets; the exit code is the verdict.

    In a job of GitHub it appends the Markdown to the job's summary, and annotates.
    """
    from reports.gate import chosen, judge
    from reports.judged import Judged, undecided
    from reports.run import Run

    taken = None if on is None else undecided(on)
    found = Run.open(run)
    lines = chosen(found, budgets, budget or ())
    verdict = judge(found, lines, baseline=_baselines(found, baseline, store, across or ()))
    judged = Judged(found, verdict, taken, budgets)
    asked = {
        "junit": junit,
        "summary": summary,
        "metrics": metrics,
        "load-performance": load_performance,
        "sarif": sarif,
    }
    _write(judged, {name: path for name, path in asked.items() if path is not None})
    _tell_github(judged, os.environ)
    if json:
        give_json(judged.to_dict())
    else:
        give(judged.words())
    return judged.exit_code


def _baselines(run: "Run", names: Sequence[str] | None, store: Path, across: Sequence[str]) -> "Baselines | None":
    """Return what the run is compared with; None where nothing was named."""
    from reports.baselines.comparable import compared_with
    from reports.baselines.comparison import Baselines
    from reports.baselines.store import Store

    return Baselines(compared_with(run, names, Store(store), across)) if names else None


def _write(judged: "Judged", files: Mapping[str, Path]) -> None:
    """Write the files asked for, by the names of their options."""
    from reports.junit import junit
    from reports.load_performance import load_performance
    from reports.markdown import markdown
    from reports.openmetrics import openmetrics
    from reports.sarif import sarif

    makers: Mapping[str, Callable[[Judged], str]] = {
        "junit": junit,
        "summary": markdown,
        "metrics": openmetrics,
        "load-performance": load_performance,
        "sarif": sarif,
    }
    for name, path in files.items():
        with writing(path, f"--{name}"):
            path.write_text(makers[name](judged), encoding="utf-8")


def _tell_github(judged: "Judged", environment: Mapping[str, str]) -> None:
    """Append to the job's summary and annotate, where GitHub's runner has started this."""
    from reports.annotations import annotations
    from reports.markdown import markdown

    if environment.get(STEP_SUMMARY):
        path = Path(environment[STEP_SUMMARY])
        with writing(path, STEP_SUMMARY), path.open("a", encoding="utf-8") as file:
            file.write(markdown(judged) + "\n")
    if environment.get(IN_GITHUB) == "true":
        for line in annotations(judged):
            say(line)  # the runner reads stderr too, and stdout may be one JSON document
