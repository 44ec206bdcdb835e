"""What theory says beside a forecast."""

from dataclasses import replace
from pathlib import Path

import pytest

from cutover.rehearsal.forecast import play_forecast
from models.plan import find_plan, read_plan
from models.stations import Station
from reports.header import Window
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span
from tests.scenarios.conftest import SMALL


@pytest.fixture
def forecast(tmp_path: Path) -> Forecast:
    """Return a forecast of the seconds 1 to 4, in which the load is steady."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    span = Span(Window(from_s=1.0, to_s=4.0), 1.0)
    return Forecast(read_scenario(path), read_plan(find_plan("stand-in")), span, 1)


@pytest.mark.parametrize(
    ("schedule", "servers"),
    [
        (((0.0, 1), (2.0, 4)), 3.0),  # 1, 4, 4 in the window's seconds
        (((0.0, 1), (1.0, 4)), 4),
    ],
)
def test_theory_has_the_servers_that_there_were_in_the_window(
    forecast: Forecast, schedule: tuple[tuple[float, int], ...], servers: float, tmp_path: Path
) -> None:
    stations = {"portal": Station(schedule=schedule)}
    changed = replace(forecast, plan=forecast.plan.model_copy(update={"stations": stations}))
    [row] = play_forecast(changed, tmp_path / "runs").findings["analytic"]["stations"]
    [one] = play_forecast(forecast, tmp_path / "runs").findings["analytic"]["stations"]
    assert row["servers"] == servers
    assert row["utilisation_theory"] == pytest.approx(one["utilisation_theory"] / servers)
    assert row["utilisation_simulated"] == pytest.approx(one["utilisation_simulated"] / servers, rel=0.02)
    assert (row["backlog_theory"] is None) == (servers == 3.0)
    assert one["backlog_theory"] > 0
