"""Compiled functions: one decorator, and a cache that no stale caller survives.

numba keys a cached function by its own file only, so editing a kernel leaves its callers in other files
stale. The cache folder is therefore named by a hash of all kernel sources and of all versions that shape
machine code.
"""

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import llvmlite  # type: ignore[import-untyped]  # ships no types
import numba

Function = TypeVar("Function", bound=Callable[..., object])

_MODELS = Path(__file__).parent
_VERSIONS = (numba.__version__, llvmlite.__version__, platform.python_version(), platform.machine())


def kernel(function: Function) -> Function:
    """Compile a function on first use, cached over processes, with the GIL released while it runs."""
    compiled = numba.njit(cache=True, nogil=True)(function)
    return cast("Function", compiled)


def cache_folder(models: Path, versions: tuple[str, ...]) -> Path:
    """Name the folder of compiled code by every kernel source below `models` and by the versions."""
    digest = hashlib.blake2b("\n".join(versions).encode(), digest_size=8)
    for source in sorted(models.rglob("*.py")):
        text = source.read_bytes()
        if b"models.kernel import" in text:
            digest.update(b"%s\n%d\n%s" % (source.relative_to(models).as_posix().encode(), len(text), text))
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cutover" / "numba" / digest.hexdigest()


# numba makes its settings at run time, so for type checkers its module has no such name to assign.
vars(numba.config)["CACHE_DIR"] = str(cache_folder(_MODELS, _VERSIONS))
