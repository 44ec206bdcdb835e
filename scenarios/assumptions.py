"""What a forecast takes as given: each figure with its value, its range, who says so, and since when."""

from collections.abc import Iterator
from datetime import date

from cutover.base.document import Keys, dotted
from models import factors
from reports.quantities import significant
from scenarios.arrivals import Arrivals
from scenarios.demand import volumes_used
from scenarios.figure import Figure, Ranged, figures
from scenarios.forecast import Forecast
from scenarios.mix import Mix, shares_of
from scenarios.scenario import ScenarioFile

CERTAIN = "none given"

Row = dict[str, str]


def assumptions(forecast: Forecast) -> list[Row]:
    """List the scenario's figures, and what the plan says of itself and of its factors."""
    file, plan = forecast.scenario.file, forecast.plan
    people = forecast.scenario.places.allocation
    rows = [
        *(_row(dotted(keys), f"{figure.value:,.10g}", figure, figure.origin) for keys, figure in figures(file)),
        *_volumes(file),
        *(_bursts(*each) for each in file.flow_entries if each[2].bursts is not None),
        *_mixes(file),
        _plain("people of communes", people, _communes_from(file)),
        _plain("plan", plan.name, plan.description),
    ]
    measured = plan.calibration
    if measured is not None:
        said = f"{measured.estimator}, {measured.levels} levels up to {significant(measured.highest_rps)} steps/s"
        rows.append(_plain("calibration", said, ", ".join(measured.runs), measured.fitted))
    for each in factors.ranges(plan):
        ends = _ends(each.low, each.high)
        rows.append(_plain(f"plan: factor of {each.name}", "1", each.origin, each.published, ends))
    return rows


def _plain(what: str, value: str, origin: str, known: date | None = None, ends: str = CERTAIN) -> Row:
    return {"what": what, "value": value, "range": ends, "origin": origin, "date": "" if known is None else str(known)}


def _row(what: str, value: str, number: Ranged, origin: str) -> Row:
    ends = CERTAIN if number.low is None or number.high is None else _ends(number.low, number.high)
    known = number.published if isinstance(number, Figure) else None
    return _plain(what, value, origin, known, ends)


def _ends(low: float, high: float) -> str:
    return f"{low:,.6g} to {high:,.6g}"


def _volumes(file: ScenarioFile) -> Iterator[Row]:
    for keys, share, origin in volumes_used(file.flow_entries, file.as_of):
        yield _row(dotted((*keys, "volume")), f"{share.times:g} times {share.of}", share, origin)


def _bursts(keys: Keys, _: str, entry: Arrivals) -> Row:
    bursts = entry.bursts
    assert bursts is not None, "it was asked for"
    value = f"{bursts.size:g} on average, one every {bursts.gap_s:g} s"
    return _plain(dotted((*keys, "bursts")), value, f"assumed: {bursts.assumed}")


def _mixes(file: ScenarioFile) -> Iterator[Row]:
    mixes: list[tuple[Keys, Mix | None]] = [(("journeys",), file.journeys)]
    mixes += [((*keys, "journeys"), entry.journeys) for keys, _, entry in file.flow_entries]
    for keys, mix in mixes:
        if mix is not None and len(mix) > 1:
            said = ", ".join(f"{name} {each:g}" for name, each in shares_of(mix).items())
            yield _plain(dotted(keys), said, "the scenario file, which gives no source")


def _communes_from(file: ScenarioFile) -> str:
    """Say where the people of the communes come from."""
    if file.population.communes is None:
        return "assumed: dealt from the published distribution of commune sizes"
    return file.population.origin
