"""Where a command's words go: machine output on stdout, all else on stderr."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """Write a line for people, to stderr."""
    sys.stderr.write(f"{text}\n")


def give(text: str) -> None:
    """Write a command's result, to stdout."""
    sys.stdout.write(f"{text}\n")


def give_json(value: dict[str, Any]) -> None:
    """Write one JSON document to stdout."""
    give(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
