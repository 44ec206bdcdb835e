"""The page about theory names every part of it, and nothing that is not there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/theory.md").read_text(encoding="utf-8")
INNER = {"__init__", "ranges", "birth_death"}


def public(path: Path) -> set[str]:
    """Return the functions and classes of a module that others may call."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"}


def test_every_module_is_linked():
    links = set(re.findall(r"\]\(\.\./models/theory/(\w+)\.py\)", PAGE))
    assert links == {path.stem for path in (ROOT / "models/theory").glob("*.py")} - INNER


def test_every_name_exists():
    table = [line for line in PAGE.splitlines() if line.startswith("|")]
    named = set(re.findall(r"`(\w+)`", "\n".join(table)))
    existing = set().union(*(public(path) for path in (ROOT / "models/theory").glob("*.py")))
    assert len(named) >= 20
    assert named <= existing
