"""Scenario files to change, for tests of scenarios."""

from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = """\
schema = 1
name = "small"
title = "A few seconds"
starts = 2025-07-01T08:00:00+07:00
duration_s = 6
as_of = 2025-06-30
seed = 7
budgets = ["all response p95 < 2s", "dossiers lost == 0"]

[population]
value = 101_600_000
assumed = "a test"

[arrivals]
points = [[0, 6], [4, 6], [4, 0], [6, 0]]

[journeys]
brisk_visit = 0.5
brisk_look_up = 0.5

[forecast]
plan = "stand-in"
"""


@pytest.fixture
def scenario_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the small scenario, with texts replaced, and returns its path."""

    def write(*changes: tuple[str, str]) -> Path:
        text = SMALL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "small.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
