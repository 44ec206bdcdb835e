"""`cutover swarm cleanup RUN`: what a run made at its target is withdrawn, or listed for the target's owner."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cutover.base.errors import BadInput, InvalidRun
from cutover.commands.output import give, give_json, progress, say, writing

if TYPE_CHECKING:
    from reports.run import Run
    from scenarios.swarm.cleanup import Cleanup

INCONCLUSIVE = 4


def cleanup(
    run: Annotated[Path, typer.Argument(help="Folder of a measured run that is over.")],
    host: Annotated[str | None, typer.Option(help="The stand-in portal that was loaded.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write receipts and keys to this CSV, for the owner.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A host that may be asked; may be repeated.")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Withdraw at a host that is not loopback.")
    ] = False,
    authority: Annotated[Path | None, typer.Option(help="Certificates (PEM) of who vouches for the portal.")] = None,
    header: Annotated[list[str] | None, typer.Option(help="NAME:VALUE for every request; may be repeated.")] = None,
    supplies: Annotated[Path | None, typer.Option(help="File (TOML) of secret headers.")] = None,
    rate: Annotated[float, typer.Option(min=0.01, help="Most dossiers withdrawn in a second.")] = 20.0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Withdraw the dossiers that a run made, as the citizens who got their receipts; a second call goes on."""
    from reports.run import Run

    if host is None and export is None:
        remedy = "name the portal to withdraw the dossiers from, or a file for its owner: --export FILE.csv"
        raise BadInput.single("cutover swarm cleanup", "--host", None, "is missing", remedy)
    found = Run.open(run)
    if found.header.kind != "measured":
        rule, remedy = "is a simulated run: it made nothing at any portal", "name the folder of a measured one"
        raise BadInput.single(run, "kind", found.header.kind, rule, remedy)
    if found.state == "running":
        raise InvalidRun(f"{run} is still being played; clean up when it is over")
    if export is not None:
        _export(found, export)
    if host is None:
        return 0
    return _told(_cleaned(found, host, allow_host, authority, header, supplies, rate, may_write=allow_writes), json)


def _export(run: "Run", path: Path) -> None:
    from scenarios.swarm.cleanup import export

    with writing(path, "--export"):
        count = export(run, path)
    say(f"{count:,} submissions: {path}")


def _cleaned(
    run: "Run",
    host: str,
    allowed: list[str] | None,
    authority: Path | None,
    headers: list[str] | None,
    supplies: Path | None,
    rate: float,
    *,
    may_write: bool,
) -> "Cleanup":
    """Withdraw what can be, and keep in the run what came of it."""
    from reports.writer import merge_findings
    from scenarios.swarm.browser.options import NetworkOptions
    from scenarios.swarm.cleanup import clean_up, to_withdraw
    from scenarios.swarm.errands import Way
    from scenarios.swarm.identification import read_headers
    from scenarios.swarm.permission import check_reach, is_here, refuse_writing
    from scenarios.swarm.target.supplies import read_supplies
    from scenarios.target import check_answers, parse_target

    if run.header.steps_hash is not None:
        rule = "was played with steps of its own, and nobody here knows how to withdraw what they made"
        raise BadInput.single(run.folder, "run", None, rule, "give its receipts to the owner: --export FILE.csv")
    target, names = parse_target(host, authority), tuple(allowed or ())
    agreed = read_headers(headers or ())
    secret = {} if supplies is None else read_supplies(supplies).headers
    check_reach(target, NetworkOptions(), names)
    if not may_write and not is_here(target, NetworkOptions(), names):
        refuse_writing(target, "a withdrawal writes there")
    check_answers(target)
    known = {"User-Agent": "cutover-cleanup", "X-Cutover-Run": run.folder.resolve().name, **agreed}
    way = Way(target, rate, names, known | {name: value.reveal() for name, value in secret.items()})
    with progress("receipts", len(to_withdraw(run))) as asked:
        result = clean_up(run, way, lambda: asked(1))
    merge_findings(run.folder, {"cleanup": result.to_dict()})
    return result


def _told(result: "Cleanup", json: bool) -> int:
    """Say what came of it; return 0 when nothing that is known of is left."""
    from scenarios.swarm.cleanup import WORDS

    if json:
        give_json({"schema": 1, **result.to_dict()})
    else:
        give("\n".join(f"{outcome}: {result.outcomes[outcome]} ({words})" for outcome, words in WORDS.items()))
        give(f"unseen: {result.unseen} (sent, and no answer seen: their keys are in --export FILE.csv)")
    if result.why is not None:
        say(f"no sound answer: {result.why}")
    return 0 if result.is_done else INCONCLUSIVE
