import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.base.errors import BadInput
from reports.budgets import METRICS, Budget, Hours, Waiver, budget_mistakes, read_budgets, read_budgets_file
from reports.grammar.sentence import parse

STEPS = ("home", "sign_in", "submit")
STATIONS = ("web", "database")
LATENCIES = "p50, p90, p95, p99, mean, max"


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
        ("database utilisation p95 < 80%", "database", "utilisation", 0.95, "<", 0.8),
        ("portal availability >= 99.9%", "portal", "availability", None, ">=", 0.999),
        ("backlog age max < 24h", "backlog", "age", None, "<", 86400.0),
        ("submit response mean < 3s", "submit", "response", None, "<", 3.0),
        ("submit response p95 <= baseline + 3%", "submit", "response", 0.95, "<=", 0.03),
        ("submit goodput >= baseline - 3.5%", "submit", "goodput", None, ">=", -0.035),
        ("all service p99 < baseline", "all", "service", 0.99, "<", 0.0),
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
    assert budget.limit == limit
    assert budget.text == re.sub("<2m", " < 2m", line)
    assert budget.is_relative == ("baseline" in line)
    assert read(budget.text) == budget


def test_clauses_say_when_how_long_and_what_a_breach_does() -> None:
    budget = read(
        "sign_in response p99<5s within 7:30..9:30  over 1m for 90s stop waived until 2026-12-31 because a  b"
    )
    assert (budget.over_s, budget.within, budget.stop_after_s) == (60.0, Hours(27000, 34200), 90.0)
    assert (budget.action, budget.warns) == ("stop", False)
    assert budget.waiver == Waiver(date(2026, 12, 31), "a b")
    assert budget.text == (
        "sign_in response p99 < 5s over 1m within 07:30..09:30 for 90s stop waived until 2026-12-31 because a b"
    )
    assert read(budget.text) == budget
    assert read("all error_rate < 1% warn").action == "warn"
    assert read("all error_rate < 1%").action == "fail"
    night = read("all error_rate < 1% within 22:00..6:00").within
    assert night is not None
    assert (str(night), night.length_s) == ("22:00..06:00", 8 * 3600)


def test_spaces_and_order_of_clauses_change_nothing() -> None:
    lines = (
        "all response p95 < 80 s over 2m warn",
        "all  response p95<80s warn over 2m",
        "all\tresponse p95 <80s over 2m warn",
    )
    assert len({read(line) for line in lines}) == 1


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
            "begin with a step, a station, `all`, `dossiers`, `portal` or `backlog`",
        ),
        ("submit < 3s", "column 8: must be a metric here, found `<`; write one of " + ", ".join(METRICS)),
        (
            "submit response p95 3s",
            "column 21: must be a relation here, found `3`; write one of < <= > >= ==",
        ),
        (
            "submit response p95 <",
            "column 22: must be a limit here, the line ends; write a number, such as 3s or 0.5%, or `baseline + 3%`",
        ),
        (
            "submit response p95 < 3s 4",
            "column 26: must be a clause or the end of the line here, found `4`; "
            "write one of over, within, for, warn, waived, or remove it",
        ),
        ("submit response p95 < €3s", "column 23: `€` begins no word, number, relation or unit; remove it"),
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
            "column 17: `response` needs an aggregate; write `response p95`, or another of " + LATENCIES,
        ),
        (
            "submit response p100 < 3s",
            "column 17: `p100` is not an aggregate of `response`; use one of " + LATENCIES,
        ),
        (
            "submit response men < 3s",
            "column 17: `men` is not an aggregate of `response`; did you mean `mean`? use one of " + LATENCIES,
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
    sentence, mistakes = parse("who what p5 == 1x")
    assert not mistakes
    assert sentence.metric is not None
    assert sentence.metric.text == "what"


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("all error_rate < 1% ovr 1m", 21, "`ovr` is not a clause; did you mean `over`? use one of over, within, "),
        ("all error_rate < 1% over 1", 27, "the duration of `over` needs a unit; write 1s, or another of s, m, h"),
        ("all error_rate < 1% over 1ms", 27, "`ms` is not a unit of the duration of `over`; "),
        ("all error_rate < 1% over 0s", 26, "the duration of `over` must be above 0 and at most ten years; "),
        ("all error_rate < 1% for 60s", 28, "must be `stop` here, the line ends; write `for 60s stop`: "),
        ("all error_rate < 1% within 7:30..24:01", 34, "there is no time 24:01; write 00:00 to 24:00"),
        ("all error_rate < 1% within 7:30..07:30", 34, "the hours end when they begin; "),
        ("all error_rate < 1% within 7..9", 28, "must be a time here, found `7`; write two times of the day, "),
        ("all error_rate < 1% waived until 2026-02-30 because x", 34, "there is no day 2026-02-30; "),
        ("all error_rate < 1% waived until 2026-02-20", 44, "must be `because` here, the line ends; "),
        ("all error_rate < 1% waived until 2026-02-20 because ", 53, "must be a reason here, the line ends; "),
        ("all error_rate < 1% waived until 2026-02-20 because a\x07", 53, "the reason holds signs that cannot be "),
        ("all error_rate < 1% over 1m over 2m", 29, "`over` stands here twice; remove one"),
        ("all error_rate < 1% warn for 60s stop", 21, "what only warns cannot stop the run; "),
        ("dossiers lost == 0 over 1m", 20, "`over` does not go with `lost`: `dossiers` are counted once, "),
        ("portal utilisation p95 < 80% for 60s stop", 30, "a run cannot be stopped by `utilisation`; "),
        ("all response max < 9s for 60s stop", 14, "a run cannot be stopped by a max; limit a percentile, "),
        ("all error_rate < 101%", 18, "`error_rate` is never above 100%; write a smaller limit"),
        ("all goodput > " + "9" * 400 + "/s", 15, "the number is too large; write a smaller one"),
        ("dossiers lost == baseline", 18, "`lost` is not compared with a baseline; write a limit of its own, "),
        ("all response max < baseline", 20, "`response max` is not compared with a baseline; "),
        ("all response p95 < baseline + 3", 32, "the limit of `response` needs a unit; write 3%, or another of %"),
        ("all response p95 < baseline over 1m", 29, "`over` does not go with `baseline`, which compares whole runs"),
    ],
)
def test_a_mistake_of_a_clause_or_limit_has_its_column(line: str, column: int, said: str) -> None:
    (found,) = budget_mistakes(line, STEPS, STATIONS)
    assert found.column == column
    assert str(found).removeprefix(f"column {column}: ").startswith(said)


