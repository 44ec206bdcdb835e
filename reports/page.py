"""The report: one self-contained HTML page that opens with the verdict and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from reports import swarm_tables, tables
from reports.budgets import Budget
from reports.comparison import Comparison
from reports.figures.arrivals import arrivals, arrivals_title
from reports.figures.comparison import comparison, comparison_title
from reports.figures.generators import generators, generators_title
from reports.figures.look import svg
from reports.figures.response import response, response_title
from reports.figures.stations import stations, stations_title
from reports.figures.steps import steps, steps_title
from reports.figures.tornado import tornado, tornado_title
from reports.gate import LEVEL, Verdict, judge
from reports.generators import generators_of
from reports.notes import notes
from reports.quantities import NOTHING, count, quantity, share
from reports.run import Run
from reports.stations import stations_of
from reports.summary import Summary
from reports.tables import Table

SIGNS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "invalid": "⊘"}


@dataclass(frozen=True)
class Tile:
    """A figure to be seen at once: what it is, its value with unit, and what it rests on."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Section:
    """A part of the page: what it says in words, its drawings, and the tables behind them."""

    title: str
    words: tuple[str, ...] = ()
    drawings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


def page(run: Run, verdict: Verdict, predicted: Run | None = None, national: Run | None = None) -> str:
    """Return the report of a run as the text of an HTML file.

    `predicted` is the forecast of the same load, set beside the run where there is one; `national` is the
    forecast of the national day. What models found is read from the runs' findings.
    """
    limits = tuple(judgement.budget for judgement in verdict.judgements)
    parts = [
        _budgets(verdict, run),
        _demand(run),
        _responses(run, limits),
        _stations(run, limits, "run"),
        _foresight(run, "run"),
        _prediction(run, predicted),
        _national(national),
        _foresight(national, "national"),
        _dossiers(run),
        _generators(run),
        _assumptions(run, predicted, national),
        Section("What was played", tables=(tables.provenance(run),)),
    ]
    return _template().render(
        run=run,
        header=run.header,
        verdict=verdict,
        sign=SIGNS[verdict.verdict],
        rests_on=_rests_on(run),
        also=_also(run, national),
        tiles=_tiles(run),
        sections=[part for part in parts if part is not None],
    )


def _template() -> Template:
    loader = PackageLoader("reports")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.j2")


def _rests_on(run: Run) -> str | None:
    """Say how far a forecast goes beyond what was measured; None of a run that is no forecast."""
    found = run.findings.get("extrapolation")
    return None if found is None else str(found["words"])


def _tiles(run: Run) -> tuple[Tile, ...]:
    """Return the four figures that a reader asks for first."""
    summary = Summary.of(run)
    found, begun = summary.all, summary.arrivals
    p95 = found.response.words("p95_s") if found.response else NOTHING
    offered, seconds = f"of {count(found.offered)} steps offered", f"{summary.window.length_s:g}"
    return (
        Tile("Sessions started", count(begun.started_sessions), f"of {count(begun.planned_sessions)} planned"),
        Tile("Steps that ended well", quantity(_ok_share(found.error_rate), "share"), offered),
        Tile("Response time, p95", p95, offered),
        Tile("Goodput", quantity(found.ok_per_s, "per_s"), f"steps that ended well, {seconds} s measured"),
    )


def _also(run: Run, national: Run | None) -> tuple[str, ...]:
    """Return what else belongs into the first view: what is missing, notes, and the national day's verdict."""
    said = [run.findings["interrupted"]] if run.findings.get("interrupted") else []
    said += notes(run)
    if national is not None:
        verdict, plan = judge(national).verdict.upper(), national.header.plan
        said.append(f"The national day, simulated on the plan “{plan}”: {verdict}. {national.header.title}.")
    return tuple(said)


def _ok_share(error_rate: float | None) -> float | None:
    return None if error_rate is None else 1 - error_rate


