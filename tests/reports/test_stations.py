from collections.abc import Callable

import pytest

from reports.run import Run
from reports.series import counters_in
from reports.stations import stations_of


def test_stations_are_summed_up_over_the_window(made: Callable[..., Run]) -> None:
    run = made(kind="simulated", stations=("database", "web"))
    found = stations_of(run)
    loads = [line.stations["web"] for line in counters_in(run, run.window)]
    web = next(station for station in found if station.name == "web")
    assert web.samples == len(loads) == 30
    assert web.mean == pytest.approx(sum(load.utilisation for load in loads) / 30)
    assert web.busiest == max(load.utilisation for load in loads)
    assert web.greatest_backlog == max(load.backlog for load in loads)
    assert [station.mean for station in found] == sorted((station.mean for station in found), reverse=True)


def test_a_measured_run_has_no_station(made: Callable[..., Run]) -> None:
    assert stations_of(made()) == ()
