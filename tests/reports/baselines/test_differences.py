import json
from collections.abc import Callable

from reports.baselines.differences import METRICS, differences, words
from reports.run import Run

Make = Callable[..., Run]
LOAD = {"duration_s": 40, "steps_per_s": 50.0, "budgets": ()}


def test_each_step_and_metric_has_a_row(made: Make) -> None:
    base, head = made(**LOAD), made(**LOAD, mean_s=0.3, failing=0.2)
    rows = differences(head, [base])
    assert len(rows) == (len(base.header.steps) + 1) * len(METRICS)
    found = {(row.step, row.metric): row for row in rows}
    assert found["all", "response p50"].word == "more"
    assert 1.5 < found["all", "response p50"].change < 2.5
    assert found["all", "goodput"].word == "less"
    wrong = found["all", "error_rate"]
    assert wrong.is_points
    assert 0.15 < wrong.change < 0.25
    assert wrong.base == 0
    json.dumps([row.to_dict() for row in rows], allow_nan=False)


def test_the_table_says_what_is_known(made: Make) -> None:
    base, head = made(**LOAD), made(**LOAD, mean_s=0.3, failing=0.2)
    table = words(differences(head, [base])).splitlines()
    assert table[0].split() == ["step", "metric", "baseline", "run", "change", "95%", "interval"]
    assert any("points" in line for line in table)
    assert any(line.endswith("more") for line in table)
    few = words(differences(made(duration_s=4, steps_per_s=2.0, budgets=()), [base]))
    assert "no bound known" in few


def test_steps_that_one_run_lacks_are_left_out(made: Make) -> None:
    base, head = made(**LOAD), made(**LOAD, steps=("home", "search"))
    assert {row.step for row in differences(head, [base])} == {"home", "search", "all"}
