"""The part of a scenario that a forecast simulates: the window that counts, and what comes before and after it."""

import re
from dataclasses import dataclass

import numpy as np

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput
from reports.header import Window
from scenarios.demand import mean_profile
from scenarios.scenario import Scenario

COOL_DOWN_S = 30.0  # steps begun in the window may end after it, under the same load
BUSIEST_STEP_S = 60.0
DAY_S = 86_400

_WINDOW = re.compile(r"(?:(\d+)d)?(\d\d):(\d\d)(?::(\d\d))?")
_EXAMPLES = "write `all`, seconds such as `0..600`, or times of day such as `07:30..09:30` (the next day's: `1d07:30`)"


@dataclass(frozen=True)
class Span:
    """The window that counts, how much is simulated before it, and after it."""

    window: Window
    warm_up_s: float
    cool_down_s: float = COOL_DOWN_S

    @property
    def begins_s(self) -> float:
        """When the first session arrives: the warm-up before the window, or scenario start."""
        return max(0.0, self.window.from_s - self.warm_up_s)

    @property
    def ends_s(self) -> float:
        """When the simulation ends."""
        return self.window.to_s + self.cool_down_s


def busiest(scenario: Scenario) -> Span:
    """Return the scenario's busiest span of the length that its forecast asks for, to the nearest minute.

    A window of time at full volume, never a share of the traffic or of the servers: that would overstate waits.
    """
    settings, profile = scenario.file.forecast, mean_profile(scenario)
    length_s = min(settings.window_s, profile.duration_s)
    begins_s = np.arange(0.0, profile.duration_s - length_s + BUSIEST_STEP_S / 2, BUSIEST_STEP_S)
    sessions = profile.expected(begins_s + length_s) - profile.expected(begins_s)
    from_s = float(begins_s[np.argmax(sessions)])
    return Span(Window(from_s=from_s, to_s=from_s + length_s), settings.warm_up_s)


def asked(scenario: Scenario, text: str) -> Span:
    """Return the span that somebody asks for: `all`, `0..600` (seconds), or `07:30..09:30` (Vietnam's time of day).

    Days are counted from that on which the scenario starts. Raises BadInput for what is none of these, or not in the
    scenario.
    """
    duration_s = scenario.file.duration_s
    if text == "all":
        return Span(Window(from_s=0.0, to_s=duration_s), 0.0)
    ends = [_seconds(scenario, end) for end in text.split("..")]
    if len(ends) != 2 or None in ends:
        raise BadInput.single("options", "--window", text, "is no span of time", _EXAMPLES)
    from_s, to_s = (end or 0.0 for end in ends)
    if not 0 <= from_s < to_s <= duration_s:
        rule = f"must begin before it ends, and lie within the scenario, 0 to {duration_s:g} s"
        raise BadInput.single("options", "--window", text, rule, "choose another")
    return Span(Window(from_s=from_s, to_s=to_s), scenario.file.forecast.warm_up_s)


def _seconds(scenario: Scenario, text: str) -> float | None:
    """Return seconds since scenario start; None for what is no time."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    found = _WINDOW.fullmatch(text)
    if found is None:
        return None
    day, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    starts = scenario.starts.astimezone(VIETNAM)
    into_day_s = (starts - starts.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    return day * DAY_S + hours * 3600 + minutes * 60 + seconds - into_day_s