def _budgets(verdict: Verdict, run: Run) -> Section:
    if not verdict.judgements:
        return Section("Budgets", ("The run has no budgets, so nothing was judged.",))
    words = (
        "A budget fails when its whole interval lies beyond the limit, passes when the interval lies inside, "
        f"and is inconclusive otherwise. The intervals share an error rate of {share(1 - LEVEL)} (Holm).",
    )
    return Section("Budgets", words, tables=(tables.budgets(verdict), *_estimates(run)))


def _estimates(run: Run) -> tuple[Table, ...]:
    found = run.findings.get("estimates")
    return (tables.estimates(found),) if found else ()


def _demand(run: Run) -> Section:
    alt = "Sessions planned and started, and steps offered, sent and ended well, per second over time."
    returns = Summary.of(run).arrivals.returns()
    return Section(
        "Demand: planned, sent, achieved",
        () if returns is None else (f"{returns[:1].upper()}{returns[1:]}.",),
        drawings=(svg(arrivals(run), f"{arrivals_title(run)}. {alt}", "demand"),),
    )


def _responses(run: Run, limits: tuple[Budget, ...], name: str = "run") -> Section:
    over_time = "Response-time quantiles p50, p95 and p99 of all steps over time, with budgets."
    per_step = "Response-time quantiles p50, p95 and p99 of each step, with budgets; the table has the numbers."
    words = (
        "Response time runs from the instant at which the citizen meant to start a step to its last answer: "
        "what a late or blocked request waits counts.",
    )
    drawings = (
        svg(response(run, limits), f"{response_title(run)}. {over_time}", f"{name}-time"),
        svg(steps(run, limits), f"{steps_title(run)}. {per_step}", f"{name}-steps"),
    )
    return Section("Response times", words, drawings, (tables.steps(Summary.of(run)),))


def _stations(run: Run, limits: tuple[Budget, ...], name: str) -> Section | None:
    found = stations_of(run)
    if not found:
        return None
    alt = "Mean utilisation of each station, and its busiest interval."
    drawing = svg(stations(run, limits), f"{stations_title(found)}. {alt}", f"{name}-stations")
    engine = run.findings.get("engine")
    words = [f"Simulated by the engine `{engine['name']}` ({engine['why']})."] if engine else []
    words += [f"{told['words'][:1].upper()}{told['words'][1:]}." for told in run.findings.get("recovery", ())]
    return Section("Stations", tuple(words), (drawing,), (tables.stations(found), *_analytic(run)))


def _foresight(run: Run | None, name: str) -> Section | None:
    """Return what a forecast answers over its replications, and which figure moves its answer most."""
    found = {} if run is None else run.findings.get("foresight", {})
    if not found:
        return None
    assert run is not None, "it has findings"
    moved, title = run.findings.get("tornado"), "What is to be foreseen"
    words = tuple(f"{line[:1].upper()}{line[1:]}." for line in found["words"])
    drawings: tuple[str, ...] = ()
    if moved:
        alt = "The value of the first budget with each uncertain figure at both ends of its range; the words have them."
        drawings = (svg(tornado(moved), f"{tornado_title(moved)}. {alt}", f"{name}-tornado"),)
        words += tuple(f"{line.strip()}." for line in moved["words"])
    families = [(each["station"], each["provinces"]) for each in found["provinces"]["families"]]
    shown = tuple(tables.records(f"Load of {station} by province", rows) for station, rows in families)
    title = title if name == "run" else "What is to be foreseen of the national day"
    return Section(title, words, drawings, shown)


def _prediction(run: Run, predicted: Run | None) -> Section | None:
    """Return the measured run beside the predicted one; the reason, where there is none to set beside it."""
    title = "Measured beside predicted"
    part = run.findings.get("calibration")
    if predicted is None:
        reason = part.get("refused") if part else None
        return Section(title, (f"No prediction: {reason}.",)) if reason else None
    found = Comparison.of(run, predicted)
    alt = "p50 and p95 of response time per step, measured and predicted, with 95 % intervals."
    drawing = svg(comparison(found), f"{comparison_title(found)}. {alt}", "comparison")
    return Section(title, _origin(predicted, part), (drawing,), (tables.comparison(found), *_demands(part)))


