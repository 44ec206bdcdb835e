"""How much of a scenario a swarm plays, how fast, and the caps it may not exceed."""

from dataclasses import dataclass
from typing import Self

from cutover.base.errors import BadInput, Mistake
from scenarios.demand import mean_profile
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions


@dataclass(frozen=True)
class Volume:
    """`scale` multiplies the sessions; `warp` makes the schedule, and nothing else, pass faster.

    The rate as played is `scale` · `warp` times the scenario's.
    """

    scale: float
    warp: float

    @classmethod
    def of(cls, scenario: Scenario, scale: float | None, warp: float | None) -> Self:
        """Take the given volume, or the scenario's own; raise BadInput unless both are above 0.

        Another `warp` alone leaves rates as they were: fewer sessions come in the shorter time.
        """
        own = scenario.file.swarm
        if scale is None:
            scale = own.scale if warp is None or warp <= 0 else own.scale * (own.warp / warp)
        volume = cls(scale, own.warp if warp is None else warp)
        options = {"--scale": volume.scale, "--warp": volume.warp}
        mistakes = [
            Mistake("options", option, value, "must be above 0 and finite", "give a positive number")
            for option, value in options.items()
            if not 0 < value < float("inf")
        ]
        if mistakes:
            raise BadInput(mistakes)
        return volume


def busiest_per_s(scenario: Scenario, sessions: Sessions) -> float:
    """Return the greatest rate of sessions that the swarm expects to start."""
    profile = mean_profile(scenario)
    if not profile.total:
        return 0.0
    quicker = profile.duration_s / sessions.duration_s
    return max(rate for _, rate in profile.points) * quicker * sessions.expected / profile.total


def check_caps(scenario: Scenario, sessions: Sessions) -> None:
    """Raise BadInput when the swarm would exceed the scenario's caps on sessions, their rate, or duration."""
    caps, path = scenario.file.swarm, str(scenario.path)
    expected, duration_s = sessions.expected, sessions.duration_s
    busiest = busiest_per_s(scenario, sessions)
    mistakes = []
    if expected > caps.max_sessions:
        rule = f"the swarm would start {expected:,.0f} sessions"
        remedy = f"lower --scale to {caps.max_sessions / expected:.3g} of what it is, or raise the cap"
        mistakes.append(Mistake(path, "swarm.max_sessions", caps.max_sessions, rule, remedy))
    if busiest > caps.max_sessions_per_s:
        rule = f"the swarm would start {busiest:,.1f} sessions a second"
        remedy = f"lower --scale to {caps.max_sessions_per_s / busiest:.3g} of what it is, or raise the cap"
        mistakes.append(Mistake(path, "swarm.max_sessions_per_s", caps.max_sessions_per_s, rule, remedy))
    if duration_s > caps.max_s:
        rule = f"the swarm would last {duration_s:,.0f} s"
        remedy = f"raise --warp to {duration_s / caps.max_s:.3g} times what it is, or raise the cap"
        mistakes.append(Mistake(path, "swarm.max_s", caps.max_s, rule, remedy))
    if mistakes:
        raise BadInput(mistakes)
