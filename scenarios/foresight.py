"""What a forecast answers over its replications: how likely each budget holds, when it is worst, what binds first.

Each answer is of all replications, which differ by chance and by the figures that they draw: what is not known of
demand and of the plan is in every one of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from cutover.base.clock import VIETNAM
from models.statistics.replications import over_replications
from reports.estimates import judged, replication_values
from reports.quantities import duration, interval, quantity, share, significant
from reports.run import Run
from reports.stations import StationSummary, stations_of
from reports.statistics import clopper_pearson
from reports.summary import Summary
from scenarios.course import Course, course_of
from scenarios.demand import mean_profile
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario

LEVEL = 0.95
CLOCK_FROM_S = 7200.0
"""Scenarios as long as this are told by the time of day, shorter ones in seconds."""


def foresight(forecast: Forecast, run: Run, replications: Sequence[Run]) -> dict[str, Any]:
    """Return the answers as a part of `findings.json`, with their words."""
    courses = [
        course_of(each, mean_profile(forecast.of(number).scenario).points, forecast.span.ends_s)
        for number, each in enumerate(replications)
    ]
    budgets = _budgets(run, replications)
    worst = _worst(forecast.scenario, courses)
    binding = _binding(forecast.scenario, courses)
    returns = _returns(replications)
    steps = [_step(step, replications) for step in run.header.steps]
    places = _provinces(forecast, run)
    words = [*(one["words"] for one in budgets), worst["words"], binding["words"]]
    words += map(_busiest_province, places["families"])
    return {
        "replications": len(replications),
        "level": LEVEL,
        "budgets": budgets,
        "worst": worst,
        "binding": binding,
        "steps": steps,
        "provinces": places,
        "returns": returns,
        "words": [each for each in words if each],
    }


def _budgets(run: Run, replications: Sequence[Run]) -> list[dict[str, Any]]:
    """Tell in how many replications each budget holds; one without data in a replication is not counted there."""
    found = []
    for budget in judged(run):
        values = replication_values(replications, budget)
        held, of = sum(budget.holds(each) for each in values), len(values)
        low, high = clopper_pearson(held, of, LEVEL) if of else (0.0, 1.0)
        said = f"{budget.text}: no replication holds data about it"
        if of:
            said = f"{budget.text}: holds in {held} of {of} replications, {share(held / of)}"
            said += f" ({interval(low, high, 'share')} at {share(LEVEL)}, Clopper-Pearson)"
        found.append(
            {
                "budget": budget.text,
                "held": held,
                "of": of,
                "share": held / of if of else None,
                "low": low,
                "high": high,
                "words": said,
            }
        )
    return found


def _worst(scenario: Scenario, courses: Sequence[Course]) -> dict[str, Any]:
    """Tell when most wait, how far that is behind the busiest arrivals, and when it has drained."""
    queued = [each for each in courses if each.worst_s is not None]
    found: dict[str, Any] = {"queued": len(queued), "of": len(courses)}
    if not queued:
        most = max(each.waiting for each in courses)
        words = f"no queue: at most {significant(most)} wait on average over any {duration(10.0)}"
        return found | {"words": words}
    found |= {
        "at_s": _spread([each.worst_s for each in queued]),
        "waiting": _spread([each.waiting for each in queued]),
        "behind_s": _spread([each.behind_s for each in queued]),
        "drained_s": _spread([each.drained_s for each in queued]),
        "drained": sum(each.drained_s is not None for each in queued),
        "at_the_end": sum(each.is_last for each in queued),
        "queues": dict(Counter(each.queue for each in queued if each.queue is not None).most_common()),
    }
    return found | {"words": "; ".join(_worst_words(scenario, found))}


def _worst_words(scenario: Scenario, found: dict[str, Any]) -> Iterator[str]:
    queued, of = found["queued"], found["of"]
    queue = next(iter(found["queues"]))
    rare = "" if queued == of else f" (in {queued} of {of} replications; in the others nobody does)"
    most = _said(found["waiting"], significant)
    yield f"most wait at {_said(found['at_s'], lambda at_s: instant(scenario, at_s))}, {most} of them, at {queue}{rare}"
    if found["behind_s"] is not None:
        yield f"that is {_said(found['behind_s'], duration)} behind the busiest arrivals"
    if found["drained"]:
        also = "" if found["drained"] == queued else f" in {found['drained']} of {queued} replications"
        yield f"it has drained at {_said(found['drained_s'], lambda at_s: instant(scenario, at_s))}{also}"
    else:
        yield "it has not drained within what is simulated"
    if found["at_the_end"]:
        yield f"in {found['at_the_end']} of {queued} the worst is where the simulation ends: ask for a longer --window"


def _binding(scenario: Scenario, courses: Sequence[Course]) -> dict[str, Any]:
    """Tell which station binds first, in which share of the replications."""
    named = [each for each in courses if each.binding is not None]
    bound = Counter(each.binding for each in named if each.bound_s is not None)
    nearest = Counter(each.binding for each in named if each.bound_s is None)
    found: dict[str, Any] = {
        "stations": [
            {"station": name, "replications": number, "share": number / len(courses)}
            for name, number in bound.most_common()
        ],
        "none": sum(nearest.values()),
        "busiest": [{"station": name, "replications": number} for name, number in nearest.most_common()],
        "at_s": _spread([each.bound_s for each in named]),
    }
    words = [f"{one['station']} in {share(one['share'])} of replications" for one in found["stations"]]
    if words:
        when = _said(found["at_s"], lambda at_s: instant(scenario, at_s))
        said = f"first to bind: {', '.join(words)}, at {when}"
        said += f"; none does in {found['none']} of {len(courses)}" if found["none"] else ""
    elif nearest:
        said = f"no station binds; the busiest is {nearest.most_common()[0][0]}"
    else:
        said = ""
    return found | {"words": said}


def _step(step: str, replications: Sequence[Run]) -> dict[str, Any]:
    """Return a step's p95 and share of errors over the replications; null where none was answered."""
    summaries = [Summary.of(each).steps[step] for each in replications]
    p95s = [each.response.p95_s for each in summaries if each.response is not None]
    errors = [each.error_rate for each in summaries if each.error_rate is not None]
    return {
        "step": step,
        "p95_s": over_replications(p95s, LEVEL).to_dict() if p95s else None,
        "error_rate": over_replications(errors, LEVEL).to_dict() if errors else None,
    }


