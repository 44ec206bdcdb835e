"""The whole road: portal, swarm, calibration, forecasts, comparison, verdict, report."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Interrupted, InvalidRun
from cutover.rehearsal.calibration import calibrated
from cutover.rehearsal.fleet import Fleet, Played, play_fleet
from cutover.rehearsal.forecast import play_forecast
from cutover.rehearsal.live_screen import showing
from cutover.rehearsal.portal import stand_in
from fixtures.portal.evidence import dossiers
from models.calibration.low_load import LowLoad
from models.plan import Plan, find_plan, read_plan
from reports.comparison import Comparison
from reports.gate import Verdict, first_exit_code, judge
from reports.header import Window
from reports.reconciliation import reconcile
from reports.run import Run, free_folder
from reports.writer import add_validity, merge_findings
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.sessions import Sessions
from scenarios.settings import RehearsalSettings
from scenarios.span import Span, busiest
from scenarios.swarm.order import Order as SwarmOrder
from scenarios.volume import Volume, check_caps

METRICS = "/metrics"
HELD_OUT_REPLICATIONS = 4


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal left: the measured run, its verdict, and the simulated runs (None: it did not get so far)."""

    measured: Run
    verdict: Verdict
    predicted: Run | None
    national: Run | None
    interrupted: bool

    def words(self) -> list[str]:
        """Return what there is to say, as lines for a terminal: the verdict, the prediction, the national day."""
        lines = [f"{self.measured.header.title} (measured)", self.verdict.words()]
        pairs = self.measured.findings.get("comparison", {}).get("pairs", ())
        errors = {pair["quantity"]: pair["error_share"] for pair in pairs if pair["step"] == "all"}
        refused = self.measured.findings.get("calibration", {}).get("refused")
        if errors:
            said = ", ".join(f"{name} {error:+.0%}" for name, error in errors.items() if error is not None)
            lines.append(f"\nPredicted against measured, all steps, held out: {said}")
        elif refused:
            lines.append(f"\nNo prediction: {refused}")
        if self.national is not None:
            plan = self.national.header.plan
            lines += [f"\n{self.national.header.title} (simulated on the plan “{plan}”)", judge(self.national).words()]
        if self.interrupted:
            lines.append("\nInterrupted: what was done until then is kept.")
        return lines

    @property
    def exit_code(self) -> int:
        """What a command that rehearsed ends with."""
        return first_exit_code((self.verdict.exit_code, Interrupted.exit_code if self.interrupted else 0))


@dataclass(frozen=True)
class Order:
    """A rehearsal that has been checked: everything it needs was read before anything is started."""

    scenario: Scenario
    settings: RehearsalSettings
    volume: Volume
    plan: Plan
    national: Forecast | None

    @classmethod
    def of(cls, name_or_path: str, as_of: date | None = None) -> "Order":
        """Read a scenario, its plan and the national day it names; raise BadInput when something cannot be used.

        `as_of` replaces the day on which both were made: figures published after it are refused.
        """
        scenario = read_scenario(find_scenario(name_or_path), as_of)
        settings = scenario.file.rehearsal
        if settings is None:
            remedy = "give it a [rehearsal] table with the span to calibrate from, or rehearse another scenario"
            raise BadInput.single(scenario.path, "rehearsal", None, "is missing", remedy)
        volume = Volume.of(scenario, None, None)
        check_caps(scenario, Sessions(scenario, scale=volume.scale, warp=volume.warp))
        plan = read_plan(find_plan(settings.plan))
        order = cls(scenario, settings, volume, plan, _national(settings, as_of))
        order.held_out(plan).network()
        return order

    def swarm(self, url: str, authority: Path | None) -> SwarmOrder:
        """Return what its swarm plays on a portal, which believes what citizens' addresses it is told."""
        network = {} if authority is None else {"authority": str(authority)}
        return SwarmOrder.of(self.scenario, self.volume, url, "run", network=network, forwarded=True)

    def held_out(self, plan: Plan) -> Forecast:
        """Return the forecast of what calibration does not see: from its end to the end of the measurement."""
        begins_s, ends_s = self.settings.calibration.to_s, self.scenario.measurement.to_s
        span = Span(Window(from_s=begins_s, to_s=ends_s), begins_s, self.scenario.file.duration_s - ends_s)
        return Forecast(self.scenario, plan, span, HELD_OUT_REPLICATIONS, draws="plan")


