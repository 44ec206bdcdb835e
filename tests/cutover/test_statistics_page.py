"""The study in docs/statistics.md prints what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "statistics.md"


def test_the_study_of_the_page_prints_what_stands_there(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    (line,) = re.findall(r"```sh\ncutover (study .*)\n```", text)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    plan = (ROOT / "models" / "plans" / "stand-in.toml").read_text(encoding="utf-8")
    changed = plan.replace('name = "stand-in"', 'name = "slower"').replace("mean_s = 0.003", "mean_s = 0.004")
    (tmp_path / "slower.toml").write_text(changed, encoding="utf-8")
    command = [sys.executable, "-m", "cutover", *shlex.split(line)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == printed