def test_every_mistake_of_a_line_comes_at_once() -> None:
    line = "subm response p95 < 3parsecs over 3 within 25:00..x waived untl 2026-13-01 because of it"
    assert [(found.column, found.rule.split(": ")[1]) for found in budget_mistakes(line, STEPS, STATIONS)] == [
        (1, "`subm` is not a subject of `response`"),
        (22, "`parsecs` is not a unit of `response`"),
        (36, "the duration of `over` needs a unit"),
        (44, "there is no time 25:00"),
        (51, "must be a time here, found `x`"),
        (60, "must be `until` here, found `untl`"),
        (65, "there is no day 2026-13-01"),
    ]


def test_a_file_of_budgets_has_comments_and_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "budgets.txt"
    path.write_text("# ours\n\nall error_rate < 1%\n  # theirs\nsubmit response p95 < 3s\n")
    assert [budget.text for budget in read_budgets_file(path, STEPS)] == [
        "all error_rate < 1%",
        "submit response p95 < 3s",
    ]
    path.write_text("# ours\nall error_rate < 1\nsubmt response p95 < 3s")
    with pytest.raises(BadInput) as error:
        read_budgets_file(path, STEPS)
    assert [mistake.line for mistake in error.value.mistakes] == [2, 3]
    path.write_text("# nothing\n")
    with pytest.raises(BadInput, match="holds no budget"):
        read_budgets_file(path, STEPS)
    with pytest.raises(BadInput, match="cannot be read"):
        read_budgets_file(tmp_path / "none.txt", STEPS)


WORDS = st.sampled_from(
    (
        *("all", "submit", "dossiers", "portal", "backlog", "web", "response", "error_rate", "goodput", "lost", "age"),
        *("utilisation", "availability", "p95", "p99.9", "mean", "max", "<", "<=", ">", ">=", "==", "3", "3s", "0.5%"),
        *("40/s", "baseline", "+", "-", "3%", "over", "within", "for", "stop", "warn", "waived", "until", "because"),
        *("1m", "60s", "07:30", "..", "22:00..06:00", "2026-12-31", "2026-02-30", "1e9", "½", "\x00", "#", "99:99"),
    )
)


@given(
    st.one_of(
        st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS, max_size=9).map("".join)
    )
)
def test_any_text_is_a_budget_or_mistakes(line: str) -> None:
    mistakes = budget_mistakes(line, STEPS, STATIONS)
    assert all(1 <= mistake.column <= len(line) + 1 for mistake in mistakes)
    assert all(str(mistake).isprintable() for mistake in mistakes)
    if not mistakes:
        assert read(read(line).text) == read(line)


SUBJECTS = {
    "step": ("all", *STEPS),
    "station": ("portal", *STATIONS),
    "dossiers": ("dossiers",),
    "portal": ("portal",),
    "backlog": ("backlog",),
}
NUMBERS = st.one_of(st.integers(0, 99).map(str), st.decimals(0, 99, places=3).map(lambda number: f"{number:f}"))
CLAUSES = {
    "over": NUMBERS.filter(lambda text: float(text) > 0).map(lambda number: f"over {number}h"),
    "within": st.sampled_from(("within 07:30..09:30", "within 22:00..6:00", "within 00:00..23:59")),
    "for": st.just("for 60s stop"),
    "warn": st.just("warn"),
}


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Any line that means something."""
    name = draw(st.sampled_from(sorted(METRICS)))
    metric = METRICS[name]
    aggregate = draw(st.sampled_from((*metric.aggregates, "p12.5"))) if metric.aggregates else ""
    unit = {"s": "ms", "share": "%", "per_s": "/s", "count": ""}[metric.unit]
    limit = draw(NUMBERS) + unit
    known = [clause for clause in CLAUSES if metric.has_time or clause == "warn"]
    if not metric.is_live or aggregate in ("mean", "max"):
        known = [clause for clause in known if clause != "for"]
    if metric.of == "step" and aggregate != "max" and draw(st.booleans()):
        limit, known = f"baseline {draw(st.sampled_from('+-'))} {draw(NUMBERS)}%", ["warn"]
    chosen = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
    if "warn" in chosen and "for" in chosen:
        chosen.remove("warn")
    clauses = [draw(CLAUSES[clause]) for clause in chosen]
    waiver = draw(st.sampled_from(("", "waived until 2026-12-31 because of < this, waived: over 3s")))
    words = (
        draw(st.sampled_from(SUBJECTS[metric.of])),
        name,
        aggregate,
        draw(st.sampled_from(metric.relations)),
        limit,
    )
    return " ".join(word for word in (*words, *clauses, waiver) if word)


@given(lines())
def test_what_is_printed_is_read_as_it_was(line: str) -> None:
    assert budget_mistakes(line, STEPS, STATIONS) == []
    budget = read(line)
    assert read(budget.text) == budget
