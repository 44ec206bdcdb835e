"""Runs of one code and of a slower one, for what compares them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.budgets import Budget, read_budgets
from reports.run import Run
from reports.writer import merge_findings
from tests.reports.conftest import STEPS


@pytest.fixture
def budget() -> Callable[[str], Budget]:
    """Return a function that reads a budget."""

    def read(line: str) -> Budget:
        (found,) = read_budgets([line], STEPS)
        return found

    return read


@pytest.fixture
def changed() -> Callable[..., Run]:
    """Return a function that changes fields of a run's header on disk."""

    def change(run: Run, **fields: Any) -> Run:
        header = run.header.model_copy(update=fields)
        (run.folder / "run.json").write_text(header.to_json(), encoding="utf-8")
        return Run.open(run.folder)

    return change


@pytest.fixture
def with_generators() -> Callable[[Run, int], Run]:
    """Return a function that says by how many generators a run was made."""

    def tell(run: Run, number: int) -> Run:
        merge_findings(run.folder, {"baseline": {"generators": number}})
        return Run.open(run.folder)

    return tell


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the folder of a store that is not there yet."""
    return tmp_path / "store"
