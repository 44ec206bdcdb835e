"""What a swarm is told on locust's command line, beside locust's own options."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cutover.base.errors import BadInput

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser

DEFAULT_SCENARIO = "rehearsal"


@dataclass(frozen=True)
class SwarmOptions:
    """The options of one swarm; `run` is the folder to write, `parent_pid` the process that must stay alive."""

    scenario: str
    run: Path | None
    scale: float | None
    warp: float | None
    allowed: tuple[str, ...]
    target_metrics: str | None
    as_of: date | None
    authority: Path | None
    parent_pid: int | None

    @classmethod
    def of(cls, parsed: Namespace) -> "SwarmOptions":
        """Read the options from what locust parsed."""
        return cls(
            scenario=parsed.scenario,
            run=Path(parsed.run_folder) if parsed.run_folder else None,
            scale=_number("--scale", parsed.scale),
            warp=_number("--warp", parsed.warp),
            allowed=tuple(parsed.allow_host or ()),
            target_metrics=parsed.target_metrics or None,
            as_of=_day("--as-of", parsed.as_of),
            authority=Path(parsed.authority) if parsed.authority else None,
            parent_pid=parsed.parent_pid,
        )


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
    """Add the swarm's options to locust's parser; those that belong to a web form are shown there."""
    add = parser.add_argument
    add("--scenario", default=DEFAULT_SCENARIO, help="name or path of the scenario to play")
    add("--run-folder", default="", include_in_web_ui=False, help="folder of the run (default: runs/…)")
    add("--scale", type=float, default=None, help="volume, against the scenario's own")
    add("--warp", type=float, default=None, help="how many times faster the schedule passes")
    add("--allow-host", action="append", include_in_web_ui=False, help="a host that may be loaded")
    add("--target-metrics", default="", help="path of the target's Prometheus metrics, such as /metrics")
    add("--as-of", default="", help="know only what was published by that day, such as 2025-06-30")
    add("--authority", default="", include_in_web_ui=False, help="certificates (PEM) of who vouches for the target")
    add("--parent-pid", type=int, default=None, include_in_web_ui=False, help="stop when this process ends")
