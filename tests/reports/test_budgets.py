import pytest

from cutover.base.errors import BadInput
from reports.budgets import METRICS, Budget, BudgetError, budget_mistakes, parse, read_budgets

STEPS = ("home", "sign_in", "submit")
STATIONS = ("web", "database")


def read(line: str) -> Budget:
    (budget,) = read_budgets([line], STEPS, STATIONS)
    return budget


@pytest.mark.parametrize(
    ("line", "subject", "metric", "quantile", "relation", "limit"),
    [
        ("submit response p95 < 3s", "submit", "response", 0.95, "<", 3.0),
        ("sign_in service p99.9 <= 250ms", "sign_in", "service", 0.999, "<=", 0.25),
        ("all response p50<2m", "all", "response", 0.5, "<", 120.0),
        ("all error_rate < 0.5%", "all", "error_rate", None, "<", 0.005),
        ("all goodput >= 40/s", "all", "goodput", None, ">=", 40.0),
        ("dossiers lost == 0", "dossiers", "lost", None, "==", 0.0),
        ("portal utilisation mean < 80%", "portal", "utilisation", None, "<", 0.8),
        ("database utilisation mean < 80 %", "database", "utilisation", None, "<", 0.8),
    ],
)
def test_a_line_becomes_a_budget(
    line: str, subject: str, metric: str, quantile: float | None, relation: str, limit: float
) -> None:
    budget = read(line)
    assert (budget.subject, budget.metric, budget.quantile, budget.relation) == (
        subject,
        metric,
        quantile,
        relation,
    )
    assert budget.limit == pytest.approx(limit, rel=1e-15)
    assert budget.text == line


def test_a_budget_holds_as_its_relation_says() -> None:
    assert [read("all error_rate < 50%").holds(value) for value in (0.4, 0.5, 0.6)] == [True, False, False]
    assert [read("all error_rate <= 50%").holds(value) for value in (0.4, 0.5, 0.6)] == [True, True, False]
    assert [read("all goodput >= 40/s").holds(value) for value in (39, 40, 41)] == [False, True, True]
    assert [read("dossiers lost == 0").holds(value) for value in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            "",
            "column 1: must be a subject here, the line ends; "
            "begin with a step, a station, `all`, `dossiers` or `portal`",
        ),
        ("submit < 3s", "column 8: must be a metric here, found `<`; write one of " + ", ".join(METRICS)),
        (
            "submit response p95 3s",
            "column 21: must be a relation here, found `3`; write one of < <= > >= ==",
        ),
        (
            "submit response p95 <",
            "column 22: must be a limit here, the line ends; write a number, such as 3s or 0.5%",
        ),
        (
            "submit response p95 < 3s 4",
            "column 26: must be the end of the line here, found `4`; write one budget a line",
        ),
        ("submit response p95 < €3", "column 23: `€` begins no word, number, relation or unit; remove it"),
        (
            "submit respons p95 < 3s",
            "column 8: `respons` is not a metric; did you mean `response`? use one of " + ", ".join(METRICS),
        ),
        (
            "submitt response p95 < 3s",
            "column 1: `submitt` is not a subject of `response`; did you mean `submit`? "
            "use one of all, home, sign_in, submit",
        ),
        (
            "webb utilisation mean < 8%",
            "column 1: `webb` is not a subject of `utilisation`; did you mean `web`? use one of portal, web, database",
        ),
        ("all lost == 0", "column 1: `all` is not a subject of `lost`; use one of dossiers"),
        (
            "submit response < 3s",
            "column 17: `response` needs an aggregate; write `response p99`, or another of p50, p90, p95, p99",
        ),
        (
            "submit response p100 < 3s",
            "column 17: `p100` is not an aggregate of `response`; use one of p50, p90, p95, p99",
        ),
        (
            "submit response mean < 3s",
            "column 17: `mean` is not an aggregate of `response`; use one of p50, p90, p95, p99",
        ),
        ("all goodput p95 >= 40/s", "column 13: `goodput` takes no aggregate, found `p95`; remove it"),
        ("submit response p95 > 3s", "column 21: `response` does not go with `>`; write one of < <="),
        ("all goodput < 40/s", "column 13: `goodput` does not go with `<`; write one of > >="),
        (
            "submit response p95 < 3",
            "column 24: the limit of `response` needs a unit; write 3s, or another of us, ms, s, m, h",
        ),
        (
            "all error_rate < 3",
            "column 19: the limit of `error_rate` needs a unit; write 3%, or another of %",
        ),
        ("dossiers lost == 0%", "column 19: the limit of `lost` is a plain count, found `%`; remove it"),
        (
            "submit response p95 < 3sec",
            "column 24: `sec` is not a unit of `response`; use one of us, ms, s, m, h",
        ),
    ],
)
def test_each_mistake_names_its_column_and_what_to_write(line: str, mistake: str) -> None:
    (found,) = budget_mistakes(line, STEPS, STATIONS)
    assert str(found) == mistake
    assert str(found).startswith(f"column {found.column}: ")


def test_all_mistakes_of_all_lines_come_at_once() -> None:
    lines = ["submitt response < 3", "all error_rate < 1%", "dossiers lost >= 0"]
    with pytest.raises(BadInput) as error:
        read_budgets(lines, STEPS, STATIONS, source="go-live.toml")
    assert [(one.source, one.key, one.value) for one in error.value.mistakes] == [
        ("go-live.toml", "budgets[0]", lines[0]),
        ("go-live.toml", "budgets[0]", lines[0]),
        ("go-live.toml", "budgets[0]", lines[0]),
        ("go-live.toml", "budgets[2]", lines[2]),
    ]
    assert [one.rule.split(":")[0] for one in error.value.mistakes] == [
        "column 1",
        "column 18",
        "column 21",
        "column 15",
    ]
    assert error.value.exit_code == 2


def test_without_a_plan_any_name_but_a_step_may_be_a_station() -> None:
    assert budget_mistakes("storage utilisation mean < 80%", STEPS) == []
    assert len(budget_mistakes("submit utilisation mean < 80%", STEPS)) == 1


def test_parsing_asks_for_no_known_name() -> None:
    assert parse("who what p5 == 1x").metric.text == "what"
    with pytest.raises(BudgetError):
        parse("who what p5 ==")
