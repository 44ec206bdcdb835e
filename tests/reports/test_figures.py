"""What figures show: titles that say the finding, the data drawn, and drawings that a page can show."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.budgets import read_budgets
from reports.comparison import Comparison
from reports.figures import look
from reports.figures.arrivals import arrivals
from reports.figures.comparison import comparison
from reports.figures.response import response
from reports.figures.stations import stations
from reports.figures.steps import steps
from reports.run import Run
from reports.summary import Summary

Made = Callable[..., Run]


def title(figure: Figure) -> str:
    return " ".join(figure.get_suptitle().split())


def test_arrivals_count_every_session_and_step(made: Made) -> None:
    run = made()
    figure = arrivals(run)
    begun = Summary.of(run).arrivals.started_sessions
    assert title(figure) == f"{begun} of {begun} planned sessions were started (100 %)"
    sessions, drawn = figure.axes
    totals = {patch.get_label(): patch.get_data().values.sum() for axes in (sessions, drawn) for patch in axes.patches}
    assert totals["planned"] == totals["started"] == begun
    assert totals["offered"] == totals["sent"] == sum(line.offered for line in run.counters)


def test_arrivals_of_replications_are_those_of_one(made: Made) -> None:
    run = made(kind="simulated")
    twice = Run(run.folder, run.header.model_copy(update={"replications": 2}))
    once, half = (figure.axes[0].patches[1].get_data().values for figure in (arrivals(run), arrivals(twice)))
    assert np.allclose(half, once / 2)


def test_response_draws_budgets_and_lower_bounds(made: Made) -> None:
    run = made(failing=0.2, failure="timed_out")
    budgets = read_budgets(run.header.budgets, run.header.steps)
    figure = response(run, budgets)
    assert title(figure).startswith("p95 of the steps was at least ")
    (axes,) = figure.axes
    assert [note.get_text() for note in axes.texts] == ["all response p95 < 1s"]
    marks = [line for line in axes.lines if line.get_marker() == "^" and len(line.get_xdata())]
    assert marks
    healthy = response(made(), budgets)
    assert title(healthy).startswith("95 % of steps were answered within ")
    assert not [line for line in healthy.axes[0].lines if line.get_marker() == "^" and len(line.get_xdata())]


def test_steps_draw_the_summary_s_quantiles(made: Made) -> None:
    run = made()
    (axes,) = steps(run, read_budgets(run.header.budgets, run.header.steps)).axes
    drawn = {float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
    for step in Summary.of(run).steps.values():
        assert step.response is not None
        assert {step.response.p50_s, step.response.p95_s, step.response.p99_s} <= drawn
    assert [label.get_text() for label in axes.get_yticklabels()] == [*run.header.steps, "all"]
    late = steps(made(failing=0.3, failure="timed_out"))
    assert title(late).startswith("Slowest step at p95: pay, at least ")
    assert [line for line in late.axes[0].lines if line.get_marker() == ">" and len(line.get_xdata())]


def test_comparison_says_how_far_off(made: Made) -> None:
    found = Comparison.of(made(), made(kind="simulated", mean_s=0.15))
    overall = found.pair("all", "p95")
    assert overall is not None
    assert overall.error is not None
    assert overall.error > 0
    assert title(comparison(found)).startswith("Predicted p95 of all steps is ")
    assert " above measured; furthest off: " in title(comparison(found))
    unknown = Comparison.of(made(failing=0.3, failure="timed_out"), made(kind="simulated"))
    assert title(comparison(unknown)).startswith("p95 of all steps: measured at least ")


def test_stations_are_named_busiest_first(made: Made) -> None:
    run = made(kind="simulated", stations=("database", "web"))
    figure = stations(run, read_budgets(["web utilisation mean < 80%"], run.header.steps))
    assert title(figure).startswith("Busiest station: database, ")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["database", "web"]


@pytest.mark.parametrize("fields", [{"steps_per_s": 0.0}, {"state": "interrupted", "stop_s": 1.0}])
def test_every_figure_can_be_drawn_of_nothing(made: Made, fields: dict[str, object]) -> None:
    run = made(**fields)
    drawn = (arrivals(run), response(run), steps(run), stations(run), comparison(Comparison.of(run, run)))
    for number, figure in enumerate(drawn):
        assert look.svg(figure, "nothing", f"f{number}").startswith('<svg role="img" aria-label="nothing"')


def test_svg_is_one_described_element_in_the_page_s_colours(made: Made) -> None:
    run = made()
    text = look.svg(arrivals(run), 'Sessions "planned" & started', "demand")
    root = ET.fromstring(text)
    assert root.get("aria-label") == 'Sessions "planned" & started'
    assert root.get("width") is None
    assert root.get("viewBox") is not None
    assert "var(--blue, #0072b2)" in text
    assert not {colour for colour in look.VARIABLES if f": {colour}" in text}
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert all(str(name).startswith("demand-") for name in ids)
    assert text == look.svg(arrivals(run), 'Sessions "planned" & started', "demand")


def test_png_is_an_image(made: Made) -> None:
    assert look.png(arrivals(made()), 40).startswith(b"\x89PNG\r\n")
