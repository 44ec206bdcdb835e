"""A folder of runs: what is there, and what may go."""

import fcntl
import os
from datetime import UTC, datetime, timedelta

import pytest

from cutover.base.errors import BadInput
from reports.run import Run
from reports.shelf import dispensable, remove, shelved
from reports.writer import merge_findings


@pytest.fixture
def shelf(made, tmp_path):
    """Return a folder of four runs, an hour apart, a portal's folder, and other things."""
    found = tmp_path / "runs"
    found.mkdir()
    for hour in range(4):
        os.rename(made(duration_s=4).folder, found / f"20261121T0{hour}0000Z-made-up-measured")  # noqa: PTH104
    portal = found / "20261121T003000Z-made-up-portal"
    portal.mkdir()
    (portal / "portal.db").write_bytes(b"0" * 5000)
    (found / "notes").mkdir()
    (found / "notes" / "mine.txt").write_text("mine")
    (found / "link").symlink_to(found / "notes", target_is_directory=True)
    return found


def names(found):
    return [one.name[9:11] + one.kind[0] for one in found]


def test_the_latest_comes_first_and_only_runs_and_portals_are_listed(shelf):
    found = shelved(shelf)
    assert names(found) == ["03m", "02m", "01m", "00p", "00m"]
    portal = found[3]
    assert (portal.header, portal.size_bytes) == (None, 5000)
    first = found[0].to_dict()
    assert (first["scenario"], first["state"], first["began"]) == ("made-up", "complete", "2026-11-21T03:00:00+00:00")
    assert first["size_bytes"] == sum(path.stat().st_size for path in found[0].folder.iterdir())


def test_a_folder_that_is_none_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="is no folder"):
        shelved(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("keep", "hours", "gone"),
    [
        (4, None, []),
        (3, None, ["00m"]),  # the portal was started for the run after it
        (1, None, ["02m", "01m", "00p", "00m"]),
        (0, None, ["03m", "02m", "01m", "00p", "00m"]),
        (None, 0.75, ["00m"]),
        (None, 9, ["03m", "02m", "01m", "00p", "00m"]),
        (3, 0.25, ["00m"]),
        (1, 1.5, ["01m", "00p", "00m"]),
    ],
)
def test_what_may_go(shelf, keep, hours, gone):
    before = None if hours is None else datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=hours)
    assert names(dispensable(shelved(shelf), keep, before)) == gone


def test_a_run_that_a_kept_one_names_stays_and_so_does_what_that_names(shelf):
    latest, _, second, _, first = shelved(shelf)
    merge_findings(latest.folder, {"comparison": {"run": second.name}})
    merge_findings(second.folder, {"national": {"run": first.name}})
    assert names(dispensable(shelved(shelf), 1, None)) == ["02m"]
    assert names(dispensable(shelved(shelf), 2, None)) == []
    assert names(dispensable(shelved(shelf), 0, None)) == ["03m", "02m", "01m", "00p", "00m"]


def test_a_run_that_another_names_does_not_count(shelf):
    """A rehearsal leaves a measured run and then its forecasts, which begin after it."""
    latest, third, second, _, _ = shelved(shelf)
    merge_findings(second.folder, {"comparison": {"run": third.name}, "national": {"run": latest.name}})
    assert names(dispensable(shelved(shelf), 1, None)) == ["00m"]


def test_a_portal_of_no_run_yet_stays(shelf):
    (shelf / "20261121T090000Z-made-up-portal").mkdir()
    assert "09p" not in names(dispensable(shelved(shelf), 0, None))


def test_what_is_played_or_cannot_be_read_stays(shelf):
    _, third, second, _, _ = shelved(shelf)
    (third.folder / "run.json").write_text('{"schema": 99}')
    header = Run.open(second.folder).header.model_copy(update={"state": "running"})
    (second.folder / "run.json").write_text(header.to_json())
    with (second.folder / ".lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shelved(shelf)
        assert sorted(one.state for one in found) == ["complete", "complete", "running", "unreadable", "–"]
        assert {one.name[9:11] for one in dispensable(found, 0, None)} == {"03", "00"}


def test_removing_takes_the_folders_and_nothing_else(shelf):
    gone = dispensable(shelved(shelf), 2, None)
    remove(gone)
    assert names(shelved(shelf)) == ["03m", "02m"]
    assert (shelf / "notes" / "mine.txt").read_text() == "mine"
    assert not any(one.folder.exists() for one in gone)
