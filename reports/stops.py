"""The budget that ended a run, as its events tell."""

from dataclasses import dataclass

from reports.header import Window
from reports.run import Run

BREACHED = "budget breached"
"""The event of a budget with `for … stop` that was breached for so long."""

TARGET_RESTARTED = "target restarted"
"""The event of a target whose process started anew while the run was played."""


@dataclass(frozen=True)
class Stop:
    """The text of the budget that ended a run, when it was breached without a break, and its value at the end."""

    budget: str
    window: Window
    value: float
    samples: int


def stop_of(run: Run) -> Stop | None:
    """Return what budget ended a run; None where none did."""
    for event in run.events:
        if event["event"] == BREACHED:
            window = Window(from_s=float(event["from_s"]), to_s=float(event["to_s"]))
            return Stop(str(event["budget"]), window, float(event["value"]), int(event["samples"]))
    return None
