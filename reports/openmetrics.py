"""A run and its verdict in the OpenMetrics text format, which GitLab shows as a metrics report.

GitLab compares each line of a change with the same line of the target branch, so labels hold nothing that differs from
run to run. A quantile of which only a lower bound is known is +Inf. Source: OpenMetrics 1.0, text format; GitLab,
Metrics reports.
"""

import math
from collections.abc import Iterator

from reports.gate import EXIT_CODES
from reports.judged import Judged
from reports.summary import QUANTILES, Latency

Sample = tuple[str, float]


def openmetrics(judged: Judged) -> str:
    """Return the text: quantiles, errors and goodput of each step in the measurement window, and the verdict."""
    lines: list[str] = []
    for name, kind, unit, about, samples in _families(judged):
        lines.append(f"# TYPE {name} {kind}")
        lines += [f"# UNIT {name} {unit}"] if unit else []
        lines.append(f"# HELP {name} {about}")
        lines += [f"{name}{labels} {_number(value)}" for labels, value in samples]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _families(judged: Judged) -> Iterator[tuple[str, str, str, str, list[Sample]]]:
    verdict = judged.verdict.verdict
    words: list[Sample] = [(f'{{cutover_verdict="{word}"}}', word == verdict) for word in EXIT_CODES]
    yield "cutover_verdict", "stateset", "", "The verdict on the run.", words
    steps = [step for step in judged.summary.steps.values() if step.offered]
    for kind, about in (("response", "From intended start to last end."), ("service", "From actual send to end.")):
        found = [(step.step, step.response if kind == "response" else step.service) for step in steps]
        samples = [sample for step, latency in found if latency for sample in _quantiles(step, latency)]
        yield f"cutover_{kind}_seconds", "gauge", "seconds", about, samples
    shares = [(_labels(step=step.step), step.error_rate or 0.0) for step in steps]
    yield "cutover_error_ratio", "gauge", "ratio", "Steps that were not ok, of those offered.", shares
    goodput = [(_labels(step=step.step), step.ok_per_s) for step in steps]
    yield "cutover_goodput_per_second", "gauge", "", "Steps that were ok, a second.", goodput


def _quantiles(step: str, latency: Latency) -> Iterator[Sample]:
    for name, quantile in QUANTILES.items():
        value = math.inf if name in latency.at_least else getattr(latency, name)
        yield _labels(step=step, quantile=f"{quantile:g}"), value


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _number(value: float) -> str:
    return "+Inf" if math.isinf(value) else f"{value:.9g}"
