"""Whether a run made again is the same."""

import base64
import re
import shutil
import zlib

import pytest

from reports.likeness import Likeness
from reports.run import Run
from reports.writer import COUNTERS, LATENCY


@pytest.fixture
def pair(made, tmp_path):
    """Return a simulated run, and the folder of its copy."""
    run = made(kind="simulated", duration_s=6)
    shutil.copytree(run.folder, tmp_path / "again")
    return run, tmp_path / "again"


def edit(folder, name, change):
    path = folder / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def packed_anew(text: str) -> str:
    """Compress every histogram otherwise, as another zlib would."""

    def again(found: re.Match[str]) -> str:
        raw = base64.b64decode(found[0])
        payload = zlib.compress(zlib.decompress(raw[8:]), 1)
        return base64.b64encode(raw[:4] + len(payload).to_bytes(4, "big") + payload).decode()

    return re.sub(r"HISTFAAA[A-Za-z0-9+/=]+", again, text)


def test_a_copy_is_the_same_run(pair):
    run, again = pair
    found = Likeness.of(run, Run.open(again))
    assert found.same
    assert found.words() == ["The same run: 5 files, byte for byte."]


def test_the_same_counts_packed_otherwise_are_the_same_run(pair):
    run, again = pair
    for name in (LATENCY, COUNTERS):
        edit(again, name, packed_anew)
        assert (again / name).read_bytes() != (run.folder / name).read_bytes()
    found = Likeness.of(run, Run.open(again))
    assert found.same
    assert found.words() == [f"The same counts; packed by another zlib: {LATENCY}, {COUNTERS}."]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (COUNTERS, lambda text: text.replace('"planned":', '"planned":1', 1), f"{COUNTERS} differs"),
        (LATENCY, lambda text: "\n".join(text.splitlines()[:-1]) + "\n", f"{LATENCY} differs"),
        ("events.jsonl", lambda text: text + '{"t": 1, "event": "made up"}\n', "events.jsonl differs"),
        ("run.json", lambda text: text.replace('"seed": 7', '"seed": 8'), "run.json differs in `seed`"),
    ],
)
def test_any_other_difference_is_told(pair, name, change, told):
    run, again = pair
    edit(again, name, change)
    found = Likeness.of(run, Run.open(again))
    assert not found.same
    assert found.words()[0] == f"It is another run: {told}."


def test_a_file_that_one_of_them_misses_is_a_difference(pair):
    run, again = pair
    (again / COUNTERS).unlink()
    assert Likeness.of(run, Run.open(again)).differs == (f"{COUNTERS} differs",)


def test_replications_are_compared_too(pair):
    run, again = pair
    for folder in (run.folder, again):
        shutil.copytree(folder, folder / "replications" / "0")
    edit(again / "replications" / "0", LATENCY, lambda text: "\n".join(text.splitlines()[:-1]) + "\n")
    found = Likeness.of(run, Run.open(again))
    assert (found.files, found.differs) == (9, (f"replications/0/{LATENCY} differs",))


def test_another_machine_or_version_is_told_and_no_difference(pair):
    run, again = pair
    edit(again, "run.json", lambda text: text.replace('"cores": 2', '"cores": 4').replace('"3.12"', '"3.13"'))
    found = Likeness.of(run, Run.open(again))
    assert found.same
    assert found.notes == ("machine: cores was 2, is 4.", "versions: python was 3.12, is 3.13.")