def _national(settings: RehearsalSettings, as_of: date | None) -> Forecast | None:
    if settings.national_day is None:
        return None
    day = read_scenario(find_scenario(settings.national_day), as_of)
    forecast = Forecast(day, read_plan(find_plan(day.file.forecast.plan)), busiest(day), day.file.forecast.replications)
    forecast.network()
    return forecast


def rehearse(order: Order, out: Path) -> Rehearsal:
    """Rehearse a scenario on the stand-in portal and leave its runs under `out`.

    On Ctrl-C, what there is is judged and the rehearsal is marked `interrupted`.
    """
    played = _measure(order, out)
    measured, interrupted = played.run, played.interrupted
    predicted = national = None
    if measured.state == "complete":
        try:
            predicted = _predict(order, measured, out)
            national = _forecast_nation(order, measured, out)
        except (Interrupted, KeyboardInterrupt):
            interrupted = True
            merge_findings(
                measured.folder, {"interrupted": "The rehearsal was interrupted before its forecasts were done."}
            )
    measured = Run.open(measured.folder)
    return Rehearsal(measured, judge(measured), predicted, national, interrupted)


def _measure(order: Order, out: Path) -> Played:
    """Play the swarm against a stand-in portal of its own, and set its receipts against what that holds."""
    scenario = order.scenario
    folder = free_folder(out, datetime.now(UTC), scenario.name, "portal")
    with stand_in(folder, scenario.file.portal, scenario.path.parent) as portal:
        with showing() as show:
            played = play_fleet(Fleet(order.swarm(portal.url, portal.authority), target_metrics=METRICS), out, show)
        folder, died = played.run.folder, portal.process.poll()
        stored = dossiers(portal.database)  # all of them: the portal was this run's alone
    reconciliation = reconcile(played.run.receipts, stored)
    merge_findings(folder, {"reconciliation": reconciliation.to_dict()})
    if died is not None:
        add_validity(folder, f"The stand-in portal's process ended by itself with {died} during the run.")
    return Played(Run.open(folder), played.interrupted)


def _predict(order: Order, measured: Run, out: Path) -> Run | None:
    """Calibrate from the low-load part, forecast what it did not see, and keep both beside the measured run.

    None, with the reason kept, when the run is too poor to calibrate from.
    """
    try:
        calibration = calibrated(order.plan, measured, order.settings.calibration)
    except InvalidRun as reason:
        merge_findings(measured.folder, {"calibration": {"refused": str(reason)}})
        return None
    (measured.folder / "plan.toml").write_text(calibration.plan.to_toml(), encoding="utf-8")
    predicted = play_forecast(order.held_out(calibration.plan), out)
    parts = {
        "calibration": _calibration_part(calibration, order.settings.calibration),
        "comparison": {"run": predicted.folder.name, "pairs": Comparison.of(measured, predicted).to_dict()},
    }
    merge_findings(measured.folder, parts)
    return predicted


def _calibration_part(calibration: LowLoad, window: Window) -> dict[str, Any]:
    return {
        "window": window.model_dump(),
        "station": calibration.station,
        "share": calibration.share,
        "utilisation": calibration.utilisation,
        "steps": [asdict(step) for step in calibration.steps],
    }


def _forecast_nation(order: Order, measured: Run, out: Path) -> Run | None:
    """Forecast the national day that the rehearsal names, over its busiest span at full volume."""
    if order.national is None:
        return None
    national = play_forecast(order.national, out)
    merge_findings(measured.folder, {"national": {"run": national.folder.name}})
    return national
