"""The header of a run that a scenario makes: what was played, with what, on which machine."""

import os
import platform
from datetime import datetime
from importlib.metadata import version
from typing import Any

from cutover.base.clock import VIETNAM
from reports.header import Header, Kind, Planned, Window
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.target import Target
from scenarios.volume import Volume

INTERVALS_S = (1, 10, 60, 300, 900)
MOST_LINES = 20_000
KINDS_OF_LINE = 6  # response, service, connect, TLS, first byte and total of each step; mostly of one outcome

RUNNERS = ("CUTOVER_RUNNER", "ImageOS", "CI_RUNNER_TAGS")
"""Variables that name a runner: ours, the image of GitHub's own, the tags of GitLab's; the first that is set counts."""


def interval_s(duration_s: float, steps: int, level_s: float | None = None) -> float:
    """Return the smallest interval of histograms that gives at most 20,000 lines.

    Where the load has levels of so many seconds, it is a part of them, or a second.
    """
    found = INTERVALS_S[-1]
    for seconds in INTERVALS_S:
        if duration_s / seconds * steps * KINDS_OF_LINE <= MOST_LINES:
            found = seconds
            break
    if level_s is not None:
        found = max((seconds for seconds in INTERVALS_S if seconds <= found and not level_s % seconds), default=1)
    return float(found)


def machine() -> dict[str, str | int | float]:
    """Return the machine's class: system, processor, cores, memory, and the label of a CI runner, where it is one."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    runner = next((os.environ[name] for name in RUNNERS if os.environ.get(name)), None)
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(memory_bytes / 2**30, 1),
        **({} if runner is None else {"runner": runner}),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - no path of ours
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python, cutover and the packages named."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("cutover", *packages)}}


def header_of(scenario: Scenario, kind: Kind, played_s: float, libraries: tuple[str, ...], **rest: Any) -> Header:
    """Return the header of a scenario's run that plays so many seconds; `rest` is what the stage alone knows."""
    load, given = scenario.load, scenario.given
    level_s = None if load is None else load.recorded_s / rest.get("warp", 1.0)
    return Header(
        kind=kind,
        scenario=scenario.name,
        scenario_hash=scenario.hash,
        title=scenario.file.title if given is None else f"{scenario.file.title}: {given.text}",
        load=None if given is None else given.text,
        seed=scenario.file.seed,
        communes=scenario.places.allocation,
        as_of=scenario.file.as_of,
        versions=versions(*libraries),
        machine=machine(),
        starts=scenario.starts,
        interval_s=interval_s(played_s, len(scenario.steps), level_s),
        steps=scenario.steps,
        budgets=scenario.file.budgets,
        **rest,
    )


def measured_header(
    scenario: Scenario, volume: Volume, sessions: Sessions, target: Target, size: dict[str, int] | None = None
) -> Header:
    """Return the header of a swarm's run that starts now; `size` is what the target holds, where it tells."""
    window = scenario.measurement
    return header_of(
        scenario,
        "measured",
        sessions.duration_s,
        libraries=("locust", "uvloop", "httptools"),
        protocol="HTTP/1.1",
        started=datetime.now(VIETNAM),
        duration_s=sessions.duration_s,
        measurement=Window(from_s=window.from_s / volume.warp, to_s=window.to_s / volume.warp),
        planned=Planned(sessions=sessions.count(0.0, sessions.duration_s)),
        target=target.url,
        target_size=size,
        scale=volume.scale,
        warp=volume.warp,
    )
