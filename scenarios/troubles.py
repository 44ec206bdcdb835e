"""What troubles a scenario for a while, and what became of a forecast when it had passed."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from cutover.base.clock import SECOND_NS
from models.draws import stream, uniforms
from models.engines.batch import Batch
from models.engines.choice import simulate
from models.journeys import Walk
from models.recovery import Recovery, recovery, share_to_shed
from reports.hlog import Line
from reports.outcomes import OK
from reports.recorder import Recorder
from reports.run import Run
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions

RESPONSE = "response"


@dataclass(frozen=True)
class Trouble:
    """A surge or a fault, from its begin to its end."""

    name: str
    began_s: float
    passed_s: float


def troubles(scenario: Scenario) -> tuple[Trouble, ...]:
    """Return a scenario's surges and faults, in the order of their ends."""
    found = [Trouble(fault.name, fault.from_s, fault.to_s) for fault in scenario.file.faults]
    for _, _, entry in scenario.file.flow_entries:
        for surge in entry.surges:
            lasts_s = surge.ramp_s + surge.hold_s + surge.decay_s
            found.append(Trouble(surge.name, surge.at_s, surge.at_s + lasts_s))
    return tuple(sorted(found, key=lambda trouble: trouble.passed_s))


def recoveries(forecast: Forecast, run: Run, replications: Sequence[Run] = ()) -> Iterator[dict[str, Any]]:
    """Yield, for each trouble with steps before and after it in the run, what became of the system.

    It is told of all replications added up, and in how many of several it recovers. Where it stays down, the forecast's
    first replication is played again with every figure at its estimate, and with more and more of the sessions turned
    away from the end of the trouble on, until it recovers.
    """
    for trouble in troubles(forecast.scenario):
        found = _recovery(run.latencies, trouble)
        if found is None:
            continue
        told = {"name": trouble.name, **asdict(found), "words": f"{trouble.name}: the portal {found.words}"}
        each = [one for one in (_recovery(part.latencies, trouble) for part in replications) if one is not None]
        if len(each) > 1:
            well = sum(one.at_s is not None for one in each)
            words = f"{told['words']}; it recovers in {well} of {len(each)} replications"
            told |= {"recovered": well, "of": len(each), "words": words}
        if found.at_s is None:
            shed = share_to_shed(partial(_recovers, forecast, trouble))
            told |= {"shed": shed, "words": f"{told['words']}; {_remedy(shed)}"}
        yield told


def _remedy(shed: float | None) -> str:
    if shed is None:
        return "turning sessions away does not help within what is simulated"
    if not shed:
        return "its first replication does, with every figure at its estimate"
    return f"it does when {shed:.0%} of sessions are turned away from then on, without coming back"


def _recovers(forecast: Forecast, trouble: Trouble, share: float) -> bool:
    """Tell whether the first replication recovers when a share of the sessions is turned away after the trouble."""
    forecast = replace(forecast, draws="nothing").of(0)
    scenario, span = forecast.scenario, forecast.span
    recorder = Recorder(forecast.header().interval_s)
    arrivals = _shed(Sessions(scenario).arrivals(span.begins_s, span.ends_s), scenario, trouble, share)
    walk, until_ns = Walk(scenario.journeys, scenario.file.seed, 0), round(span.ends_s * SECOND_NS)
    simulate(forecast.chosen(), forecast.network(), arrivals, walk, until_ns, recorder, interval_ns=until_ns)
    found = _recovery(recorder.drain().latencies, trouble)
    return found is not None and found.at_s is not None


def _shed(arrivals: Iterator[Batch], scenario: Scenario, trouble: Trouble, share: float) -> Iterator[Batch]:
    key = stream(scenario.file.seed, 0, "shed")
    for batch in arrivals:
        early = batch.instant_ns < round(trouble.passed_s * SECOND_NS)
        yield batch.part(np.flatnonzero(early | (uniforms(key, batch.session, 0) >= share)))


def _recovery(lines: tuple[Line, ...], trouble: Trouble) -> Recovery | None:
    """Count steps by the interval they were meant in; None when there are too few before or after the trouble."""
    counted = sorted(
        (line.start_s, line.outcome == OK, line.histogram.count) for line in lines if line.kind == RESPONSE
    )
    starts, offered, good = [], [], []
    for start_s, group in groupby(counted, key=lambda one: one[0]):
        counts = [(ok, count) for _, ok, count in group]
        starts.append(start_s)
        offered.append(sum(count for _, count in counts))
        good.append(sum(count for ok, count in counts if ok))
    try:
        return recovery(starts, offered, good, trouble.began_s, trouble.passed_s)
    except ValueError:
        return None
