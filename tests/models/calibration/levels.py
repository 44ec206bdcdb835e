"""Levels made by hand, for what needs no simulation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.calibration.observed import Latencies, Level


def level(rps: float, busy: Mapping[str, float] | None = None, length_s: float = 60.0, **more: Any) -> Level:
    """Make a level of one step, `home`, whose latencies are lognormal with mean 10 ms and cv 0.5."""
    count = round(rps * length_s)
    sigma = np.sqrt(np.log1p(0.25))
    values_s = np.random.default_rng(count).lognormal(np.log(0.010) - sigma**2 / 2, sigma, count)
    seen = Latencies.of(values_s)
    known: dict[str, Any] = {
        "name": f"{rps:g}/s",
        "begins_s": 0.0,
        "length_s": length_s,
        "offered": {"home": count},
        "ok": {"home": count},
        "response": {"home": seen},
        "service": {"home": seen},
        "busy": busy or {},
        "servers": {"portal": 1},
    }
    return Level(**{**known, **more})
