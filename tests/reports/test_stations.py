from collections.abc import Callable

import pytest

from reports.budgets import read_budgets
from reports.evidence import evidence, value
from reports.gate import judge
from reports.quantities import share
from reports.run import Run
from reports.stations import stations_of
from reports.tables import stations as table_of


def test_stations_are_summed_up_over_the_window(made: Callable[..., Run]) -> None:
    run = made(kind="simulated", stations=("database", "web"))
    found = stations_of(run)
    loads = [line.stations["web"] for line in run.counters if run.window.holds(line.start_s, 1.0)]
    web = next(station for station in found if station.name == "web")
    assert web.samples == len(loads) == 30
    assert web.mean == pytest.approx(sum(load.utilisation for load in loads) / 30)
    assert web.busiest == max(load.utilisation for load in loads)
    assert web.greatest_backlog == max(load.backlog for load in loads)
    assert (web.servers, web.least_servers, web.most_servers) == (None, None, None)
    assert [station.mean for station in found] == sorted((station.mean for station in found), reverse=True)


def test_utilisation_is_that_of_all_servers_that_were_there(made: Callable[..., Run]) -> None:
    """Alternately 2 and 8 servers: a second of 8 weighs as much as four of 2."""
    run = made(kind="simulated", stations=("web",), servers=(2.0, 8.0))
    [web] = stations_of(run)
    loads = [line.stations["web"] for line in run.counters if run.window.holds(line.start_s, 1.0)]
    assert (web.servers, web.least_servers, web.most_servers) == (5.0, 2.0, 8.0)
    assert web.mean == pytest.approx(sum(load.utilisation * load.servers for load in loads) / (15 * 2 + 15 * 8))
    assert web.mean != pytest.approx(sum(load.utilisation for load in loads) / 30)
    [budget] = read_budgets(["web utilisation mean < 90%"], run.header.steps, ["web"], "test")
    assert value(run, budget) == evidence(run, budget).value == pytest.approx(web.mean)
    rows = [[cell.text for cell in row] for row in table_of([web]).rows]
    assert rows[0][:3] == ["web", "2 to 8", share(web.mean)]


def test_the_number_of_servers_is_told_once_where_it_stays(made: Callable[..., Run]) -> None:
    found = stations_of(made(kind="simulated", stations=("web",), servers=(2.0,)))
    assert table_of(found).rows[0][1].text == "2"
    assert table_of(stations_of(made(kind="simulated", stations=("web",)))).rows[0][1].text == "–"


def test_a_station_without_servers_is_no_evidence(made: Callable[..., Run]) -> None:
    run = made(kind="simulated", stations=("web",), servers=(0.0,), budgets=("web utilisation mean < 90%",))
    assert judge(run).verdict == "inconclusive"
    assert judge(run).judgements[0].reason == "No data: `web` had no servers in the measurement window."
    assert stations_of(run)[0].mean == 0.0


def test_a_measured_run_has_no_station(made: Callable[..., Run]) -> None:
    assert stations_of(made()) == ()
