"""The verdict as SARIF 2.1.0, for code scanning: a result for each budget that is not met, and for each finding.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. GitHub shows only results with a place in a file: the
line of the budget where it stands in a file, else the run's header.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from reports.header import NAME
from reports.judged import Judged
from reports.judgement import Judgement

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

RULES: Mapping[str, tuple[str, str]] = {
    "run-invalid": ("No verdict can rest on the run.", "error"),
    "budget-breached": ("The whole interval of a budget's value lies beyond its limit.", "error"),
    "budget-told": ("A budget that only warns, or is waived, is breached.", "note"),
    "budget-undecided": ("The interval of a budget's value reaches over its limit, or there is no data.", "warning"),
}


def sarif(judged: Judged) -> str:
    """Return the SARIF text."""
    version = judged.run.header.versions.get("cutover", "0")
    driver = {
        "name": "cutover",
        "semanticVersion": version,
        "rules": [
            {"id": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
            for name, (text, level) in RULES.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "exitCode": judged.exit_code}],
        "results": list(_results(judged)),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _results(judged: Judged) -> Iterator[dict[str, Any]]:
    for finding in judged.verdict.findings:
        yield _result("run-invalid", finding, finding, judged)
    for judgement in judged.verdict.judgements:
        rule = _rule(judgement)
        if rule is not None:
            text = judgement.budget.text
            yield _result(rule, f"{text}: {judgement.reason}", text, judged)


def _rule(judgement: Judgement) -> str | None:
    """Return the rule that a judgement breaks; None for one that passed, or that the run's findings stand for."""
    if judgement.verdict == "fail":
        return "budget-breached" if judgement.counts else "budget-told"
    return "budget-undecided" if judgement.verdict == "inconclusive" and judgement.counts else None


def _result(rule: str, text: str, what: str, judged: Judged) -> dict[str, Any]:
    line = judged.lines.get(what)
    path = judged.run.folder / NAME if judged.budgets is None or line is None else judged.budgets
    location = {"artifactLocation": {"uri": path.as_posix()}, "region": {"startLine": line or 1}}
    same = hashlib.sha256(f"{judged.run.header.scenario}\n{what}".encode()).hexdigest()
    return {
        "ruleId": rule,
        "ruleIndex": list(RULES).index(rule),
        "level": RULES[rule][1],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"cutover/v1": same},
    }
