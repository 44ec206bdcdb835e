"""Tell a verdict on GitHub: a check, neutral where it is undecided, and a comment that is kept up to date.

Needs nothing but Python. Whatever cannot be told (a fork's token may not write, GitHub does not answer) is left out
with a notice: it is in the job's summary anyway, and never changes how the job ends.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

CONCLUSIONS = {0: "success", 3: "failure", 4: "neutral", 5: "failure"}
TITLES = {"pass": "Pass", "fail": "A budget is breached", "inconclusive": "Undecided", "invalid": "The run is invalid"}
LONGEST = 65_000
"""Characters: GitHub refuses comments and checks' summaries of more than 65,535."""

PAGE = 100
TIMEOUT_S = 30


class Refused(Exception):
    """GitHub did not take it; holds why."""


def ask(method, path, body=None):
    """Ask GitHub's API and return what it answers."""
    request = urllib.request.Request(  # noqa: S310 # the runner names GitHub's own address
        f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['TOKEN']}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 # as above
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(f"GitHub answers {error.code} to {method} {path}") from None
    except (OSError, ValueError) as error:
        raise Refused(f"GitHub does not answer {method} {path} ({error})") from None


def check(name, verdict, text, head):
    """Add a check to the commit."""
    output = {"title": TITLES[verdict["verdict"]], "summary": text[:LONGEST]}
    conclusion = CONCLUSIONS[verdict["exit_code"]]
    ask("POST", "check-runs", {
        "name": name, "head_sha": head, "status": "completed", "conclusion": conclusion, "output": output,
    })  # fmt: skip


def comment(number, text):
    """Replace the comment whose first line is the text's, a hidden marker; add it where there is none."""
    marker, page = text.splitlines()[0], 1
    while True:
        found = ask("GET", f"issues/{number}/comments?per_page={PAGE}&page={page}")
        for each in found:
            if (each.get("body") or "").startswith(marker):
                return ask("PATCH", f"issues/comments/{each['id']}", {"body": text[:LONGEST]})
        if len(found) < PAGE:
            return ask("POST", f"issues/{number}/comments", {"body": text[:LONGEST]})
        page += 1


def main():
    """Tell what is asked for."""
    files = Path(os.environ["FILES"])
    verdict = json.loads((files / "verdict.json").read_text(encoding="utf-8"))
    text = (files / "verdict.md").read_text(encoding="utf-8")
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    pull = event.get("pull_request")
    head = pull["head"]["sha"] if pull else os.environ["GITHUB_SHA"]
    wanted = []
    if os.environ.get("CHECK"):
        wanted.append(("The check", lambda: check(os.environ["CHECK"], verdict, text, head)))
    if os.environ.get("COMMENT") == "true" and pull:
        wanted.append(("The comment", lambda: comment(pull["number"], text)))
    for what, tell in wanted:
        try:
            if not os.environ.get("TOKEN"):
                raise Refused("there is no token")
            tell()
        except Refused as why:
            sys.stderr.write(f"::notice title=cutover::{what} is left out: {why}. The job's summary has it all.\n")


if __name__ == "__main__":
    main()
