import pytest

from cutover.base.errors import BadInput
from scenarios.journey import read_journey

JOURNEY = """\
schema = 1
name = "short"
description = "Two steps"

[[steps]]
name = "home"
next = { search = 0.5, exit = 0.5 }

[[steps]]
name = "search"
think = { law = "constant", mean_s = 1.0 }
next = { exit = 1.0 }
"""


@pytest.fixture
def written(tmp_path):
    def write(old="", new=""):
        assert old in JOURNEY
        folder = tmp_path / "journeys"
        folder.mkdir(exist_ok=True)
        (folder / "short.toml").write_text(JOURNEY.replace(old, new) if old else JOURNEY, encoding="utf-8")
        return tmp_path

    return write


def test_a_journey_beside_the_scenario_is_read(written):
    journey, digest = read_journey("short", written())
    assert [step.name for step in journey.steps] == ["home", "search"]
    assert journey.steps[0].following == (("search", 0.5), (None, 0.5))
    assert journey.steps[1].think.mean_s == 1.0
    assert journey.steps[0].limit_s == 30.0
    assert len(digest) == 32


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'name = "short"',
            'name = "long"',
            ":2: name = 'long': must be the file's own name; write name = \"short\"",
        ),
        (
            "{ search = 0.5,",
            "{ serch = 0.5,",
            ":7: steps[0].next = 'serch': is no step of this journey; use one of: home, search, exit",
        ),
        (
            "exit = 0.5 }",
            "exit = 0.4 }",
            ":7: steps[0].next: probabilities must add up to 1, not 0.9; give the rest to `exit`",
        ),
        ('name = "search"', 'name = "home"', ":10: steps[1].name = 'home': stands twice; rename one"),
        ('name = "search"', 'name = "portal"', ":10: steps[1].name = 'portal': is a reserved word"),
        (
            "next = { exit = 1.0 }",
            "next = { search = 1.0 }",
            ":12: steps[1].next = 'search': never leads to `exit`; give it a way out",
        ),
        ('law = "constant"', 'law = "constat"', ":11: steps[1].think"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(written, old, new, words):
    with pytest.raises(BadInput) as caught:
        read_journey("short", written(old, new))
    assert words in str(caught.value)
