"""Metrics from Prometheus, or what answers as it does: `/api/v1/query` with a range of samples as they were scraped.

Samples are asked for as they are, `name[600s]`, and not on a grid as `/api/v1/query_range` gives them: on a grid a
counter is up to a step late, and what was not scraped is filled up for five minutes.
"""

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection
from typing import Any

from cutover.base.errors import BadInput
from reports.target_metrics.series import Series

ANSWER_WITHIN_S = 20.0
REMEDY = "check that Prometheus runs there and may be reached, or export the metrics to a CSV of time, name and value"


def read_prometheus(url: str, names: Collection[str], from_s: float, to_s: float) -> tuple[Series, ...]:
    """Ask for the samples of some names in [from_s, to_s], seconds since the epoch; raise BadInput when that fails."""
    found: list[Series] = []
    for name in sorted(names):
        query = {"query": f"{name}[{max(1, math.ceil(to_s - from_s))}s]", "time": f"{to_s:.3f}"}
        for row in _asked(url, query):
            labels = {key: value for key, value in row["metric"].items() if key != "__name__"}
            samples = ((float(at), float(value)) for at, value in row["values"])
            found.append(Series.of(name, labels, ((at, value) for at, value in samples if math.isfinite(value))))
    return tuple(found)


def _asked(url: str, query: dict[str, str]) -> list[dict[str, Any]]:
    """Return the series that an answer holds."""
    whole = f"{url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode(query)}"
    try:
        with urllib.request.urlopen(whole, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - http and https only, checked
            told = json.load(answer)
        result: list[dict[str, Any]] = told["data"]["result"]
        if told["data"]["resultType"] != "matrix" or any("values" not in row for row in result):
            raise ValueError("an answer of another kind")
    except urllib.error.HTTPError as error:
        raise _refused(url, f"answers {error.code} to a query ({_why(error)})") from None
    except (OSError, ValueError) as error:  # an URLError is an OSError, what is no JSON a ValueError
        raise _refused(url, f"does not answer as Prometheus does ({getattr(error, 'reason', error)})") from None
    except (KeyError, TypeError):
        raise _refused(url, "does not answer as Prometheus does (its JSON has no result)") from None
    return result


def _why(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)


def _refused(url: str, rule: str) -> BadInput:
    return BadInput.single("--metrics", "url", url, rule, REMEDY)
