"""What a swarm is told on locust's command line, or on its web page, beside locust's own options."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgpack

from cutover.base.errors import BadInput
from reports.run import free_folder
from scenarios.levels import under
from scenarios.scenario import find_scenario, read_scenario
from scenarios.swarm.conduct.brief import Brief
from scenarios.swarm.conduct.storm import SHARE
from scenarios.swarm.order import Order
from scenarios.target import check_answers, is_loopback, parse_target
from scenarios.volume import Volume

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser

DEFAULT_SCENARIO = "rehearsal"
RUNS = Path("runs")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class SwarmOptions:
    """The options of one swarm: `order` is the file that `cutover swarm` has written, `run` the folder to write."""

    scenario: str
    run: Path | None
    scale: float | None
    warp: float | None
    allowed: tuple[str, ...]
    may_write: bool
    target_metrics: str | None
    as_of: date | None
    authority: Path | None
    order: Path | None
    storm: float
    load: str | None

    @classmethod
    def of(cls, parsed: Namespace) -> Self:
        """Read the options from what locust parsed; raise BadInput for a number or a day that is none."""
        storm = _number("--stop-at-errors", parsed.stop_at_errors)
        return cls(
            scenario=parsed.scenario,
            run=Path(parsed.run_folder) if parsed.run_folder else None,
            scale=_number("--scale", parsed.scale),
            warp=_number("--warp", parsed.warp),
            allowed=tuple(parsed.allow_host or ()),
            may_write=bool(parsed.allow_writes),
            target_metrics=parsed.target_metrics or None,
            as_of=_day("--as-of", parsed.as_of),
            authority=Path(parsed.authority) if parsed.authority else None,
            order=Path(parsed.order_file) if parsed.order_file else None,
            storm=SHARE if storm is None else storm,
            load=parsed.load or None,
        )

    def played(self, host: str, workers: int) -> tuple[Order, Path]:
        """Return what these options order, and the folder of its run."""
        if self.order is not None:
            order = _read_order(self.order)
            return order, self.run or RUNS / order.run
        scenario = read_scenario(find_scenario(self.scenario), self.as_of)
        scenario = scenario if self.load is None else under(scenario, self.load)
        folder = self.run or free_folder(RUNS, datetime.now(UTC), scenario.name, "measured")
        order = Order.of(
            scenario,
            Volume.of(scenario, self.scale, self.warp),
            host,
            folder.name,
            allowed=self.allowed,
            may_write=self.may_write,
            network={"authority": str(self.authority)} if self.authority else {},
            workers=workers,
            forwarded=is_loopback(parse_target(host).host),
        )
        return order, folder


def brief_of(parsed: Namespace, host: str | None, workers: int) -> Brief:
    """Return the brief of the run that locust was told to play.

    Raises BadInput, TargetRefused or InvalidRun when it may not or cannot be played.
    """
    options = SwarmOptions.of(parsed)
    order, folder = options.played(host or "", workers)
    brief = Brief.of(order, folder, workers, options.storm, options.target_metrics)
    if options.order is None:  # else whoever wrote the order has asked, on the way that the load will go
        check_answers(brief.target)
    return brief


def _read_order(path: Path) -> Order:
    try:
        return Order.of_message(msgpack.unpackb(path.read_bytes(), raw=False))
    except (OSError, ValueError, TypeError) as error:
        rule = f"is no order ({error})"
        raise BadInput.single("--order-file", "file", str(path), rule, "use cutover swarm") from None


def _number(option: str, value: object) -> float | None:
    """Read a number from the command line, or from the text of locust's web form, where empty means none."""
    if value is None or value == "":
        return None
    try:
        return float(str(value))
    except ValueError:
        raise BadInput.single("options", option, str(value), "must be a number", "write it like 0.5") from None


def _day(option: str, value: str) -> date | None:
    """Read a day, where empty means none."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise BadInput.single("options", option, value, "must be a day", "write it like 2025-06-30") from None


def add_options(parser: "LocustArgumentParser") -> None:
    """Add the swarm's options to locust's parser; those that belong to a web form are shown there.

    Page and channel stay on this machine unless told otherwise.
    """
    parser.set_defaults(web_host=LOOPBACK, master_bind_host=LOOPBACK)
    add = parser.add_argument
    add("--scenario", default=DEFAULT_SCENARIO, help="name or path of the scenario to play")
    add("--run-folder", default="", include_in_web_ui=False, help="folder of the run (default: runs/…)")
    add("--load", default="", help="another load than the scenario's, such as 'constant 20/s for 60s'")
    add("--scale", type=float, default=None, help="volume, against the scenario's own")
    add("--warp", type=float, default=None, help="how many times faster the schedule passes")
    add("--allow-host", action="append", include_in_web_ui=False, help="a host that may be loaded")
    help_text = "let steps write at hosts that are not loopback"
    add("--allow-writes", action="store_true", include_in_web_ui=False, help=help_text)
    add("--target-metrics", default="", help="path of the target's Prometheus metrics, such as /metrics")
    add("--as-of", default="", help="know only what was published by that day, such as 2025-06-30")
    add("--authority", default="", include_in_web_ui=False, help="certificates (PEM) of who vouches for the target")
    add("--order-file", default="", include_in_web_ui=False, help="the order that `cutover swarm` has written")
    add("--token-file", default="", include_in_web_ui=False, help="what workers and coordinator both know (mode 0600)")
    add("--web-password-file", default="", include_in_web_ui=False, help="the web page's password (mode 0600)")
    add("--parent-pid", type=int, default=None, include_in_web_ui=False, help="stop when this process ends")
    help_text = "stop when so large a share of the steps of 30 s was not ok; above 1 never"
    add("--stop-at-errors", type=float, default=SHARE, help=help_text)
