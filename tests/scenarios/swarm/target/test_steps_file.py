import hashlib
import re
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import find_scenario, read_scenario
from scenarios.steps import Answer, Get
from scenarios.swarm.target.steps_file import MOST_BYTES, load_steps, read_steps
from tests.scenarios.replay import new_visit

SOUND = '''
"""Steps."""
from dataclasses import dataclass
from typing import TYPE_CHECKING
from scenarios.steps import Get, answered

if TYPE_CHECKING:
    from scenarios.steps import Visit

LIMIT = 2

@dataclass
class Seen:
    n: int

def home(visit: "Visit"):
    for _ in range(LIMIT):
        yield from _look(visit)

def _look(visit):
    answered((yield Get("/")))
'''


def mistakes(text: str, *wanted: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load_steps(text, "my.py", wanted)
    return [re.sub(r"; [^;]*$", "", str(mistake)) for mistake in caught.value.mistakes]


def test_generator_functions_are_the_steps_and_helpers_are_not():
    loaded = load_steps(SOUND, "my.py", ["home"])
    assert list(loaded.steps) == ["home"]
    assert loaded.hash == hashlib.sha256(SOUND.encode()).hexdigest()
    step = loaded.steps["home"](new_visit())
    assert next(step) == Get("/")
    assert step.send(Answer(200, "/", b"")) == Get("/")
    with pytest.raises(StopIteration):
        step.send(Answer(200, "/", b""))


def test_what_is_hashed_is_what_runs(tmp_path):
    path = tmp_path / "my.py"
    path.write_text(SOUND, encoding="utf-8")
    read = read_steps(path)
    path.write_text(SOUND.replace('"/"', '"/changed"'), encoding="utf-8")
    assert next(read.steps["home"](new_visit())) == Get("/")
    assert read_steps(path).hash != read.hash


def test_steps_of_another_file_may_be_imported():
    text = "from scenarios.swarm.steps import home, search\n"
    assert set(load_steps(text, "my.py", ["home", "search"]).steps) == {"home", "search"}


def test_all_mistakes_are_told_at_once_with_their_lines():
    text = """
import time, os.path
from urllib.request import urlopen
from . import other
x = 1
print("a")
for i in []: pass
def home(visit):
    open("x")
def Bad(): yield 1
async def all(visit): yield 2
def two(a, b): yield 3
def two(visit): yield 4
def now(visit):
    today = datetime.now()
    yield Get("/")
"""
    own = "has sockets, clocks, processes or chance of its own, which steps may not have"
    early = "runs when the file is read; only imports, constants, functions and classes may stand here"
    nobody = "is a step of the scenario that no function of the file plays"
    assert mistakes(text, "hom", "dance") == [
        f"my.py:2: import = 'time': {own}",
        f"my.py:2: import = 'os.path': {own}",
        f"my.py:3: import = 'urllib.request': {own}",
        "my.py:4: import = '.': is relative: a steps file stands alone",
        f"""my.py:6: statement = "print('a')": {early}""",
        "my.py:6: call = 'print': reads or writes, which a step may not",
        f"my.py:7: statement = 'for i in []:': {early}",
        "my.py:8: def home: is no generator: it yields nothing",
        "my.py:9: call = 'open': reads or writes, which a step may not",
        "my.py:10: def Bad: must be named with small letters, digits and underscores, as journeys name steps",
        "my.py:10: def Bad = '()': must take one argument, the visit",
        "my.py:11: def all: is a reserved word",
        "my.py:11: def all: is async; a step knows no event loop",
        "my.py:12: def two = '(a, b)': must take one argument, the visit",
        "my.py:13: def two: stands twice",
        "my.py:15: call = 'datetime.now': reads a clock, so that the same visit would not ask the same again",
        f"my.py: steps = 'hom': {nobody}",
        f"my.py: steps = 'dance': {nobody}",
    ]


def test_a_near_name_is_offered():
    with pytest.raises(BadInput, match="did you mean `home`"):
        load_steps(SOUND, "my.py", ["hom"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def home(visit:\n", "my.py:1: syntax: is not Python: '(' was never closed"),
        ("X = 1\n", "my.py: file: holds no step"),
        ("X = len()\ndef home(v): yield X\n", "my.py:1: file: cannot be loaded: TypeError: "),
        ("import nonesuch\ndef home(v): yield 1\n", "my.py:1: file: cannot be loaded: ModuleNotFoundError: "),
        ("from os.path import join as home\n", "import = 'os.path'"),
    ],
)
def test_files_that_cannot_be_loaded(text, words):
    assert any(words in told for told in mistakes(text))


def test_an_import_that_is_no_generator_is_no_step():
    text = "from scenarios.steps import Get as home\ndef search(visit): yield home('/')\n"
    assert mistakes(text, "home") == [
        "my.py: steps = 'home': is a step of the scenario, and what is imported by that name is no generator function"
    ]


def test_nothing_of_a_file_with_mistakes_runs(tmp_path):
    marker = tmp_path / "ran"
    mistakes(f"from pathlib import Path\nX = Path({str(marker)!r}).touch()\nimport socket\ndef home(v): yield 1\n")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"\xff", "is not UTF-8"), (b"#" * (MOST_BYTES + 1), "must not be larger than")],
)
def test_files_that_cannot_be_read(tmp_path, content, words):
    path = tmp_path / "my.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read_steps(path)


def test_the_stand_ins_own_steps_are_a_steps_file():
    path = Path(__file__).parents[4] / "scenarios" / "swarm" / "steps.py"
    steps = load_steps("from scenarios.swarm.steps import *\n", "my.py").steps
    assert path.exists()
    assert set(read_scenario(find_scenario("rehearsal")).steps) <= set(steps)
