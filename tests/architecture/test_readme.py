"""What the README and the contributor's page tell people to type exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md")


def typed(page: str) -> list[str]:
    """Return the lines of a page's shell blocks, and its inline commands."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|cutover) [^`]+)`", text)
    return [line for line in [*lines, *inline] if line]


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    used = {word for line in typed(page) if line.startswith("make ") for word in line.split()[1:]}
    assert used
    assert used <= targets


def test_every_command_and_option_exists():
    lines = [line.split() for line in typed("README.md") if line.startswith("cutover ")]
    assert len(lines) >= 5
    for words in lines:
        command = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)]
        group = command[:2] if command[0] in ("scenario", "portal", "runs") else command[:1]
        ended = subprocess.run([sys.executable, "-m", "cutover", *group, "--help"], capture_output=True, text=True)
        assert ended.returncode == 0, words
        assert all(option.split("=")[0] in ended.stdout for option in words if option.startswith("--")), words


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
