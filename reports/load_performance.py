"""A run in the form of k6's summary export, which GitLab compares in its load performance widget.

The widget shows four things: checks passed (here: steps that were ok, of those offered), the 90th and 95th percentile
of the time to first byte (of the exchanges, where the run has it; else service latencies of steps), and requests a
second (here: steps). Times are milliseconds; where only a lower bound of a percentile is known they are left out: the
format has no word for it. Source: GitLab, Load performance testing; k6, `--summary-export`.
"""

import json

from reports.histogram import Histogram
from reports.judged import Judged
from reports.run import Run
from reports.summary import Latency

FIRST_BYTE = "first_byte"

Figures = dict[str, float]


def load_performance(judged: Judged) -> str:
    """Return the JSON text of a run's measurement window."""
    summary = judged.summary
    step = summary.all
    seconds = summary.window.length_s * judged.run.header.replications
    metrics: dict[str, Figures] = {}
    if step.offered:  # the widget divides by it
        metrics["checks"] = {"passes": step.ok, "fails": step.offered - step.ok, "value": step.ok / step.offered}
        metrics["http_reqs"] = {"count": step.offered, "rate": step.offered / seconds}
    times = {
        "http_req_waiting": _first_byte(judged.run) or _latency(step.service),
        "http_req_duration": _latency(step.response),
    }
    metrics |= {name: figures for name, figures in times.items() if {"p(90)", "p(95)"} <= {*figures}}
    return json.dumps({"metrics": metrics}, indent=2) + "\n"


def _latency(found: Latency | None) -> Figures:
    if found is None:
        return {}
    quantiles = {"med": "p50_s", "p(90)": "p90_s", "p(95)": "p95_s"}
    known = {name: getattr(found, field) for name, field in quantiles.items() if field not in found.at_least}
    known |= {} if found.at_least else {"avg": found.mean_ok_s, "max": found.max_ok_s}
    return {name: 1e3 * value for name, value in known.items() if value is not None}


def _first_byte(run: Run) -> Figures:
    """Return the figures of the exchanges' time to first byte, of answers of any kind."""
    found: Histogram = run.histogram(FIRST_BYTE, outcome=None, window=run.whole(run.window))
    if not found.count:
        return {}
    quantiles = {name: found.quantile(q) / 1e6 for name, q in (("med", 0.5), ("p(90)", 0.9), ("p(95)", 0.95))}
    return {**quantiles, "avg": found.mean_ns / 1e6, "max": found.max_ns / 1e6}
