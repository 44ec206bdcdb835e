"""The steps file: one Python file of generator functions that plays the journeys' steps at a portal."""

import ast
import hashlib
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cutover.base.errors import BadInput, Mistake
from scenarios.swarm.asks import Asking
from scenarios.swarm.target.steps_rules import Rules

Step = Callable[[Any], Asking]
"""A step takes the visit and yields what it asks for; it is sent each answer, and ends or raises StepFailed."""

MOST_BYTES = 1_000_000
"""A larger file is no steps file; it would travel to each worker (assumed)."""


@dataclass(frozen=True)
class StepsFile:
    """Steps as loaded: where they come from, their text, its SHA-256, and the functions by name."""

    source: str
    text: str
    hash: str
    steps: Mapping[str, Step]


def read_steps(path: Path, wanted: Sequence[str] = ()) -> StepsFile:
    """Read a steps file that plays the steps `wanted`; raise BadInput with all mistakes."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})"
        raise BadInput.single(path, "file", None, why, "check the path") from None
    except UnicodeDecodeError as error:
        raise BadInput.single(path, "file", None, f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    if len(content) > MOST_BYTES:
        rule = f"must not be larger than {MOST_BYTES:,} bytes"
        raise BadInput.single(path, "file", len(content), rule, "put data into a feed, a CSV")
    return load_steps(text, str(path), wanted)


def load_steps(text: str, source: str, wanted: Sequence[str] = ()) -> StepsFile:
    """Load steps from a file's text, as it travels to workers: what is hashed is what runs.

    Rules are checked on the text first; nothing of it runs unless all hold. Raises BadInput with all mistakes.
    """
    try:
        tree = ast.parse(text, source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise BadInput([Mistake(source, "syntax", None, f"is not Python: {error}", "correct it", line)]) from None
    mistakes = Rules(source, tree).mistakes(wanted)
    if mistakes:
        raise BadInput(mistakes)
    digest = hashlib.sha256(text.encode()).hexdigest()
    steps = _steps_of(_module(tree, text, source, digest))
    if not steps:
        raise BadInput.single(source, "file", None, "holds no step", "write `def home(visit):` with a yield in it")
    unknown = [step for step in wanted if step not in steps]
    if unknown:
        rule = "is a step of the scenario, and what is imported by that name is no generator function"
        raise BadInput([Mistake(source, "steps", step, rule, "write the step in the file") for step in unknown])
    return StepsFile(source, text, digest, steps)


def _module(tree: ast.Module, text: str, source: str, digest: str) -> ModuleType:
    """Run a checked file as a module of its own, named by its hash; its lines are shown in tracebacks."""
    module = ModuleType(f"steps_{digest[:16]}")
    module.__file__ = source
    linecache.cache[source] = (len(text), None, text.splitlines(keepends=True), source)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(tree, source, "exec"), module.__dict__)  # noqa: S102 # what a steps file is for; its rules hold
    except Exception as error:  # noqa: BLE001 # whatever the engineer's constants raise is told as their mistake
        del sys.modules[module.__name__]
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source]
        rule = f"cannot be loaded: {type(error).__name__}: {error}"
        mistake = Mistake(source, "file", None, rule, "correct the line", lines[-1] if lines else None)
        raise BadInput([mistake]) from None
    return module


def _steps_of(module: ModuleType) -> dict[str, Step]:
    """Return the public generator functions of a module: its own, and those it imports."""
    named = vars(module).items()
    return {name: each for name, each in named if inspect.isgeneratorfunction(each) and not name.startswith("_")}
