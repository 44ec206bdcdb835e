"""The pytest plugin: a run that is given on the command line, as a fixture.

def test_submitting_is_quick(cutover_run):
    assert cutover_run.meets("submit response p95 < 3s", "submit error_rate < 1%")

pytest --cutover-run runs/20261122T020618Z-pilot-measured
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # it is loaded by every pytest: what reads runs, only where one is tested
    from reports.under_test import RunUnderTest

OPTION = "--cutover-run"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the run."""
    group = parser.getgroup("cutover")
    group.addoption(OPTION, type=Path, metavar="FOLDER", help="the run that the fixture cutover_run opens")


@pytest.fixture(scope="session")
def cutover_run(request: pytest.FixtureRequest) -> "RunUnderTest":
    """Return the run that --cutover-run names; a test that asks for it fails where none is named, or it is none."""
    from cutover.base.errors import BadInput
    from reports.under_test import RunUnderTest

    folder: Path | None = request.config.getoption(OPTION)
    if folder is None:
        pytest.fail(f"no run to test: name one with {OPTION} FOLDER", pytrace=False)
    try:
        return RunUnderTest.open(folder)
    except BadInput as error:
        pytest.fail(str(error), pytrace=False)
