from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from cutover.base.document import Strict, dotted, parse, read_document
from cutover.base.errors import (
    BadInput,
    CutoverError,
    Interrupted,
    InvalidRun,
    Mistake,
    NotIdentifiable,
    TargetRefused,
)

TEXT = """\
schema = 1
name = "x"

[a.b]   # a table
c = { law = "one", mean_s = 1.0 }
"quoted key" = 2

[[j]]
n = 1
[[j]]
n = 2
[j.sub]
k = 3
list = [
  1,
  2,
]
last = true
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "x.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_every_key_knows_its_line(write):
    document = read_document(write(TEXT))
    lines = {
        ("name",): 2,
        ("a", "b"): 4,
        ("a", "b", "c"): 5,
        ("a", "b", "c", "mean_s"): 5,
        ("a", "b", "quoted key"): 6,
        ("j", 0, "n"): 9,
        ("j", 1): 10,
        ("j", 1, "n"): 11,
        ("j", 1, "sub", "k"): 13,
        ("j", 1, "sub", "list"): 14,
        ("j", 1, "sub", "last"): 18,
    }
    assert {keys: document.line(keys) for keys in lines} == lines
    assert document.line(("a", "b", "not there")) == 4  # the table around it
    assert document.line(("nowhere",)) is None


def test_keys_are_written_as_people_write_them():
    assert dotted(("journeys", 0, "name")) == "journeys[0].name"
    assert dotted(()) == "(whole file)"


class One(Strict):
    law: Literal["one"]
    mean_s: Annotated[float, Field(gt=0)]


class Two(Strict):
    law: Literal["two"]


class Root(Strict):
    schema_: Annotated[int, Field(alias="schema")]
    name: Annotated[str, Field(min_length=2)]
    law: Annotated[One | Two, Field(discriminator="law")]


def test_mistakes_have_place_value_rule_and_remedy(write):
    path = write('schema = 1\nname = "x"\nlaw = { law = "one", mean_s = -1 }\nlow = 3\n')
    with pytest.raises(BadInput) as caught:
        parse(read_document(path), Root)
    assert str(caught.value).splitlines() == [
        f"{path}:2: name = 'x': string should have at least 2 characters; correct the value",
        f"{path}:3: law.mean_s = -1: input should be greater than 0; correct the value",
        f"{path}:4: low = 3: is not a known key; did you mean `law`?",
    ]


def test_a_key_that_belongs_elsewhere_is_not_mistaken_for_itself(write):
    path = write('schema = 1\nname = "xy"\nmean_s = 2\nlaw = { law = "two" }\n')
    with pytest.raises(BadInput, match=r"x\.toml:3: mean_s = 2: is not a known key; remove it"):
        parse(read_document(path), Root)


def test_a_missing_key_is_named(write):
    with pytest.raises(BadInput, match=r"x\.toml: name: is required; add the key"):
        parse(read_document(write('schema = 1\nlaw = { law = "two" }')), Root)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab=\"[]{}.,#\n 1'"), max_size=60))
def test_any_text_is_read_or_refused_in_words(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "x.toml"
    path.write_text(text, encoding="utf-8")
    outcome = None
    try:
        outcome = read_document(path).data
    except BadInput as error:
        outcome = error.mistakes
    assert outcome is not None


def test_exit_codes_are_those_of_the_design():
    kinds = (CutoverError, BadInput, NotIdentifiable, InvalidRun, TargetRefused, Interrupted)
    codes = {error: error.exit_code for error in kinds}
    assert list(codes.values()) == [1, 2, 4, 5, 6, 130]
    text = str(Mistake("f.toml", "k", 3, "must be 4", "write 4", 7))
    assert text == "f.toml:7: k = 3: must be 4; write 4"
    assert str(BadInput.single("--x", "k", None, "is missing", "add it")) == "--x: k: is missing; add it"
