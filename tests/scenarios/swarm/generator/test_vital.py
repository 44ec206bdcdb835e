"""What a generator tells of its CPU."""

import time

import pytest

from scenarios.swarm.generator import vital
from scenarios.swarm.generator.vital import Vital


@pytest.fixture
def clocks(monkeypatch):
    """Clocks of the process and of the wall that are set by hand."""
    now = {"cpu": 0.0, "wall": 0.0}
    monkeypatch.setattr(time, "process_time", lambda: now["cpu"])
    monkeypatch.setattr(time, "perf_counter", lambda: now["wall"])
    return now


def test_two_looks_close_together_tell_the_share_of_the_longer_time(clocks):
    signs = Vital()
    clocks.update(wall=2.0, cpu=1.0)
    assert signs.look()["cpu"] == 0.5
    clocks.update(wall=2.0 + vital.SHORTEST_S / 10, cpu=1.0 + vital.SHORTEST_S / 10)  # all of a core, for 50 ms
    assert signs.look()["cpu"] == 0.5
    clocks.update(wall=3.0, cpu=1.2)
    assert signs.look()["cpu"] == pytest.approx(0.2)
