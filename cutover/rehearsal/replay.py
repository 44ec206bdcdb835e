"""A simulated run played again from what it keeps, and set beside itself."""

import tempfile
from pathlib import Path

from cutover.rehearsal.progress import following, say_if_compiling
from reports.likeness import Likeness
from reports.run import Run
from scenarios.kept import kept_forecast


def replay(run: Run, out: Path | None) -> tuple[Likeness, Path | None]:
    """Simulate a run again under `out`, or in a folder that is removed (None); return how it is like the first, and it.

    Raises BadInput when the run cannot be played again.
    """
    forecast = kept_forecast(run)
    span = forecast.span
    say_if_compiling([forecast])
    with tempfile.TemporaryDirectory() as folder:
        with following(f"replay of {forecast.scenario.name}", span.ends_s, span.begins_s) as follower:
            again = forecast.play(out or Path(folder), lambda folders: follower.look(*folders))
        return Likeness.of(run, again), again.folder if out else None
