"""How much of a scenario a swarm plays, how fast, and the caps it may not exceed."""

from dataclasses import dataclass
from typing import Self

from cutover.base.errors import BadInput, Mistake
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions


@dataclass(frozen=True)
class Volume:
    """`scale` multiplies the sessions; `warp` makes the schedule, and nothing else, pass faster."""

    scale: float
    warp: float

    @classmethod
    def of(cls, scenario: Scenario, scale: float | None, warp: float | None) -> Self:
        """Take the given volume, or the scenario's own; raise BadInput unless both are above 0."""
        volume = cls(
            scenario.file.swarm.scale if scale is None else scale,
            scenario.file.swarm.warp if warp is None else warp,
        )
        options = {"--scale": volume.scale, "--warp": volume.warp}
        mistakes = [
            Mistake("options", option, value, "must be above 0 and finite", "give a positive number")
            for option, value in options.items()
            if not 0 < value < float("inf")
        ]
        if mistakes:
            raise BadInput(mistakes)
        return volume


def check_caps(scenario: Scenario, sessions: Sessions) -> None:
    """Raise BadInput when the swarm would exceed the scenario's caps on sessions or duration."""
    caps, path = scenario.file.swarm, str(scenario.path)
    expected, duration_s = sessions.expected, sessions.duration_s
    mistakes = []
    if expected > caps.max_sessions:
        rule = f"the swarm would start {expected:,.0f} sessions"
        remedy = f"lower --scale to {caps.max_sessions / expected:.3g} of what it is, or raise the cap"
        mistakes.append(Mistake(path, "swarm.max_sessions", caps.max_sessions, rule, remedy))
    if duration_s > caps.max_s:
        rule = f"the swarm would last {duration_s:,.0f} s"
        remedy = f"raise --warp to {duration_s / caps.max_s:.3g} times what it is, or raise the cap"
        mistakes.append(Mistake(path, "swarm.max_s", caps.max_s, rule, remedy))
    if mistakes:
        raise BadInput(mistakes)
