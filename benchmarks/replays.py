"""A Chromium recording of home to receipt at the stand-in portal, imported, replays 1,000 times with fresh tokens."""

import tempfile
import time
from pathlib import Path

from benchmarks.results import write
from cutover.rehearsal.portal import stand_in
from fixtures.portal.evidence import dossiers
from scenarios.imports.recording.recording import import_recording
from scenarios.settings import PortalSettings
from scenarios.swarm.target.steps_file import load_steps
from tests.scenarios.imports.recording.chromium import record
from tests.scenarios.replay import Browser, new_visit

REPLAYS = 1_000
TOKENS = ("csrf", "csrf_2", "state", "nonce", "draft", "idempotency_key")


def main() -> None:
    """Record once, import, and replay one visit after the other, each in a browser of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with stand_in(folder / "portal", PortalSettings(slow=0.01), folder) as portal:
            record(portal.url, folder / "visit.har")
            begun = time.perf_counter()
            found = import_recording(folder / "visit.har", "recorded", drop_foreign=True, drop_static=True)
            took_s = time.perf_counter() - begun
            names = [step.name for step in found.walkthrough.steps]
            steps = load_steps(found.walkthrough.code, "recorded").steps
            kept = []
            for session in range(REPLAYS):
                browser, visit = Browser(portal.url), new_visit(session)
                browser.play(steps, names, visit)
                browser.close()
                kept.append(visit.kept)
            stored = len(dossiers(portal.database, "")) - 1
    fresh = min(len({each[token] for each in kept}) for token in TOKENS)
    rows = [
        ("visits replayed to their receipt", f"{len(kept):,}", "1,000"),
        ("dossiers stored by them", f"{stored:,}", "as many"),
        (f"different values of each of {', '.join(TOKENS)}", f"{fresh:,}", "as many"),
        (f"import of {found.requests} requests", f"{took_s:.2g} s", "none"),
        (
            "not resolved",
            f"{len(found.findings.unresolved)}: forms with files, which Playwright does not record",
            "told",
        ),
    ]
    write(
        "Replays",
        "A recording of home to receipt replays 1,000 times with fresh tokens.",
        rows,
        ("playwright", "httpx2"),
    )


if __name__ == "__main__":
    main()