def _provinces(forecast: Forecast, run: Run) -> dict[str, Any]:
    """Return the load of each province's member of families that are by province, busiest first."""
    names = {province.code: province.name for province in forecast.scenario.places.provinces}
    codes = sorted(names)
    loads = {station.name: station for station in stations_of(run)}
    families = []
    for name, station in forecast.plan.stations.items():
        members = {code: loads.get(f"{name}[{at}]") for at, code in enumerate(codes)} if station.by else {}
        known = [(code, load) for code, load in members.items() if load is not None]
        if known:
            known.sort(key=lambda each: -each[1].mean)
            families.append({"station": name, "provinces": [_row(code, names[code], load) for code, load in known]})
    return {"families": families}


def _row(code: str, name: str, load: StationSummary) -> dict[str, Any]:
    return {
        "province": code,
        "name": name,
        "utilisation": load.mean,
        "busiest": load.busiest,
        "greatest_backlog": load.greatest_backlog,
    }


def _busiest_province(family: dict[str, Any]) -> str:
    first, last = family["provinces"][0], family["provinces"][-1]
    most, least = (quantity(each["utilisation"], "share") for each in (first, last))
    return f"{family['station']}: busiest in {first['name']}, {most} on average; least in {last['name']}, {least}"


def _returns(replications: Sequence[Run]) -> dict[str, Any]:
    """Return how many visits are returns, and how many steps are reloads, over the replications."""
    returned, reloaded = [], []
    for each in replications:
        found, offered = Summary.of(each).arrivals, sum(line.offered for line in each.counters)
        visits = found.started_sessions + found.come_backs
        returned.append(found.come_backs / visits if visits else 0.0)
        reloaded.append(found.reloads / offered if offered else 0.0)
    return {
        "come_back_share": over_replications(returned, LEVEL).to_dict(),
        "reload_share": over_replications(reloaded, LEVEL).to_dict(),
    }


def _spread(values: Sequence[float | None]) -> dict[str, Any] | None:
    """Return the median, and the 2.5 % and 97.5 % quantiles, which are least and greatest of less than 40 values."""
    known = np.sort(np.array([each for each in values if each is not None]))
    if not known.size:
        return None
    cut = known.size // 40
    return {
        "median": float(np.median(known)),
        "low": float(known[cut]),
        "high": float(known[known.size - 1 - cut]),
        "samples": int(known.size),
    }


def _said(found: dict[str, Any], write: Any) -> str:
    middle = write(found["median"])
    ends = write(found["low"]), write(found["high"])
    return middle if ends[0] == ends[1] else f"{middle} ({ends[0]} to {ends[1]})"


def instant(scenario: Scenario, at_s: float) -> str:
    """Write an instant of a scenario: the time of day, with its day where there are several; or seconds."""
    if scenario.file.duration_s < CLOCK_FROM_S:
        return f"{at_s:g} s"
    starts = scenario.starts.astimezone(VIETNAM)
    at = starts + timedelta(seconds=at_s)
    day = f" on {at:%-d %B}" if at.date() != starts.date() or scenario.file.duration_s > 86_400 else ""
    return f"{at:%H:%M:%S}{day}"
