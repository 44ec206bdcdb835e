"""The example for planners in docs/network.md does what it says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "network.md"


def test_the_example_of_own_processes() -> None:
    [example] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {"__name__": "example"})
