"""What a swarm is told on locust's command line beside scenario, volume and target (`scenarios.swarm.options`)."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack

from cutover.base.errors import BadInput
from reports.run import free_folder
from scenarios.scenario import find_scenario, read_scenario
from scenarios.swarm.conduct.brief import Brief
from scenarios.swarm.conduct.storm import SHARE
from scenarios.swarm.options import SwarmOptions
from scenarios.swarm.order import Order
from scenarios.target import is_loopback, parse_target
from scenarios.volume import Volume

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser

RUNS = Path("runs")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ConductOptions:
    """Where the order stands, if `cutover swarm` has written one, and what the coordinator alone is told."""

    order: str | None
    token_file: str | None
    web_password_file: str | None
    storm: float

    @classmethod
    def of(cls, parsed: Namespace) -> "ConductOptions":
        """Read the options from what locust parsed."""
        return cls(
            order=parsed.order_file or None,
            token_file=parsed.token_file or None,
            web_password_file=parsed.web_password_file or None,
            storm=float(parsed.stop_at_errors or SHARE),
        )


def add_options(parser: "LocustArgumentParser") -> None:
    """Add these options to locust's parser; page and channel stay on this machine unless told otherwise."""
    parser.set_defaults(web_host=LOOPBACK, master_bind_host=LOOPBACK)
    add = parser.add_argument
    add("--order-file", default="", include_in_web_ui=False, help="the order that `cutover swarm` has written")
    add("--token-file", default="", include_in_web_ui=False, help="what workers and coordinator both know (mode 0600)")
    add("--web-password-file", default="", include_in_web_ui=False, help="the web page's password (mode 0600)")
    add(
        "--stop-at-errors",
        type=float,
        default=SHARE,
        help="stop when so large a share of the steps of 30 s was not ok; above 1 never",
    )


def brief_of(parsed: Namespace, host: str | None, workers: int) -> Brief:
    """Return the brief of the run that locust was told to play.

    Raises BadInput, TargetRefused or InvalidRun when it may not or cannot be played.
    """
    swarm, conduct = SwarmOptions.of(parsed), ConductOptions.of(parsed)
    if conduct.order is not None:
        order = _read_order(Path(conduct.order))
        folder = swarm.run or RUNS / order.run
    else:
        scenario = read_scenario(find_scenario(swarm.scenario), swarm.as_of)
        volume = Volume.of(scenario, swarm.scale, swarm.warp)
        folder = swarm.run or free_folder(RUNS, datetime.now(UTC), scenario.name, "measured")
        network = {"authority": str(swarm.authority)} if swarm.authority else {}
        order = Order.of(
            scenario,
            volume,
            host or "",
            folder.name,
            allowed=swarm.allowed,
            network=network,
            workers=workers,
            forwarded=is_loopback(parse_target(host or "").host),
        )
    return Brief.of(order, folder, workers, conduct.storm, swarm.target_metrics)


def _read_order(path: Path) -> Order:
    try:
        return Order.of_message(msgpack.unpackb(path.read_bytes(), raw=False))
    except (OSError, ValueError, TypeError) as error:
        rule = f"is no order ({error})"
        raise BadInput.single("--order-file", "file", str(path), rule, "use cutover swarm") from None
