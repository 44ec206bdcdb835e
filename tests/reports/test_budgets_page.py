"""docs/budgets.md: what it shows is a budget, and what it names is there."""

import re
from pathlib import Path

from reports.budgets import read_budgets
from reports.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "budgets.md"
STEPS = ("submit", "search", "pay")


def test_every_line_shown_is_a_budget() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = block.splitlines()
    assert [budget.text for budget in read_budgets(lines, STEPS)] == lines
    assert {budget.action for budget in read_budgets(lines, STEPS)} == {"fail", "warn", "stop"}


def test_every_metric_and_clause_has_its_row() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    shown = {word for row in rows for word in re.findall(r"`(\w+)", row.split("|")[1])}
    assert set(METRICS) <= shown
    assert {"over", "within", "for", "warn", "waived"} <= shown


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
