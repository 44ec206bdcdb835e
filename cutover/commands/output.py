"""Where a command's words go: machine output on stdout, all else on stderr."""

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput


def say(text: str) -> None:
    """Write a line for people, to stderr."""
    sys.stderr.write(f"{text}\n")


def say_if_first() -> None:
    """Say why the first command that computes much takes seconds longer than later ones."""
    from models.kernel import is_warm

    if not is_warm():
        say("compiling once for this version of cutover: some seconds that later commands save")


def give(text: str) -> None:
    """Write a command's result, to stdout."""
    sys.stdout.write(f"{text}\n")


def give_json(value: dict[str, Any]) -> None:
    """Write one JSON document to stdout."""
    give(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


@contextlib.contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """Turn a failure to write at a path that the user named into bad input."""
    try:
        yield
    except OSError as error:
        rule = f"cannot be written ({error.strerror or error})"
        raise BadInput.single(option, "path", str(path), rule, "name a place that can be written") from None


def folder(path: Path) -> Path:
    """Make the folder that `--out` names and return it; raise BadInput when that cannot be."""
    with writing(path, "--out"):
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr, where that is a terminal, while a file is read; the block says how many bytes were."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"reading {path.name}", total=path.stat().st_size if path.is_file() else None)
        yield lambda read_bytes: progress.update(task, completed=read_bytes)


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr, where that is a terminal; the block says how many more are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, advance=done)
