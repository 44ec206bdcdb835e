"""No figure published later than `as_of` reaches a forecast: one is planted wherever a figure may stand."""

from datetime import date

import pytest

from cutover.base.errors import BadInput
from models.plan import find_plan, read_plan
from models.uncertainty import UncertainEntry
from reports.header import Window
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
LATER = 'source = "a report", published = 2025-08-01'
SPAN = Span(Window(from_s=0.0, to_s=6.0), 0.0)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (
            'value = 101_600_000\nassumed = "a test"',
            f"value = 101_600_000\n{LATER.replace(', ', chr(10))}",
            "population",
        ),
        (POINTS, f"{POINTS}\n[demand]\nvolume = {{ value = 1, low = 0.9, high = 1.1, {LATER} }}", "demand.volume"),
        (POINTS, f"{POINTS}\n[demand]\nsharpness = {{ value = 1, {LATER} }}", "demand.sharpness"),
        (
            POINTS,
            f'{POINTS}\n[[arrivals.surges]]\nname = "s"\nat_s = 1\nhold_s = 1\ntimes = {{ value = 2, {LATER} }}',
            "arrivals.surges[0].times",
        ),
        (
            "[forecast]",
            '[[faults]]\nname = "f"\nstation = "portal"\nfrom_s = 1\nto_s = 2\n'
            f"slower = {{ value = 2, {LATER} }}\n[forecast]",
            "faults[0].slower",
        ),
    ],
)
def test_a_figure_that_was_published_later_is_refused(scenario_file, old, new, key):
    path = scenario_file((old, new))
    assert read_scenario(path, date(2025, 8, 1))
    with pytest.raises(BadInput) as caught:
        read_scenario(path, date(2025, 7, 31))
    (mistake,) = caught.value.mistakes
    assert mistake.key == f"{key}.published"
    assert mistake.rule == "was published after as_of = 2025-07-31"


def test_a_plan_s_range_that_was_published_later_is_refused(scenario_file):
    late = UncertainEntry(
        name="database", of="service", low=0.8, high=1.2, source="a report", published=date(2025, 8, 1)
    )
    plan = read_plan(find_plan("stand-in")).model_copy(update={"uncertain": (late,)})
    path = scenario_file()
    assert Forecast(read_scenario(path, date(2025, 8, 1)), plan, SPAN, 1)
    with pytest.raises(BadInput) as caught:
        Forecast(read_scenario(path), plan, SPAN, 1)
    assert str(caught.value) == (
        "plan stand-in: uncertain database = '2025-08-01': was published after as_of = 2025-06-30; "
        "use a range known on that day, or move as_of"
    )
