"""What docs/ci.md tells people to write is what action and template take."""

import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_examples_give_inputs_and_variables_that_there_are():
    github, gitlab = (yaml.safe_load(text) for text in blocks("yaml"))
    action = yaml.safe_load((ROOT / "ci" / "github" / "action.yml").read_text(encoding="utf-8"))
    [step] = [step for step in github["jobs"]["load"]["steps"] if "cutover" in step.get("uses", "")]
    assert set(step["with"]) <= set(action["inputs"])
    assert {name for name in action["outputs"] if f"`{name}`" in PAGE} == set(action["outputs"])
    template = yaml.safe_load((ROOT / "ci" / "gitlab" / "cutover.yml").read_text(encoding="utf-8"))
    job = gitlab["load-test"]
    assert job["extends"] in template
    assert set(job["variables"]) <= set(template[job["extends"]]["variables"])
    assert gitlab["include"][0]["file"] == "ci/gitlab/cutover.yml"


def test_every_extra_stands_on_the_page():
    extras = set(metadata("cutover").get_all("Provides-Extra")) - {"dev"}
    table = PAGE[PAGE.index("| extra |") : PAGE.index("A command whose extra")]
    assert (
        set(re.findall(r"`([a-z]+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if "|" in line)))
        == extras
    )


def test_the_options_of_the_gate_are_there():
    shown = subprocess.run([sys.executable, "-m", "cutover", "gate", "--help"], capture_output=True, text=True).stdout
    options = {option for text in blocks("sh") for option in re.findall(r"--[a-z-]+", text)}
    assert len(options) >= 8
    assert all(option in shown for option in options)
