"""What all tests share: Hypothesis draws the same each time; system tests without their package are left out."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None)  # a compiled function's first call takes seconds
settings.load_profile("house")

# Debian keeps the programs of a database server off the path.
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])

LEFT_OUT: dict[str, int] = {}
REQUIRED = os.environ.get("CUTOVER_SYSTEM_TESTS") == "required"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `system("command")` whose command is not here, unless CI requires all of them."""
    kept, left_out = [], []
    for item in items:
        marker = item.get_closest_marker("system")
        missing = [command for command in marker.args if shutil.which(command) is None] if marker else []
        (left_out if missing and not REQUIRED else kept).append(item)
        for command in missing:
            LEFT_OUT[command] = LEFT_OUT.get(command, 0) + 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many system tests could not run here, and what they need."""
    if LEFT_OUT and not REQUIRED:
        needs = ", ".join(f"{count} need `{command}`" for command, count in sorted(LEFT_OUT.items()))
        terminalreporter.write_line(f"system tests left out here: {needs}")