def _origin(predicted: Run, part: Mapping[str, Any] | None) -> tuple[str, ...]:
    replications = predicted.header.replications
    times = "once" if replications == 1 else f"{replications} times"
    said = f"The model was simulated {times} on the plan “{predicted.header.plan}”"
    if not part or "window" not in part:
        return (f"{said}.",)
    window = part["window"]
    seen = f"from {window['from_s']:g} s to {window['to_s']:g} s of the measured run"
    return (f"{said}, calibrated {seen}; what is compared comes after that.",)


def _demands(part: Mapping[str, Any] | None) -> tuple[Table, ...]:
    found = part.get("steps") if part else None
    return (tables.records("What calibration found of each step", found),) if found else ()


def _national(national: Run | None) -> Section | None:
    """Return the forecast of the national day, with its own verdict."""
    if national is None:
        return None
    verdict, summary = judge(national), Summary.of(national)
    limits = tuple(judgement.budget for judgement in verdict.judgements)
    shown = _responses(national, limits, "national")
    busy = _stations(national, limits, "national")
    length_s = summary.window.length_s * national.header.replications
    per_s = summary.all.offered / length_s if length_s else None
    rests_on = _rests_on(national)
    words = (
        *(() if rests_on is None else (rests_on,)),
        f"{national.header.title}: {verdict.verdict.upper()}. {verdict.reason}",
        f"A simulation, not a measurement: {count(summary.all.offered)} steps ({quantity(per_s, 'per_s')}) "
        f"on the plan “{national.header.plan}”, whose capacities are as sure as its assumptions.",
    )
    judged = (tables.budgets(verdict), *_estimates(national)) if verdict.judgements else ()
    busy_drawings, busy_tables = (busy.drawings, busy.tables) if busy else ((), ())
    return Section(
        "The national day, forecast",
        words,
        (*shown.drawings, *busy_drawings),
        (*judged, *shown.tables, *busy_tables),
    )


def _dossiers(run: Run) -> Section | None:
    part = run.findings.get("reconciliation")
    return None if part is None else Section("Dossiers", tables=(tables.dossiers(part),))


def _generators(run: Run) -> Section | None:
    """Return how near their limits the generators came, how they reached the target, and where exchanges are kept."""
    found, opened = generators_of(run), run.findings.get("connections", {}).get("opened", ())
    if not (found or opened or run.samples):
        return None
    alt = "The greatest CPU and send lag p99 of any worker over time, with their limits."
    drawings = (svg(generators(run), f"{generators_title(found)}. {alt}", "generators"),) if found else ()
    shown = [swarm_tables.generators(found)] if found else []
    shown += [swarm_tables.connections(opened)] if opened else []
    return Section("The generators", _samples(run), drawings, tuple(shown))


def _samples(run: Run) -> tuple[str, ...]:
    """Say where the exchanges that were kept lie."""
    if not run.samples:
        return ()
    names = [f"{path.parent.name}/{path.name}" for path in run.samples]
    files = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return (
        f"Of each step, outcome and minute the first failing and the slowest exchanges lie beside this page, "
        f"a file a minute: {files} (HAR 1.2, which browsers' developer tools open).",
    )


def _assumptions(*runs: Run | None) -> Section | None:
    """Return what the models took as given, each said once."""
    listed = [one for run in runs if run is not None for one in run.findings.get("assumptions", ())]
    found = [one if isinstance(one, Mapping) else {"what": one} for one in listed]
    once = [one for at, one in enumerate(found) if one not in found[:at]]
    words = ("A forecast is as good as these.",)
    return Section("Assumptions", words, tables=(tables.records("What was taken as given", once),)) if once else None


def _analytic(run: Run) -> tuple[Table, ...]:
    part = run.findings.get("analytic", {})
    if not isinstance(part, Mapping) or not part.get("stations"):
        return ()
    caption = f"What queueing theory says of the same load, beside what was simulated ({part['applies']})"
    return tuple(tables.records(caption, part[what]) for what in ("stations", "steps") if part.get(what))
