"""A Chromium recording of home to receipt at the stand-in portal replays many times, each with fresh tokens."""

import os

import pytest

from cutover.rehearsal.portal import stand_in
from fixtures.portal.evidence import dossiers
from scenarios.imports.recording.recording import import_recording
from scenarios.imports.walkthrough import write_walkthrough
from scenarios.scenario import read_scenario
from scenarios.settings import PortalSettings
from scenarios.swarm.target.steps_file import read_steps
from tests.scenarios.imports.recording.chromium import record
from tests.scenarios.imports.recording.recorder import START
from tests.scenarios.replay import Browser, new_visit

pytestmark = [pytest.mark.system("chromium"), pytest.mark.realtime]
TIMES = int(os.environ.get("CUTOVER_REPLAYS", "50"))
TOKENS = {"csrf", "csrf_2", "state", "nonce", "draft", "idempotency_key"}


def test_home_to_receipt_replays_with_fresh_tokens(tmp_path):
    with stand_in(tmp_path / "portal", PortalSettings(slow=0.01), tmp_path) as portal:
        record(portal.url, tmp_path / "visit.har")
        found = import_recording(tmp_path / "visit.har", "recorded", drop_foreign=True, drop_static=True)
        written = write_walkthrough(found.walkthrough, tmp_path / "recorded.toml", START)
        names = list(read_scenario(written[0]).steps)
        steps = read_steps(written[2], names).steps
        kept = []
        for session in range(TIMES):
            browser, visit = Browser(portal.url), new_visit(session)
            browser.play(steps, names, visit)
            browser.close()
            kept.append(visit.kept)
        stored = dossiers(portal.database, "")
    assert set(kept[0]) >= TOKENS
    for name in TOKENS:
        assert len({each[name] for each in kept}) == TIMES, name
    assert len(stored) == TIMES + 1
    (told,) = found.findings.unresolved
    assert "was recorded without its body: rebuilt from the page's form" in told
    assert found.findings.typed["identification"] == "900000000001"
