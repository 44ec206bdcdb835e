"""Portals and swarms as users start them, ended by their ids."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.swarm.right.playing import Swarm
from tests.scenarios.swarm.right.standing import Standing


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Standing]:
    serving = Standing(tmp_path / "portal")
    yield serving
    serving.kill()


@pytest.fixture
def swarm(tmp_path: Path) -> Iterator[Callable[..., Swarm]]:
    """Return a function that starts `cutover swarm ARGUMENTS`, headless."""
    swarms: list[Swarm] = []

    def start(*arguments: object, **more: object) -> Swarm:
        swarms.append(Swarm(tmp_path, *arguments, "--headless", **more))
        return swarms[-1]

    yield start
    for each in swarms:
        each.close()
