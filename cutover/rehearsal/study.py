"""A study with its progress shown."""

from pathlib import Path

from cutover.rehearsal.progress import following, say_if_compiling, tallying
from scenarios.forecast import watching
from scenarios.steady_study import SteadyResult, SteadyStudy
from scenarios.study import Study
from scenarios.study_result import StudyResult
from scenarios.study_trial import WORKING


def play_study(study: Study | SteadyStudy, out: Path, cluster: str | None) -> StudyResult | SteadyResult:
    """Play what is missing of a study in its folder under `out`."""
    say_if_compiling(study.variants.values())
    if isinstance(study, SteadyStudy):
        return _play_steady(study, out, cluster)
    with tallying(f"study {study.name}") as tally:
        return study.play(out, cluster, tally.end, tally.begin)


def _play_steady(study: SteadyStudy, out: Path, cluster: str | None) -> SteadyResult:
    """Play few long replications: the bar shows the scenario time that those being played have reached."""
    span = next(iter(study.variants.values())).span
    trials = out / study.name / "trials"
    with (
        following(f"study {study.name}", span.ends_s, span.begins_s) as follower,
        watching(lambda: follower.look(*trials.glob(f"{WORKING}*/run"))),
    ):
        return study.play(out, cluster)
