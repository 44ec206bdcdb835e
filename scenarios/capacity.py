"""What is asked of a search for capacity: places, prices and limits, budgets, a probability, windows; all checked."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cutover.base.errors import BadInput, Mistake
from models.capacity.bracket import enough, least_stable
from models.capacity.offered import Offered
from models.capacity.search import Axis, Point
from models.plan import Plan
from models.stations import MOST_SERVERS
from reports.budgets import DOSSIERS, Budget, read_budgets
from scenarios.capacity_load import loads, windows_by_load
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario
from scenarios.span import Span

WINDOW_S = 180.0
"""The length of a window that is simulated, at most; assumed: long enough that a p95 has thousands of steps."""

NEXT_BUSIEST = 2
"""Windows in which a found plan is tried although the search left them out."""

WAIT_SHARE = 0.02
"""A wait of this share of the tightest limit of a response is negligible; assumed."""

LEAST_BEYOND = 4
"""So many replications may fail, where no number of them is asked for: what a share is told apart by."""


@dataclass(frozen=True)
class Asked:
    """What is searched: the plan's places, in what windows, and with what probability the budgets shall hold.

    `forecast` has the plan as it is written, whose numbers of servers do not matter. `left_out` are the windows that
    the search does not simulate. `kept` are places whose number changes over time, which are left as they are.
    """

    forecast: Forecast
    axes: tuple[Axis, ...]
    budgets: tuple[Budget, ...]
    probability: float
    replications: int
    spans: tuple[Span, ...]
    left_out: tuple[Span, ...]
    kept: tuple[str, ...]

    def including(self, spans: Sequence[Span]) -> "Asked":
        """Return the search over some of the windows that were left out, too."""
        rest = tuple(span for span in self.left_out if span not in spans)
        return replace(self, spans=(*self.spans, *spans), left_out=rest)

    def offered(self, forecast: Forecast) -> dict[str, Offered]:
        """Return the greatest load of each place over the windows that are simulated, as a forecast has it."""
        found = [loads(forecast, span.window) for span in self.spans]
        nothing = Offered(0.0, 0.0)
        return {
            axis.name: max((each.get(axis.name, nothing) for each in found), key=lambda load: load.erlangs)
            for axis in self.axes
        }

    def bracket(self, offered: Mapping[str, Offered]) -> tuple[Point, Point]:
        """Return the lower and the upper end of the answer by theory, within the limits."""
        low = (axis.clipped(least_stable(offered[axis.name])) for axis in self.axes)
        high = (axis.clipped(enough(offered[axis.name], self.wait_s(offered[axis.name]))) for axis in self.axes)
        return tuple(low), tuple(high)

    def wait_s(self, load: Offered) -> float:
        """Return a wait that is negligible against the budgets; where none limits a response, against a service."""
        limits = [each.limit for each in self.budgets if each.unit == "s" and each.caps and each.limit > 0.0]
        return WAIT_SHARE * min(limits) if limits else max(0.1 * load.service_s, 1e-6)


def asked(
    forecast: Forecast,
    *,
    budgets: Sequence[str] = (),
    probability: float = 0.95,
    replications: int | None = None,
    prices: Sequence[str] = (),
    at_least: Sequence[str] = (),
    at_most: Sequence[str] = (),
    span: Span | None = None,
) -> Asked:
    """Return what is searched; `forecast` gives scenario, plan and engine, `span` a window somebody asks for.

    Prices and limits are texts such as `database=40`. Raises BadInput with all mistakes.
    """
    scenario, plan = forecast.scenario, forecast.plan
    mistakes: list[Mistake] = []
    found_budgets = _budgets(scenario, plan, budgets, mistakes)
    axes, kept = _axes(plan, prices, at_least, at_most, mistakes)
    if not 0.0 < probability < 1.0:
        mistakes.append(_mistake("--probability", probability, "must be between 0 and 1", "write for example 0.95"))
    if replications is not None and replications < 1:
        mistakes.append(_mistake("--replications", replications, "must be at least 1", "give another number"))
    if mistakes:
        raise BadInput(mistakes)
    names = [axis.name for axis in axes]
    settings = scenario.file.forecast
    spans, binding = (
        ([span], 1)
        if span is not None
        else windows_by_load(forecast, names, min(settings.window_s, WINDOW_S), NEXT_BUSIEST)
    )
    count = math.ceil(LEAST_BEYOND / (1.0 - probability)) if replications is None else replications
    found = replace(forecast, span=spans[0], replications=count)
    return Asked(
        found, axes, found_budgets, probability, count, tuple(spans[:binding]), tuple(spans[binding:]), tuple(kept)
    )


def _budgets(scenario: Scenario, plan: Plan, lines: Sequence[str], mistakes: list[Mistake]) -> tuple[Budget, ...]:
    """Read the budgets that are asked for, or the scenario's without those of dossiers; add what is wrong with them."""
    source = "--budget" if lines else str(scenario.path)
    try:
        found = read_budgets(
            lines or scenario.file.budgets, scenario.steps, (*plan.stations, *plan.pools) if lines else None, source
        )
    except BadInput as error:
        mistakes += error.mistakes
        return ()
    remedy = "leave it out, or limit a response, an error rate or a utilisation"
    for one in found if lines else ():
        if one.subject == DOSSIERS:
            mistakes.append(
                Mistake(source, "budget", one.text, "is about dossiers, which no simulation stores", remedy)
            )
        elif one.is_relative:
            mistakes.append(Mistake(source, "budget", one.text, "needs a baseline, which a search has not", remedy))
    known = tuple(one for one in found if one.subject != DOSSIERS and not one.is_relative and not one.warns)
    if not known and not (lines and found):
        rule, remedy = "holds none that a search can answer", "give one: --budget 'all response p95 < 3s'"
        mistakes.append(Mistake(source, "budgets", None, rule, remedy))
    return known


