"""The page: verdict first, nothing from elsewhere, its figures those of the summary."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from reports import tables
from reports.gate import judge
from reports.page import page
from reports.quantities import quantity, share
from reports.run import Run
from reports.summary import Summary

Made = Callable[..., Run]


class Text(HTMLParser):
    """Collects a page's text, and checks that each element that opens also closes."""

    VOID = ("meta", "link", "br", "path", "use", "rect")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.parts.append(data.strip())

    @property
    def words(self) -> str:
        return " ".join(part for part in self.parts if part)


def text_of(html: str) -> str:
    found = Text(html)
    assert found.open == []
    return found.words


def test_the_page_opens_with_the_verdict_and_why(made: Made) -> None:
    run = made(mean_s=3.0)
    verdict = judge(run)
    words = text_of(page(run, verdict))
    assert words.index("FAIL") < words.index(verdict.reason) < words.index("Budgets")
    for judgement in verdict.judgements:
        assert judgement.reason in words


def test_the_page_says_where_the_people_of_communes_come_from(made: Made) -> None:
    run = made()
    assert "People of communes synthetic allocation" in text_of(page(run, judge(run)))


def test_nothing_is_loaded_from_elsewhere(made: Made) -> None:
    html = page(made(), judge(made()))
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html)
    assert "url(http" not in html
    assert "@import" not in html
    assert "<script" not in html
    assert "default-src 'none'" in html


def test_every_drawing_has_an_alternative_text_and_ids_are_unique(made: Made) -> None:
    run = made(kind="simulated", stations=("web",))
    html = page(made(), judge(run), run, run)
    assert html.count("<svg ") == html.count('<svg role="img" aria-label="') >= 5
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_numbers_are_the_summary_s(made: Made) -> None:
    run = made(failing=0.01)
    words = text_of(page(run, judge(run)))
    for name, step in Summary.of(run).steps.items():
        assert step.response is not None
        row = (
            name,
            f"{step.offered:,}",
            f"{step.ok:,}",
            quantity(step.error_rate, "share"),
            quantity(step.response.p50_s, "s"),
        )
        assert " ".join(row) in words


@pytest.mark.parametrize(
    ("fields", "verdict", "finding"),
    [
        ({"steps_per_s": 0.0}, "INVALID", "No step was offered in the measurement window."),
        ({"state": "interrupted", "stop_s": 22}, "INVALID interrupted", "The run was interrupted after 22 s of 40 s."),
        ({"state": "interrupted", "stop_s": 0}, "INVALID interrupted", "The run was interrupted after 0 s of 40 s."),
        ({"validity": ("The target never answered.",)}, "INVALID", "The target never answered."),
        ({"budgets": ()}, "INCONCLUSIVE", "The run has no budgets to judge it by."),
    ],
)  # fmt: skip
def test_a_poor_run_says_so_at_the_top(made: Made, fields: dict[str, Any], verdict: str, finding: str) -> None:
    run = made(**fields)
    words = text_of(page(run, judge(run)))
    assert words.index(f"{verdict} {finding}") < words.index("Sessions started")


def test_models_findings_are_shown_as_they_were_stored(made: Made) -> None:
    calibration = {
        "window": {"from_s": 3.0, "to_s": 28.0},
        "steps": [{"step": "home", "count": 200, "demand_s": 0.0031, "delay_s": 0.004, "cv": 0.5}],
    }
    assumed = {"what": "population", "value": "101,600,000", "origin": "assumed"}
    run = made(findings={"calibration": calibration})
    predicted = made(kind="simulated", findings={"assumptions": [assumed]})
    analytic = {"applies": "steady state", "stations": [{"name": "web", "arrival_rps": 12.5, "wait_s": None}]}
    national = made(kind="simulated", stations=("web",), budgets=("web utilisation mean < 90%",),
                    findings={"assumptions": [assumed], "analytic": analytic})  # fmt: skip
    words = text_of(page(run, judge(run), predicted, national))
    assert "calibrated from 3 s to 28 s of the measured run" in words
    assert "home 200 3.1 ms 4 ms 0.5" in words
    assert words.count("population 101,600,000 assumed") == 1
    assert "web 12.5/s –" in words
    assert "PASS. The only budget is met, at 95 % confidence." in words


def test_a_forecast_says_first_what_it_rests_on_and_shows_what_it_foresees(made: Made) -> None:
    bars = [
        {"name": "demand.volume", "value_at_low": 1.0, "value_at_high": None},
        {"name": "plan: work", "value_at_low": 1.5, "value_at_high": 2.5},
    ]
    moved = {"budget": "all response p95 < 3s", "unit": "s", "limit": 3.0, "value": 2.0, "bars": bars}
    family = {"station": "provincial", "provinces": [{"province": "01", "name": "Hà Nội", "utilisation": 0.5}]}
    foresight = {"words": ["all response p95 < 3s: holds in 9 of 10"], "provinces": {"families": [family]}}
    findings = {
        "extrapolation": {"words": "Extrapolated: the load 4 times what was measured."},
        "foresight": foresight,
        "tornado": moved | {"words": ["all response p95 < 3s: 2 s", "  demand.volume 1: the verdict flips at 1.2"]},
    }
    run = made(kind="simulated", findings=findings)
    words = text_of(page(run, judge(run)))
    assert words.index("Extrapolated: the load 4 times") < words.index(judge(run).reason)
    assert "All response p95 < 3s: holds in 9 of 10." in words
    assert "demand.volume 1: the verdict flips at 1.2." in words
    assert "demand.volume moves the answer most: 1 s to not reached" in words
    assert "01 Hà Nội 50 %" in words
    national = text_of(page(made(), judge(made()), None, run))
    assert "What is to be foreseen of the national day" in national
    assert "Extrapolated: the load 4 times what was measured." in national


def test_returns_are_told_with_the_demand(made: Made) -> None:
    run = made(kind="simulated", returns=(3, 1))
    first = Summary.of(run).arrivals.started_sessions
    words = text_of(page(run, judge(run)))
    said = f"Visits: first {first}, come back 120 ({share(120 / (120 + first))} of all); steps reloaded 40 times."
    assert said in words
    assert "Visits: first" not in text_of(page(made(), judge(made())))


def test_a_refused_calibration_is_told(made: Made) -> None:
    run = made(findings={"calibration": {"refused": "too few samples of `pay`"}})
    assert "No prediction: too few samples of `pay`." in text_of(page(run, judge(run)))


def test_dossiers_are_listed_by_class() -> None:
    part = {"submitted": 30, "receipted": 29, "matched": 17, "unseen": ["R0"], "altered": [], "duplicated": [],
            "foreign": [], "lost": [f"R{n}" for n in range(1, 13)], "fails": True}  # fmt: skip
    table = tables.dossiers(part)
    lost = next(row for row in table.rows if row[0].text == "lost")
    assert [cell.text for cell in lost] == [
        "lost",
        "12",
        "receipted, but not stored, or deleted, rejected or cancelled since",
        "R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 and 2 more",
    ]


def test_text_from_a_run_cannot_become_markup(made: Made) -> None:
    run = made(title="<script>alert(1)</script>", validity=("<b>bold</b>",))
    html = page(run, judge(run))
    assert "<script" not in html
    assert "<b>" not in html
