"""A tornado on a station whose utilisation is known: what moves it, by how much, and where the verdict flips."""

from dataclasses import replace

import pytest

from cutover.base.errors import BadInput
from models.plan import find_plan, read_plan
from models.uncertainty import UncertainEntry
from reports.figures.look import png
from reports.figures.tornado import tornado as drawn
from reports.header import Window
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span
from scenarios.tornado import ROUNDS, budget_of, simulations, tornado
from scenarios.uncertain import at_estimates

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
STEADY = """points = [[0, 20], [60, 20]]

[demand]
volume = { value = 1, low = 0.9, high = 1.1, assumed = "a test" }"""
LONG = ("duration_s = 6", "duration_s = 60")
SERVICE = UncertainEntry(name="work", of="service", low=0.5, high=2.0, assumed="a test")
DELAY = UncertainEntry(name="wire", of="delay", low=0.5, high=2.0, assumed="a test")


def of(scenario_file, budget: str, **more) -> Forecast:
    budgets = ('"all response p95 < 2s", "dossiers lost == 0"', f'"dossiers lost == 0", "{budget}"')
    scenario = read_scenario(scenario_file((POINTS, STEADY), LONG, budgets))
    plan = read_plan(find_plan("stand-in")).model_copy(update={"uncertain": (SERVICE, DELAY), **more})
    return Forecast(scenario, plan, Span(Window(from_s=0.0, to_s=60.0), 0.0), 2)


def busy(forecast: Forecast) -> float:
    """Return the utilisation with every figure at its estimate."""
    return tornado(forecast).value


def test_bars_are_ordered_and_the_flip_is_where_the_law_says(scenario_file):
    """Utilisation is λ·D: it is the limit where the factor of D is limit over the utilisation at 1."""
    at_one = busy(of(scenario_file, "portal utilisation mean < 99%"))
    limit = round(1.2 * at_one, 3)
    forecast = of(scenario_file, f"portal utilisation mean < {100 * limit:.1f}%")
    found = tornado(forecast)
    assert [bar.name for bar in found.bars] == ["plan: work", "demand.volume", "plan: wire"]
    work, volume, wire = found.bars
    assert found.holds
    assert found.value == pytest.approx(at_one)
    assert (work.low, work.high) == pytest.approx((0.5, 2.0))
    assert work.value_at_low == pytest.approx(0.5 * at_one, rel=0.01)
    assert work.value_at_high == pytest.approx(2.0 * at_one, rel=0.01)
    assert (work.holds_at_low, work.holds_at_high) == (True, False)
    low, high = work.flips_between
    assert low <= limit / at_one * 1.01
    assert high >= limit / at_one * 0.99
    assert low < work.flips_at < high
    assert high / low < 1.1
    assert (volume.flips_at, wire.flips_at) == (None, None)
    assert wire.swing < volume.swing < work.swing
    assert found.simulations == 2 * (1 + 2 * 3 + ROUNDS)
    assert simulations(forecast) == 2 * (1 + 2 * 3)


def test_the_same_seed_gives_the_same_tornado_and_points_share_draws(scenario_file):
    forecast = of(scenario_file, "all response p95 < 2s")
    found = tornado(forecast)
    assert tornado(forecast) == found
    assert all(bar.flips_at is None for bar in found.bars)
    assert all("does not flip within the range" in line for line in found.words()[1:])
    wire = next(bar for bar in found.bars if bar.name == "plan: wire")
    assert wire.value_at_low < found.value < wire.value_at_high


def test_words_and_drawing_tell_the_widest_first(scenario_file):
    found = tornado(of(scenario_file, "portal utilisation mean < 20%")).to_dict()
    assert found["words"][1].startswith("  plan: work 1 (0.5 to 2): ")
    figure = drawn(found)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [bar["name"] for bar in found["bars"]]
    assert figure.get_suptitle().replace("\n", " ").startswith("plan: work moves the answer most: ")
    endless = {**found, "bars": [{**found["bars"][0], "value_at_high": None}]}
    assert png(drawn(endless)).startswith(b"\x89PNG")
    assert [line for line in drawn(endless).axes[0].lines if line.get_marker() == ">"]


def test_a_scenario_with_nothing_uncertain_or_no_budget_is_refused(scenario_file):
    forecast = of(scenario_file, "all response p95 < 2s", uncertain=())
    certain = Forecast(at_estimates(forecast.scenario), forecast.plan, forecast.span, 1)
    with pytest.raises(BadInput, match="has nothing that is uncertain"):
        tornado(certain)
    file = forecast.scenario.file.model_copy(update={"budgets": ("dossiers lost == 0",)})
    unjudged = replace(forecast, scenario=replace(forecast.scenario, file=file))
    with pytest.raises(BadInput, match="holds none that a simulation can answer"):
        budget_of(unjudged)
