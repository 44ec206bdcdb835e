"""Ten thousand submissions of a swarm: none lost under a stall, an outage, lost answers and a kill; each drop found.

`python -m benchmarks.reconciled` takes 10 minutes. Small forms: `tests/scenarios/swarm/right/test_reconciled.py`.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.results import write
from fixtures.portal.evidence import Size, dossiers, size
from reports.reconciliation import Reconciliation, reconcile
from reports.run import Run
from scenarios.run_keys import RunKeys
from tests.scenarios.swarm.right.playing import Swarm, scenario
from tests.scenarios.swarm.right.standing import Standing

RATE, COMES_S, LASTS_S = 45, 240, 270
COURSE = ("home", "sign_in", "procedure", "form", "upload", "submit")
DROPS = 0.001
TROUBLES: Mapping[int, Mapping[str, object]] = {
    30: {"kind": "stall", "for_s": 5},
    60: {"kind": "outage", "step": "upload", "for_s": 10},
    90: {"kind": "errors", "step": "submit", "fails": 0.2, "status": 502, "late": True, "for_s": 20},
    180: {"kind": "stall", "for_s": 10},
}
KILLS_AT_S = 140


def main() -> None:
    """Measure, and write the results."""
    troubled, held = played(trouble)
    dropped, kept = played(lambda portal, _: portal.fault(kind="drop", share=DROPS))
    missing = kept.receipts - kept.dossiers
    rows = [
        ("submitted under two stalls, an outage, lost answers and a `kill -9`", f"{troubled.submitted:,}", ""),
        ("of these receipted, and stored once as receipted", f"{troubled.receipted:,}, {troubled.matched:,}", "equal"),
        ("stored, the answer not seen", f"{len(troubled.unseen):,}", "allowed"),
        ("lost, altered, duplicated, foreign", broken(troubled), "0, 0, 0, 0"),
        ("dossiers in the database", f"{held.dossiers:,}", f"{troubled.matched + len(troubled.unseen):,}"),
        (f"submitted where {DROPS:.1%} are dropped", f"{dropped.submitted:,}", ""),
        ("receipts given out without a dossier, by the portal's own counter", f"{missing:,}", ""),
        ("of these found lost", f"{len(dropped.lost):,}", f"{missing:,}"),
    ]
    write("Reconciled", "What a portal receipts is held, whatever befalls it, and what it drops is found.", rows)


def played(befalls: Callable[[Standing, Swarm], None]) -> tuple[Reconciliation, Size]:
    """Play the submissions against a portal that something befalls; return what is found, and what it holds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        points = [(0, RATE), (COMES_S, RATE), (COMES_S, 0), (LASTS_S, 0)]
        path = scenario(folder, points, COURSE, think_s=0.5, limit_s=4.0, plan="national")  # whose citizens reload
        portal = Standing(folder / "portal")
        playing = Swarm(folder, path, "--host", portal.url, "--headless")
        try:
            playing.run_folder()
            befalls(portal, playing)
            ended = playing.ended(LASTS_S + 60)
        finally:
            playing.close()
            portal.kill()
        assert ended.code == 0, ended.words
        return found(ended.run, portal.database), size(portal.database)


def trouble(portal: Standing, playing: Swarm) -> None:
    """Break the portal, and kill it once."""
    for at_s in sorted({*TROUBLES, KILLS_AT_S}):
        playing.played(at_s)
        if at_s == KILLS_AT_S:
            portal.kill()
            portal.serve()
        else:
            portal.fault(**TROUBLES[at_s])


def found(run: Run, database: Path) -> Reconciliation:
    """Reconcile a run with the portal's database."""
    return reconcile(run.receipts, dossiers(database, RunKeys(run.folder.name).prefix))


def broken(result: Reconciliation) -> str:
    """Return how many dossiers are in each class that a run may have none of."""
    return ", ".join(str(len(each)) for each in (result.lost, result.altered, result.duplicated, result.foreign))


if __name__ == "__main__":
    main()
