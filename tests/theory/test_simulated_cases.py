"""Every case of theory that can be simulated: each value inside a narrow 99.9 % interval, a wrong one outside.

The fastest engine that covers a case plays the replications; the others play the beginning of the first, and tell the
same, bit for bit: so what is shown of one is shown of all.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.draws import purpose
from models.engines.choice import choose
from models.statistics.means import replication_mean
from tests.theory.playing import Played
from tests.theory.studies import STUDIES

REPLICATIONS = 30
LEVEL = 0.999
BEGINNING = 100
"""The other engines play this part of a replication."""

QUANTITIES = [(name, quantity) for name, study in STUDIES.items() for quantity in study.quantities]
OTHERS = [
    (name, other)
    for name, study in STUDIES.items()
    for other in {"recursion": ("event", "simpy"), "event": ("simpy",)}[study.engine]
]


@cache
def measured(name: str) -> dict[str, list[float]]:
    """Return the values of each quantity of a study, one a replication; each study has draws of its own."""
    study = STUDIES[name]
    values: dict[str, list[float]] = {quantity: [] for quantity in study.quantities}
    for replication in range(REPLICATIONS):
        played = study.case.play(purpose(name), replication, study.until_s)
        for key, quantity in study.quantities.items():
            values[key].append(quantity.measure(played))
    return values


@cache
def beginning(name: str, engine: str) -> Played:
    study = STUDIES[name]
    return study.case.play(purpose(name), 0, study.until_s / BEGINNING, engine)


@pytest.mark.parametrize(("name", "quantity"), QUANTITIES, ids=lambda value: value)
def test_agrees_with_theory_and_not_with_wrong_theory(name: str, quantity: str) -> None:
    study = STUDIES[name]
    theory, bound = study.quantities[quantity].theory, study.quantities[quantity].bound
    mean = replication_mean(measured(name)[quantity], LEVEL)
    assert mean.half_width <= bound * theory(1.0)
    assert mean.low <= theory(1.0) <= mean.high
    assert not mean.low <= theory(study.longer) <= mean.high


@pytest.mark.parametrize("name", STUDIES)
def test_the_fastest_engine_plays(name: str) -> None:
    case = STUDIES[name].case
    assert choose(case.network, case.journeys).name == STUDIES[name].engine


@pytest.mark.parametrize(("name", "other"), OTHERS)
def test_other_engines_tell_the_same(name: str, other: str) -> None:
    fastest, same = beginning(name, STUDIES[name].engine), beginning(name, other)
    assert fastest.records.session.size >= 100
    for column, alike in zip(fastest.records, same.records, strict=True):
        assert np.array_equal(column, alike)
    assert fastest.history == same.history


def test_the_page_about_theory_names_the_cases_that_are_simulated() -> None:
    """Case 3 and case 6 with exponential patience stand in files of their own."""
    page = (Path(__file__).parents[2] / "docs" / "theory.md").read_text(encoding="utf-8")
    column = [line.split("|")[-2] for line in page.splitlines() if line.startswith("|")]
    named = {number for entry in column for number in re.findall(r"\d+", entry)}
    assert named == {name.split()[0] for name in STUDIES} | {"3"}
