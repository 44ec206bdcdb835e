"""docs/steps.md is true: its names exist, and its supplies file can be read."""

import re
from pathlib import Path

import scenarios.steps
from scenarios.swarm.target.steps_file import load_steps
from scenarios.swarm.target.supplies import read_supplies

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "steps.md").read_text(encoding="utf-8")


def test_every_name_that_steps_are_written_with_is_on_the_page():
    missing = [name for name in scenarios.steps.__all__ if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == ["Ask"]  # a type that only annotations of helpers need


def test_the_first_example_is_a_steps_file():
    code = re.search(r"## A steps file\n\n(    .*?)\n\nA step yields", PAGE, re.DOTALL)[1]
    assert set(load_steps(re.sub(r"^    ", "", code, flags=re.MULTILINE), "page.py").steps) == {"home", "sign_in"}


def test_the_supplies_file_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_KEY", "a key")
    text = re.search(r"```toml\n(schema = 1\n.*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "supplies.toml").write_text(text, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("user\nan\n", encoding="utf-8")
    (tmp_path / "accounts.csv").chmod(0o600)
    (tmp_path / "plates.csv").write_text("plate\n30A\n", encoding="utf-8")
    supplies = read_supplies(tmp_path / "supplies.toml")
    assert supplies.cast.used_by == ("sign_in",)
    assert set(supplies.rows) == {"vehicles"}


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        page, _, heading = target.partition("#")
        text = (ROOT / "docs" / page).read_text(encoding="utf-8") if page else PAGE
        assert not heading or f"\n## {heading.replace('-', ' ')}\n" in text.lower(), target


def test_the_closed_example_on_the_page_is_the_file():
    shown = next(block for block in re.findall(r"(?:^    .*\n|^\n)+", PAGE, re.MULTILINE) if "CitizenUser" in block)
    lines = [line.partition("#")[0].strip() for line in shown.splitlines()]
    file = (ROOT / "docs" / "examples" / "closed_citizens.py").read_text(encoding="utf-8")
    own = [line.strip() for line in file.splitlines() if '"""' not in line]
    assert [line for line in lines if line] == [line for line in own if line]
