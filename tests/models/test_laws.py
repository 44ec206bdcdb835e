"""Laws: one uniform a variate, golden values, and bad ones: every mistake at once, at its line."""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from cutover.base.document import Strict, parse, read_document
from cutover.base.errors import BadInput
from models.draws import stream, uniform
from models.laws import Constant, Exponential, Law, Lognormal

LAW: TypeAdapter[Any] = TypeAdapter(Law)
KEY = stream(5, 0, "laws")


EXPONENTIAL = Exponential(law="exponential", mean_s=0.25)
LOGNORMAL = Lognormal(law="lognormal", mean_s=8.0, cv=1.2)


def test_squared_coefficients_of_variation() -> None:
    assert Constant(law="constant", mean_s=3).scv == 0
    assert EXPONENTIAL.scv == 1
    assert LOGNORMAL.scv == pytest.approx(1.44)


def test_one_uniform_a_variate_rounded_to_nanoseconds() -> None:
    expected = -0.25e9 * np.log(uniform(KEY, 4, 9))
    assert EXPONENTIAL.sample_ns(KEY, 4, 9) == round(expected)
    assert Constant(law="constant", mean_s=1.5e-9).sample_ns(KEY, 4, 9) == 2
    assert type(LOGNORMAL.sample_ns(KEY, 4, 9)) is int


def test_lognormal_without_variation_is_its_mean() -> None:
    assert Lognormal(law="lognormal", mean_s=2.0, cv=0.0).sample_ns(KEY, 1, 1) == 2_000_000_000


def test_the_longest_draw_still_fits_an_instant() -> None:
    widest = Lognormal(law="lognormal", mean_s=1e6, cv=20.0)
    longest = max(widest.sample_ns(KEY, entity, 0) for entity in range(1000))
    assert 1e15 < longest <= 4e18


def test_golden_values() -> None:
    assert [LOGNORMAL.sample_ns(KEY, entity, 0) for entity in (0, 1, 2)] == [
        4118953558,
        1621074814,
        2435192155,
    ]
    assert [EXPONENTIAL.sample_ns(KEY, entity, 0) for entity in (0, 1, 2)] == [
        223637501,
        548184022,
        383581718,
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"law": "gumbel", "mean_s": 1}, "'constant', 'exponential', 'erlang', .*'empirical', 'mixture'"),
        ({"law": "gamma", "mean_s": 1}, "Field required"),
        ({"law": "exponential", "mean_s": 0}, "greater than 0"),
        ({"law": "exponential", "mean_s": float("inf")}, "finite number"),
        ({"law": "lognormal", "mean_s": 1, "cv": -1}, "greater than or equal to 0"),
        ({"law": "lognormal", "mean_s": 1}, "Field required"),
        ({"law": "constant", "mean_s": -1}, "greater than or equal to 0"),
        ({"law": "constant", "mean_s": 1, "cv": 1}, "Extra inputs"),
    ],
)
def test_bad_laws(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LAW.validate_python(data)


class File(Strict):
    """A file with laws."""

    schema_: int = Field(alias="schema")
    laws: dict[str, Law]


def lines_of(path: Path, laws: str) -> list[str]:
    path.write_text("schema = 1\n[laws]\n" + laws)
    with pytest.raises(BadInput) as caught:
        parse(read_document(path), File)
    return [str(mistake).removeprefix(str(path)) for mistake in caught.value.mistakes]


def test_every_mistake_of_every_law_at_its_line(tmp_path: Path) -> None:
    found = lines_of(
        tmp_path / "laws.toml",
        """\
shift = { law = "exponential", mean_s = 1.0, shift_s = 1.0 }
both = { law = "lognormal", mean_s = -1.0, cv = 21 }
wide = { law = "lognormal", mean_s = 1.0, cv = 15, shift_s = 0.5 }
widest = { law = "gamma", mean_s = 2.0, cv = 3.5 }
whole = { law = "erlang", mean_s = 2.0, shape = 2.5 }
steep = { law = "weibull", mean_s = 2.0, shape = 0.1 }
pareto = { law = "bounded_pareto", alpha = 1.5, least_s = 2.0, greatest_s = 1.0, shift_s = 2.0 }
narrow = { law = "hyperexponential", mean_s = 1.0, cv = 0.5 }
neither = { law = "hyperexponential", mean_s = 1.0 }
sum.law = "hyperexponential"
sum.shift_s = 0.5
sum.phases = [{ probability = 0.5, mean_s = 0.5 }, { probability = 0.4, mean_s = 1.0 }]
one = { law = "mixture", parts = [{ weight = 1, of = { law = "constant", mean_s = 1 } }] }
inner.law = "mixture"
inner.parts = [{ weight = 0, of = { law = "gama" } }, { weight = 1, of = { law = "weibull", mean_s = 1, shap = 2 } }]
none = { law = "empirical", values_s = [] }
""",
    )
    assert [re.split(r"; |, got| 'constant'", line)[0] for line in found] == [
        ":3: laws.shift.shift_s = 1.0: must be below `mean_s`, which includes it",
        ":4: laws.both.mean_s = -1.0: input should be greater than 0",
        ":4: laws.both.cv = 21: input should be less than or equal to 20",
        ":5: laws.wide.cv = 15.0: must be from 0 to 10 with this mean and shift",
        ":6: laws.widest.cv = 3.5: must be from 0.01 to 3 with this mean and shift",
        ":7: laws.whole.shape = 2.5: input should be a valid integer",
        ":8: laws.steep.shape = 0.1: input should be greater than or equal to 0.25",
        ":9: laws.pareto.shift_s = 2.0: must be below `least_s`, which includes it",
        ":9: laws.pareto.greatest_s = 1.0: must be above `least_s`",
        ":10: laws.narrow.cv = 0.5: must be from 1 to 20 with this mean and shift",
        ":11: laws.neither: must have `phases` alone, or else `mean_s` and `cv`",
        ":14: laws.sum.phases: probabilities must add up to 1, not 0.9",
        ":14: laws.sum.phases[0].mean_s = 0.5: must be above `shift_s`, which it includes",
        ":15: laws.one.parts: must have 2 or more entries, not 1",
        ":17: laws.inner.parts[0].weight = 0: input should be greater than 0",
        ":17: laws.inner.parts[0].of: input tag 'gama' found using 'law' does not match any of the expected tags:",
        ":17: laws.inner.parts[1].of.shape: is required",
        ":17: laws.inner.parts[1].of.shap = 2: is not a known key",
        ":18: laws.none.values_s: must have 1 or more entries, not 0",
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"law": "exponential", "mean_s": 1.0},
        {"law": "bounded_pareto", "alpha": 1.5, "least_s": 1.0, "greatest_s": 2.0},
        {"law": "hyperexponential", "mean_s": 1.0, "cv": 2.0, "shift_s": 0.5},
        {"law": "gamma", "mean_s": 1.0, "cv": 2.0},
        {"law": "empirical", "values_s": (1.0, 2.0, 3.0), "fractions": (0.0, 0.5, 1.0)},
        {"law": "mixture", "parts": ({"weight": 1, "of": {"law": "constant", "mean_s": 1}},) * 2},
    ],
)
def test_laws_are_written_as_they_are_read(data: dict[str, Any]) -> None:
    law = LAW.validate_python(data)
    assert law.model_dump(by_alias=True, exclude_defaults=True) == data
    again = LAW.validate_python(law.model_dump(by_alias=True))
    assert again == law
    assert again.sample_ns(KEY, 0, 0) == law.sample_ns(KEY, 0, 0)
    assert again == law  # with tables of their own by now
    assert pickle.loads(pickle.dumps(law)) == law
