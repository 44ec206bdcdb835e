"""`cutover gate`: judge a run by its budgets."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import give, give_json, writing


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the verdict as JUnit XML to this file.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write the verdict as Markdown to this file.")] = None,
) -> int:
    """Judge a run by its budgets; the exit code is the verdict."""
    from reports.gate import judge
    from reports.junit import junit as as_junit
    from reports.markdown import markdown
    from reports.run import Run
    from reports.summary import Summary

    found = Run.open(run)
    verdict = judge(found)
    if junit is not None:
        with writing(junit, "--junit"):
            junit.write_text(as_junit(found, verdict), encoding="utf-8")
    if summary is not None:
        with writing(summary, "--summary"):
            summary.write_text(markdown(found, verdict), encoding="utf-8")
    if json:
        give_json({"schema": 1, **verdict.to_dict(), "summary": Summary.of(found).to_dict()})
    else:
        give(verdict.words())
    return verdict.exit_code
