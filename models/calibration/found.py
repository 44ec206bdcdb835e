"""What a calibration found: each demand with its interval, what is left over, and which estimators were tried."""

from dataclasses import dataclass

from models.plan import Plan
from models.uncertainty import Estimator


@dataclass(frozen=True)
class Demand:
    """The demand of a step at a station in seconds of one server, with its 95 % interval; `of` tells another kind.

    `of` is "service" (the demand D_{s,k}; at a pool: how long its token is held by delays), "delay" (of a step, at no
    station) or "cv" (the coefficient of variation of a step's own time; no unit).
    """

    step: str
    station: str | None
    of: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trend:
    """How a station's demand changes with load: in per cent, from the lowest level to the highest; 95 % interval."""

    station: str
    change: float
    low: float
    high: float
    significant: bool


@dataclass(frozen=True)
class Residual:
    """A step's measured and fitted mean response (or a station's busy servers, `of = "busy"`) at a level.

    `step` is the station's name there; `error` is predicted over measured less 1.
    """

    level: str
    step: str
    of: str
    measured: float
    fitted: float
    error: float


@dataclass(frozen=True)
class Tried:
    """An estimator that was tried: its mean held-out error (None: it could not be fitted, and `why`)."""

    estimator: Estimator
    held_out_error: float | None
    why: str | None = None


@dataclass(frozen=True)
class Calibration:
    """A calibrated plan, and how it came about.

    `condition` is the fit's condition number, `notes` are sentences for people.
    """

    plan: Plan
    estimator: Estimator
    demands: tuple[Demand, ...]
    residuals: tuple[Residual, ...]
    trends: tuple[Trend, ...]
    condition: float | None
    tried: tuple[Tried, ...]
    notes: tuple[str, ...]
