"""`cutover portal serve` with files, and a rehearsal's portal."""

import subprocess
import sys

import httpx2 as httpx

from cutover.rehearsal.portal import stand_in
from scenarios.settings import PortalSettings

FAULTS = 'schema = 1\n[[faults]]\nkind = "outage"\nvendor = "VNPT"\n'


def serve(*arguments):
    order = [sys.executable, "-m", "cutover", "portal", "serve", "--port", "0", *map(str, arguments)]
    return subprocess.run(order, capture_output=True, text=True, timeout=60)


def test_a_file_of_faults_without_the_flag_is_bad_usage(tmp_path):
    ended = serve("--database", tmp_path / "portal.db", "faults.toml")
    assert ended.returncode == 2
    assert "FILE = 'faults.toml': stands without --faults; write --faults before it" in ended.stderr
    assert not (tmp_path / "portal.db").exists()


def test_mistakes_of_both_files_come_at_once_and_nothing_is_started(tmp_path):
    config, faults = tmp_path / "portal.toml", tmp_path / "faults.toml"
    config.write_text("schema = 1\n[capacity]\nworkers = 0\nqueue = 1\nwait_s = 1\n")
    faults.write_text(FAULTS + "for_s = 0\n")
    ended = serve("--database", tmp_path / "portal.db", "--config", config, "--faults", faults)
    assert ended.returncode == 2
    assert f"{config}:3: capacity.workers = 0: input should be greater than or equal to 1" in ended.stderr
    assert f"{faults}:5: faults[0].for_s = 0: input should be greater than 0" in ended.stderr
    assert not (tmp_path / "portal.db").exists()


def test_a_rehearsal_starts_its_portal_with_the_scenarios_files(tmp_path):
    (tmp_path / "my.portal.toml").write_text("schema = 1\n[systems]\n")
    (tmp_path / "faults.toml").write_text(FAULTS)
    settings = PortalSettings(slow=0.1, config="my.portal.toml", faults="faults.toml")
    with stand_in(tmp_path / "portal", settings, tmp_path) as portal:
        (fault,) = httpx.get(f"{portal.url}/faults").json()["faults"]
        metrics = httpx.get(f"{portal.url}/metrics").text
    assert (fault["kind"], fault["vendor"], fault["state"]) == ("outage", "VNPT", "on")
    assert metrics.count("portal_system_in_use{") == 137


def test_a_rehearsals_portal_without_files_takes_no_faults(tmp_path):
    with stand_in(tmp_path / "portal", PortalSettings(slow=0.1), tmp_path) as portal:
        assert httpx.get(f"{portal.url}/faults").status_code == 404
        assert "portal_system_in_use" not in httpx.get(f"{portal.url}/metrics").text
