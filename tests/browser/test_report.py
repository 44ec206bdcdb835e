"""The report in a real browser."""

import re
import subprocess
from pathlib import Path

import pytest

from models.plan import find_plan, read_plan
from reports.gate import judge
from reports.header import Window
from reports.page import page
from scenarios.forecast import Forecast
from scenarios.scenario import find_scenario, read_scenario
from scenarios.span import Span

pytestmark = pytest.mark.system("chromium")

QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync", "--no-sandbox", "--enable-logging=stderr")


def chromium(path: Path, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["chromium", "--headless", *QUIET, f"--user-data-dir={profile}", *arguments, path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_opens_with_the_verdict_and_without_a_word_on_the_console(tmp_path):
    scenario = read_scenario(find_scenario("rehearsal"))
    span = Span(Window(from_s=0.0, to_s=30.0), 0.0, 2.0)
    run = Forecast(scenario, read_plan(find_plan("stand-in")), span, 2).play(tmp_path, lambda _: None)
    path = tmp_path / "report.html"
    path.write_text(page(run, judge(run), None, None), encoding="utf-8")
    opened = chromium(path, tmp_path / "profile", "--dump-dom")
    assert opened.returncode == 0
    assert "CONSOLE" not in opened.stderr
    body = opened.stdout[opened.stdout.index("<body") :]
    text = re.sub(r"<[^>]+>|\s+", " ", body)
    assert "PASS" in text[:400]
    assert body.count("<svg") >= 3


def test_it_is_readable_on_a_phone_and_in_the_dark(tmp_path):
    """The page is no wider than a phone's window: nothing but a table scrolls sideways."""
    scenario = read_scenario(find_scenario("rehearsal"))
    span = Span(Window(from_s=0.0, to_s=10.0), 0.0, 2.0)
    run = Forecast(scenario, read_plan(find_plan("stand-in")), span, 1).play(tmp_path, lambda _: None)
    path = tmp_path / "report.html"
    probe = "<script>document.title = document.documentElement.scrollWidth + ' of ' + innerWidth</script>"
    text = page(run, judge(run), None, None).replace("</body>", f"{probe}</body>")
    path.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text), encoding="utf-8")
    opened = chromium(path, tmp_path / "profile", "--dump-dom", "--window-size=500,900", "--force-dark-mode")
    wide, window = map(int, re.search(r"<title>(\d+) of (\d+)</title>", opened.stdout).groups())
    assert wide <= window <= 500
