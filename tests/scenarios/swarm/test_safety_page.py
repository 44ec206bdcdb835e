"""docs/safety.md is true: its steps, caps and example are those of the code."""

import re
from pathlib import Path

from scenarios.settings import SwarmSettings
from scenarios.swarm.identification import LEAST_HIDDEN, read_headers
from scenarios.swarm.permission import READS
from scenarios.swarm.steps import STEPS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "safety.md").read_text(encoding="utf-8")


def test_the_steps_that_only_read_are_those_on_the_page():
    (row,) = re.findall(r"\| the stand-in's steps \| (.*) \|", PAGE)
    assert set(re.findall(r"`(\w+)`", row)) == READS < set(STEPS)


def test_the_caps_on_the_page_are_those_of_a_scenario_that_tells_none():
    own = SwarmSettings()
    words = (f"`max_sessions` ({own.max_sessions:,})", f"`max_sessions_per_s` ({own.max_sessions_per_s:,.0f})")
    assert all(word in PAGE for word in (*words, f"`max_s` ({own.max_s:g} s)", f"at least {LEAST_HIDDEN} characters"))


def test_its_header_can_be_given_and_its_links_lead_somewhere():
    assert read_headers(re.findall(r"--header (\S+)", PAGE)) == {"X-Synthetic": "rehearsal"}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        page, _, heading = target.partition("#")
        headings = re.findall(r"^##+ (.*)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert not heading or heading in [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
