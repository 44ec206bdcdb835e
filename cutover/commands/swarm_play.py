"""`cutover swarm SCENARIO`: play a scenario against a portal; `cutover swarm --worker`: help another machine to."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutover.base.errors import BadInput, Interrupted, InvalidRun, Mistake
from cutover.commands.chosen import AsOf, Profile, chosen
from cutover.commands.output import folder, give, give_json, say

if TYPE_CHECKING:
    from cutover.rehearsal.fleet import Fleet, Page, Played
    from reports.looks import Look
    from scenarios.swarm.browser.options import NetworkOptions
    from scenarios.swarm.order import Order

CHANNEL_PORT = 5557
"""Locust's own."""

LOOPBACK = "127.0.0.1"

Strings = list[str] | None
File = Path | None


def play(
    scenario: Annotated[str | None, typer.Argument(help="Path of a scenario, or the name of a shipped one.")] = None,
    host: Annotated[str | None, typer.Option(help="The portal to load, such as http://127.0.0.1:8080.")] = None,
    ab: Annotated[
        tuple[str, str] | None, typer.Option(help="Two portals that take turns, base and head; a run of each.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    scale: Annotated[float | None, typer.Option(help="Multiply the scenario's sessions.")] = None,
    warp: Annotated[
        float | None, typer.Option(help="Let the schedule pass faster, at the same rates without --scale.")
    ] = None,
    profile: Profile = None,
    calibrate: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS", help="Levels to calibrate a plan from, such as '20/s to 200/s in 6 levels of 40s'."
        ),
    ] = None,
    extend_to: Annotated[
        str | None, typer.Option(help="Prolong a constant load until its budgets are decided, such as 10m at most.")
    ] = None,
    as_of: AsOf = None,
    allow_host: Annotated[Strings, typer.Option(help="A host that may be loaded; may be repeated.")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Let steps write at hosts that are not loopback.")
    ] = False,
    header: Annotated[Strings, typer.Option(help="NAME:VALUE for every request, no secret; may be repeated.")] = None,
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
    bind: Annotated[str, typer.Option(help="Address for other machines' workers; they need a token.")] = LOOPBACK,
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
    from reports.header import ERROR_RATE
    from scenarios.load import CALIBRATION
    from scenarios.swarm.browser.options import NetworkOptions
    from scenarios.swarm.identification import read_headers

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
    looks: tuple[Look, ...] = ()
    if calibrate is not None:
        _alone("--calibrate", {"--profile": profile, "--extend-to": extend_to, "--ab": ab})
        profile = f"{CALIBRATION} {calibrate}"
    if extend_to is not None:
        profile, looks = _prolonged(_given(scenario, "SCENARIO"), as_of, profile, extend_to)
    if ab is not None:
        others = {
            "--extend-to": extend_to,
            "--host": host,
            "--expect-workers": expect_workers,
            "--web-port": web_port,
            "--master-port": master_port,
            "--bind": None if bind == LOOPBACK else bind,
            "--workers 0": None if workers else workers,
            "--trace": trace or None,
        }
        _alone("--ab", others)
    played = _given(scenario, "SCENARIO")
    if session is not None and not trace:
        raise BadInput.single("cutover swarm", "--session", session, "is for --trace", "add --trace, or leave it out")
    orders = [
        _order(
            (played, scale, warp, as_of, profile),
            url,
            network,
            (steps, locustfile, supplies),
            plays_here=workers > 0 and not trace,
            workers=max(1, workers) if expect_workers is None else expect_workers,
            allowed=tuple(allow_host or ()),
            may_write=allow_writes,
            headers=read_headers(header or ()),
            late_limit_s=late_limit,
            error_rate=looks[-1].error_rate if looks else ERROR_RATE,
        )
        for url in ab or (_given(host, "--host"),)
    ]
    if trace:
        return _trace(orders[0], session)
    fleets = [
        _fleet(
            order,
            workers=workers,
            expected=expect_workers,
            bind=bind,
            port=master_port,
            token_file=token_file,
            page=_page(web_host, web_port, web_password_file),
            storm=stop_at_errors,
            target_metrics=target_metrics,
            looks=looks,
        )
        for order in orders
    ]
    if ab is not None:
        return _turns_told(fleets[0], fleets[1], folder(out), quiet=headless, json=json)
    return _told(_played(fleets[0], folder(out), quiet=headless), json=json)


def _work(host: str | None, port: int | None, token_file: File, count: int) -> int:
    """Play for a coordinator on another machine until it lets go."""
    from cutover.rehearsal.fleet import work
    from scenarios.swarm.conduct.token import read_token

    coordinator = _given(host, "--master-host")
    read_token(_text(token_file), coordinator, "--master-host")
    return work(coordinator, port or CHANNEL_PORT, token_file, max(1, count))


def _order(
    of: tuple[Any, ...],
    url: str,
    network: "NetworkOptions",
    files: tuple[File, File, File],
    *,
    plays_here: bool,
    **more: Any,
) -> "Order":
    """Read what is to be played and check it, before any process is started; what it may not do is never sent."""
    from scenarios.sessions import Sessions
    from scenarios.swarm.answering import check_answers
    from scenarios.swarm.generator.room import Need
    from scenarios.swarm.generator.room import check as check_room
    from scenarios.swarm.order import Order
    from scenarios.swarm.permission import is_here, permit
    from scenarios.swarm.steps import check_playable
    from scenarios.swarm.target.steps_file import read_steps
    from scenarios.swarm.target.supplies import read_supplies
    from scenarios.target import parse_target
    from scenarios.volume import Volume, check_caps

    scenario, scale, warp, as_of, profile = of
    steps, locustfile, supplies_file = files
    found = chosen(scenario, as_of, profile)
    volume = Volume.of(found, scale, warp)
    text = None if steps is None else read_steps(steps, found.steps).text
    if steps is None and locustfile is None:
        check_playable(found)
    sessions = Sessions(found, scale=volume.scale, warp=volume.warp)
    check_caps(found, sessions)
    supplies = None if supplies_file is None else read_supplies(supplies_file)
    if supplies is not None:
        supplies.check(found, sessions, more["allowed"])
    network.check()
    target = parse_target(url, None if network.authority is None else Path(network.authority))
    name = steps or locustfile
    played = {"steps": text, "locustfile": _read(locustfile), "supplies": _absolute(supplies_file)}
    played["steps_file"] = None if name is None else name.name
    forwarded = is_here(target, network, more["allowed"])  # a portal behind a proxy would believe the proxy only
    order = Order.of(found, volume, target.url, "run", network=asdict(network), forwarded=forwarded, **played, **more)
    permit(order, found.steps)
    if plays_here and locustfile is None:
        check_room(Need.of(found, sessions, order.workers), target, network)
    check_answers(order, target, None if supplies is None else dict(supplies.headers))
    return order


def _prolonged(
    scenario: str, as_of: datetime | None, profile: str | None, extend_to: str
) -> tuple[str, "tuple[Look, ...]"]:
    """Return the load that lasts until the end of the longest run, and when it is looked at on the way."""
    from cutover.rehearsal.prolonged import decidable
    from reports.header import ERROR_RATE
    from reports.looks import looks
    from scenarios.load import LoadError, prolonged

    found = chosen(scenario, as_of, profile)
    try:
        if found.given is None:
            raise LoadError("prolongs a constant load only", "give one: --profile 'constant 20/s for 60s'")
        load = prolonged(found.given, extend_to)
    except LoadError as error:
        raise BadInput.single("options", "--extend-to", extend_to, error.rule, error.remedy) from None
    decidable(found.file.budgets, found.steps, found.path)
    return load.text, looks(found.given.hold_s, load.hold_s, ERROR_RATE)


def _fleet(order: "Order", *, workers: int, expected: int | None, bind: str, port: int | None, **more: Any) -> "Fleet":
    """Return who plays it, checked."""
    from cutover.rehearsal.fleet import Fleet
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


def _turns_told(base: "Fleet", head: "Fleet", out: Path, *, quiet: bool, json: bool) -> int:
    """Let two targets take turns; say where their runs are and how they ended; return the exit code."""
    from cutover.rehearsal.fleet import play_turns
    from cutover.rehearsal.live_screen import showing
    from reports.gate import first_exit_code

    with showing(quiet=quiet) as show:
        both = play_turns(base, head, out, show)
    names = [str(played.run.folder) for played in both]
    if json:
        states = {"base_state": both[0].run.state, "head_state": both[1].run.state}
        give_json({"schema": 1, "base": names[0], "head": names[1], **states})
    else:
        give("\n".join(names))
    say(f"compare them with: cutover compare {names[0]} {names[1]}")
    return first_exit_code(_ended(played) for played in both)


def _told(played: "Played", *, json: bool) -> int:
    """Say where the run is and how it ended; return the exit code."""
    from reports.levels import table

    run, load = played.run, played.run.findings.get("load")
    if json:
        give_json({"schema": 1, "run": str(run.folder), "state": run.state, **({"load": load} if load else {})})
    else:
        give(str(run.folder))
        for line in table(load) if load else ():
            say(line)
    say(f"judge it with: cutover gate {run.folder}")
    return _ended(played)


def _ended(played: "Played") -> int:
    """Return the exit code of a run that was played, that of a failure where a budget stopped it.

    One that was stopped because its fellow had ended has nothing to add to that one's. Raises InvalidRun for one that
    broke off.
    """
    from reports.gate import EXIT_CODES
    from reports.stops import stop_of

    run = played.run
    stop = stop_of(run)
    if stop is not None and not played.interrupted:
        say(f"the run was stopped by a budget that it had breached for too long: {stop.budget}")
        return EXIT_CODES["fail"]
    if run.state == "interrupted" and not played.interrupted and not played.was_stopped:
        stops = [f"The run was stopped: {event['reason']}." for event in run.events if event["event"] == "run stopped"]
        reasons = [*run.header.validity, *run.findings.get("validity", ()), *stops]
        raise InvalidRun(reasons[-1] if reasons else "the swarm broke off")
    return Interrupted.exit_code if played.interrupted else 0


def _alone(option: str, others: Mapping[str, object]) -> None:
    """Raise BadInput with every option given that does not go with another."""
    wrong = [name for name, value in others.items() if value is not None]
    if wrong:
        raise BadInput(
            [Mistake("cutover swarm", name, None, f"does not go with {option}", "leave one out") for name in wrong]
        )


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
