"""`cutover swarm SCENARIO`: play a scenario against a portal; `cutover swarm --worker`: help another machine to."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutover.base.errors import BadInput, Interrupted, InvalidRun
from cutover.commands.chosen import AsOf, chosen
from cutover.commands.output import folder, give, give_json, say

if TYPE_CHECKING:
    from cutover.rehearsal.fleet import Fleet, Page, Played
    from scenarios.swarm.browser.options import NetworkOptions
    from scenarios.swarm.order import Order

CHANNEL_PORT = 5557
"""Locust's own."""

Strings = list[str] | None
File = Path | None


def play(
    scenario: Annotated[str | None, typer.Argument(help="Path of a scenario, or the name of a shipped one.")] = None,
    host: Annotated[str | None, typer.Option(help="The portal to load, such as http://127.0.0.1:8080.")] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    scale: Annotated[float | None, typer.Option(help="Multiply the scenario's sessions.")] = None,
    warp: Annotated[float | None, typer.Option(help="Let the schedule pass so many times faster.")] = None,
    as_of: AsOf = None,
    allow_host: Annotated[Strings, typer.Option(help="A host that may be loaded; may be repeated.")] = None,
    steps: Annotated[File, typer.Option(help="File (Python) of another portal's steps.")] = None,
    locustfile: Annotated[File, typer.Option(help="A locustfile to play, on the scenario's schedule.")] = None,
    supplies: Annotated[File, typer.Option(help="File (TOML) of accounts, feeds and one-time codes.")] = None,
    late_limit: Annotated[float, typer.Option(min=0, help="Skip sessions that would start later, seconds.")] = 1.0,
    stop_at_errors: Annotated[float, typer.Option(min=0, help="Stop when so many steps of 30 s fail; 2 never.")] = 0.9,
    target_metrics: Annotated[str | None, typer.Option(help="Path of the portal's Prometheus metrics.")] = None,
    pooled: Annotated[
        bool, typer.Option("--pooled", help="Share connections; else each visitor opens theirs.")
    ] = False,
    http2: Annotated[bool, typer.Option("--http2", help="Offer HTTP/2.")] = False,
    no_compression: Annotated[bool, typer.Option("--no-compression", help="Ask for no compression.")] = False,
    resources: Annotated[bool, typer.Option("--resources", help="Load what pages need, as browsers do.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Pace each citizen by their access line.")] = False,
    authority: Annotated[File, typer.Option(help="Certificates (PEM) of who vouches for an https target.")] = None,
    certificate: Annotated[File, typer.Option(help="Certificate (PEM) to show the target.")] = None,
    key: Annotated[File, typer.Option(help="The certificate's key (PEM).")] = None,
    proxy: Annotated[str | None, typer.Option(help="HTTP proxy; its login in CUTOVER_PROXY_LOGIN.")] = None,
    resolve: Annotated[Strings, typer.Option(help="HOST:PORT:ADDRESS; may be repeated.")] = None,
    source_address: Annotated[Strings, typer.Option(help="An address of this machine; may be repeated.")] = None,
    blocked: Annotated[Strings, typer.Option(help="A firewall's sign: STATUSES [body|header:] TEXT.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes on this machine.")] = 1,
    expect_workers: Annotated[int | None, typer.Option(min=1, help="Workers in all, other machines' included.")] = None,
    bind: Annotated[str, typer.Option(help="Address for other machines' workers; they need a token.")] = "127.0.0.1",
    worker: Annotated[bool, typer.Option("--worker", help="Play for a coordinator on another machine.")] = False,
    master_host: Annotated[str | None, typer.Option(help="With --worker: where the coordinator is.")] = None,
    master_port: Annotated[int | None, typer.Option(min=1, max=65535, help="The channel's port [5557].")] = None,
    token_file: Annotated[File, typer.Option(help="What all sides know, mode 0600; or CUTOVER_TOKEN.")] = None,
    web_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Serve locust's web page there.")] = None,
    web_host: Annotated[str, typer.Option(help="Bind the page there; off loopback with a password.")] = "127.0.0.1",
    web_password_file: Annotated[File, typer.Option(help="Mode 0600; or CUTOVER_WEB_PASSWORD.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Show nothing while it is played.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    session: Annotated[int | None, typer.Option(help="With --trace: the number of a session.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Play one session alone and print each exchange.")] = False,
) -> int:
    """Play a scenario's citizens against a portal with locust, and keep what was measured as a run.

    While it is played: cutover swarm watch, pause, resume, rate, stop RUN.
    """
    if worker:
        return _work(master_host, master_port, token_file, workers)
    from scenarios.swarm.browser.options import NetworkOptions

    network = NetworkOptions(
        pooled=pooled,
        http2=http2,
        compression=not no_compression,
        resources=resources,
        lines=lines,
        authority=_absolute(authority),
        certificate=_absolute(certificate),
        key=_absolute(key),
        proxy=proxy,
        resolve=tuple(resolve or ()),
        source_addresses=tuple(source_address or ()),
        blocked=tuple(blocked or ()),
    )
    order = _order(
        (_given(scenario, "SCENARIO"), scale, warp, as_of),
        _given(host, "--host"),
        network,
        (steps, locustfile, supplies),
        allowed=tuple(allow_host or ()),
        late_limit_s=late_limit,
    )
    if trace:
        return _trace(order, session)
    fleet = _fleet(
        order,
        workers=workers,
        expected=expect_workers,
        bind=bind,
        port=master_port,
        token_file=token_file,
        page=_page(web_host, web_port, web_password_file),
        storm=stop_at_errors,
        target_metrics=target_metrics,
    )
    return _told(_played(fleet, folder(out), quiet=headless), json=json)


def _work(host: str | None, port: int | None, token_file: File, count: int) -> int:
    """Play for a coordinator on another machine until it lets go."""
    from cutover.rehearsal.fleet import work
    from scenarios.swarm.conduct.token import read_token

    coordinator = _given(host, "--master-host")
    read_token(_text(token_file), coordinator, "--master-host")
    return work(coordinator, port or CHANNEL_PORT, token_file, max(1, count))


def _order(
    of: tuple[Any, ...], url: str, network: "NetworkOptions", files: tuple[File, File, File], **more: Any
) -> "Order":
    """Read what is to be played and check it, before any process is started."""
    from scenarios.sessions import Sessions
    from scenarios.swarm.order import Order
    from scenarios.swarm.steps import check_playable
    from scenarios.swarm.target.steps_file import read_steps
    from scenarios.swarm.target.supplies import read_supplies
    from scenarios.target import check_allowed, check_answers, is_loopback, parse_target
    from scenarios.volume import Volume, check_caps

    scenario, scale, warp, as_of = of
    steps, locustfile, supplies = files
    found = chosen(scenario, as_of)
    volume = Volume.of(found, scale, warp)
    text = None if steps is None else read_steps(steps, found.steps).text
    if steps is None and locustfile is None:
        check_playable(found)
    sessions = Sessions(found, scale=volume.scale, warp=volume.warp)
    check_caps(found, sessions)
    if supplies is not None:
        read_supplies(supplies).check(found, sessions, more["allowed"])
    network.check()
    target = parse_target(url, None if network.authority is None else Path(network.authority))
    check_allowed(target, more["allowed"])
    check_answers(target)
    played = {"steps": text, "locustfile": _read(locustfile), "supplies": _absolute(supplies)}
    forwarded = is_loopback(target.host)  # a portal behind a proxy would believe the proxy only
    return Order.of(found, volume, target.url, "run", network=asdict(network), forwarded=forwarded, **played, **more)


def _fleet(order: "Order", *, workers: int, expected: int | None, bind: str, port: int | None, **more: Any) -> "Fleet":
    """Return who plays it, checked."""
    from cutover.rehearsal.fleet import LOOPBACK, Fleet
    from scenarios.swarm.conduct.token import read_token

    count = max(1, workers) if expected is None else expected
    if count < workers:
        rule = f"must not be fewer than the {workers} workers started here"
        raise BadInput.single("options", "--expect-workers", count, rule, "count all workers")
    read_token(_text(more["token_file"]), bind, "--bind")
    is_local = count == workers and bind == LOOPBACK
    return Fleet(order, workers, count, bind, port=port or (None if is_local else CHANNEL_PORT), **more)


def _page(host: str, port: int | None, password_file: File) -> "Page | None":
    from cutover.rehearsal.fleet import Page
    from scenarios.swarm.conduct.web_login import web_password

    if port is None:
        return None
    web_password(host, _text(password_file))
    return Page(host, port, password_file)


def _trace(order: "Order", session: int | None) -> int:
    """Play one session and print each exchange."""
    from scenarios.swarm.generator.trace import trace

    if session is None:
        raise BadInput.single(
            "cutover swarm", "--session", None, "is missing", "name a session's number beside --trace"
        )
    for word in trace(order, session):
        give(word)
    return 0


def _played(fleet: "Fleet", out: Path, *, quiet: bool) -> "Played":
    from cutover.rehearsal.fleet import play_fleet
    from cutover.rehearsal.live_screen import showing

    if fleet.page is not None:
        say(f"locust's page: http://{fleet.page.host}:{fleet.page.port}")
    with showing(quiet=quiet) as show:
        return play_fleet(fleet, out, show)


def _told(played: "Played", *, json: bool) -> int:
    """Say where the run is and how it ended; return the exit code."""
    run = played.run
    if json:
        give_json({"schema": 1, "run": str(run.folder), "state": run.state})
    else:
        give(str(run.folder))
    say(f"judge it with: cutover gate {run.folder}")
    if run.state == "interrupted" and not played.interrupted:
        stops = [f"The run was stopped: {event['reason']}." for event in run.events if event["event"] == "run stopped"]
        reasons = [*stops, *run.header.validity, *run.findings.get("validity", ())]
        raise InvalidRun(reasons[-1] if reasons else "the swarm broke off")
    return Interrupted.exit_code if played.interrupted else 0


def _given(value: str | None, option: str) -> str:
    if value is None:
        raise BadInput.single("cutover swarm", option, None, "is missing", "give it; see `cutover swarm --help`")
    return value


def _read(path: File) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise BadInput.single("--locustfile", "file", str(path), why, "name a locustfile") from None


def _absolute(path: File) -> str | None:
    return None if path is None else str(path.absolute())


def _text(path: File) -> str | None:
    return None if path is None else str(path)