def _axes(
    plan: Plan, prices: Sequence[str], at_least: Sequence[str], at_most: Sequence[str], mistakes: list[Mistake]
) -> tuple[tuple[Axis, ...], list[str]]:
    """Return the places that are searched, and those that are not: their number changes over time."""
    fixed = {name: each.servers for name, each in plan.stations.items() if each.scaler is None}
    fixed |= {name: each.tokens for name, each in plan.pools.items()}
    places = [name for name, number in fixed.items() if number is not None]
    kept = [name for name in (*plan.stations, *plan.pools) if name not in places]
    if not places:
        rule, remedy = "has only places whose number changes over time", "give a station `servers`"
        mistakes.append(Mistake(f"plan {plan.name}", "stations", None, rule, remedy))
    known = (places, kept)
    dear = dict(_numbers("--cost", prices, known, float, mistakes))
    least = dict(_numbers("--at-least", at_least, known, int, mistakes))
    most = dict(_numbers("--at-most", at_most, known, int, mistakes))
    axes = []
    for name in places:
        low, high = int(least.get(name, 1)), int(most.get(name, MOST_SERVERS))
        if low > high:
            rule = f"is above --at-most {name}={high}"
            mistakes.append(_mistake("--at-least", f"{name}={low}", rule, "let the two leave a number"))
        station = plan.stations.get(name)
        price = dear.get(name, 0.0 if station is None else 1.0)
        axes.append(Axis(name, float(price), low, high, (station.members if station else None) or 1))
    return tuple(axes), kept


def _numbers(
    option: str,
    texts: Iterable[str],
    known: tuple[Sequence[str], Sequence[str]],
    kind: type[int] | type[float],
    mistakes: list[Mistake],
) -> Iterator[tuple[str, float]]:
    """Yield places and numbers of texts such as `database=40`; add what is wrong with them."""
    places, kept = known
    seen: set[str] = set()
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        wrong = _wrong(name, equals, places, kept, seen)
        if wrong is not None:
            mistakes.append(_mistake(option, text, *wrong))
            continue
        seen.add(name)
        try:
            found = kind(number)
        except ValueError:
            found = math.nan
        least = 0 if kind is float else 1
        if not least <= found <= MOST_SERVERS:
            what = "a price of 0 or more" if kind is float else f"a whole number from 1 to {MOST_SERVERS:,}"
            mistakes.append(_mistake(option, text, f"must give {what}", f"write for example {name}={4 + least}"))
            continue
        yield name, found


def _wrong(
    name: str, equals: str, places: Sequence[str], kept: Sequence[str], seen: set[str]
) -> tuple[str, str] | None:
    """Say what is wrong with a place that is named, and what to do; None where nothing is."""
    if not name or not equals:
        return "is no place and number", "write for example database=40"
    if name in kept:
        return "names a place whose number changes over time, which is left as it is", "leave it out"
    if name not in places:
        close = difflib.get_close_matches(name, places, n=1)
        remedy = f"did you mean `{close[0]}`?" if close else f"choose one of {', '.join(places)}"
        return "names no station or pool of the plan", remedy
    return ("names a place twice", "keep one") if name in seen else None


def _mistake(option: str, value: object, rule: str, remedy: str) -> Mistake:
    return Mistake("options", option, value, rule, remedy)
