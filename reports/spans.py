"""The stretches of a run that a budget judges: its hours of scenario time, and its windows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.base.clock import VIETNAM
from reports.budgets import Budget, Hours
from reports.header import Window
from reports.no_evidence import NoEvidence
from reports.run import Run

DAY_S = 86_400
_CLOSE = 1e-9

PACE_CHANGED = "rate changed"
"""The event after which a run's seconds are no longer the scenario's by a single factor."""


@dataclass(frozen=True)
class ScenarioClock:
    """What time it is in the scenario: it starts at `starts`, and passes `warp` times as fast as the run."""

    starts: datetime
    warp: float

    @classmethod
    def of(cls, run: Run) -> "ScenarioClock | None":
        """Return a run's; None where it does not say when its scenario starts, or its pace was changed by hand."""
        header = run.header
        starts = header.started if header.starts is None and header.kind == "simulated" else header.starts
        if starts is None or any(event["event"] == PACE_CHANGED for event in run.events):
            return None
        return cls(starts.astimezone(VIETNAM), header.warp)

    def at(self, run_s: float) -> datetime:
        """Return the scenario's date and time at a second of the run."""
        return self.starts + timedelta(seconds=run_s * self.warp)

    def spans(self, hours: Hours, window: Window) -> Iterator[Window]:
        """Yield the parts of a window of the run that lie within the hours, of every day."""
        midnight = self.starts.replace(hour=0, minute=0, second=0, microsecond=0)
        offset_s = (midnight - self.starts).total_seconds() - DAY_S  # hours may have begun on the day before
        while offset_s / self.warp < window.to_s:
            begin_s = (offset_s + hours.from_s) / self.warp
            from_s, to_s = max(window.from_s, begin_s), min(window.to_s, begin_s + hours.length_s / self.warp)
            if to_s - from_s > _CLOSE:
                yield Window(from_s=from_s, to_s=to_s)
            offset_s += DAY_S


def spans(run: Run, budget: Budget) -> tuple[Window, ...]:
    """Return what a budget judges of a run, whole intervals each; raise NoEvidence when there is nothing."""
    if budget.within is None:
        return (run.whole(run.window),)
    clock = ScenarioClock.of(run)
    if clock is None:
        raise NoEvidence("the run does not tell when its scenario starts, or its pace was changed while it was played")
    found = tuple(
        whole for span in clock.spans(budget.within, run.window) if (whole := run.whole(span)).length_s > _CLOSE
    )
    if not found:
        raise NoEvidence(f"no interval of the measurement window lies within {budget.within} of scenario time")
    return found


def windows(span: Window, length_s: float) -> tuple[Window, ...]:
    """Cut a span into windows of a length from its start; what is left at its end is judged by its last `length_s`.

    None where the span is shorter than a window.
    """
    whole = int((span.length_s + _CLOSE) // length_s)
    cuts = [span.from_s + number * length_s for number in range(whole)]
    if whole and span.length_s - whole * length_s > _CLOSE:
        cuts.append(span.to_s - length_s)
    return tuple(Window(from_s=cut, to_s=cut + length_s) for cut in cuts)
