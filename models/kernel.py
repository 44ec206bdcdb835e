"""Compiled functions: one decorator, and a cache that no stale caller survives.

numba keys a cached function by its own file only, so editing a kernel leaves its callers in other files
stale. The cache folder is therefore named by a hash of all kernel sources and of all versions that shape
machine code.
"""

import hashlib
import os
import platform
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite  # type: ignore[import-untyped]  # ships no types
import numba
from numba.np import linalg

Function = TypeVar("Function", bound=Callable[..., object])

_HOUSE = Path(__file__).parent.parent
_FOLDERS = (_HOUSE / "models", _HOUSE / "fixtures")
_LEAN: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
_VERSIONS = (numba.__version__, llvmlite.__version__, platform.python_version(), platform.machine())


def _load_numba() -> None:
    """Load what numba needs to run compiled code, without SciPy's linear algebra.

    It would look whether that is there, which takes a fifth of a second, and no kernel here calls it.
    """
    kept, linalg.ensure_blas = linalg.ensure_blas, lambda: None
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = kept


_load_numba()


def kernel(function: Function) -> Function:
    """Compile a function on first use, cached over processes, with the GIL released while it runs."""
    compiled = numba.njit(cache=True, nogil=True)(function)
    return cast("Function", compiled)


def lean_kernel(function: Function) -> Function:
    """Compile a loop that only reads and writes the arrays it is given: no references are counted in it.

    Where small functions are called for every entity, counting their references to arrays costs as much as all the
    rest. Dividing by 0 is not caught. `_nrt` is numba's name for the part that makes and counts arrays.
    """
    compiled = numba.njit(**_LEAN)(function)
    return cast("Function", compiled)


def inlined(function: Function) -> Function:
    """Compile a small function into each of its callers, as lean as `lean_kernel`."""
    compiled = numba.njit(forceinline=True, **_LEAN)(function)
    return cast("Function", compiled)


def cache_folder(folders: Sequence[Path], versions: tuple[str, ...]) -> Path:
    """Name the folder of compiled code by every kernel source below the folders and by the versions."""
    digest = hashlib.blake2b("\n".join(versions).encode(), digest_size=8)
    for folder in folders:
        for source in sorted(folder.rglob("*.py")):
            text = source.read_bytes()
            if b"models.kernel import" in text:
                name = f"{folder.name}/{source.relative_to(folder).as_posix()}"
                digest.update(b"%s\n%d\n%s" % (name.encode(), len(text), text))
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cutover" / "numba" / digest.hexdigest()


def is_warm(name: str = "") -> bool:
    """Tell whether a process before this one, of the same sources and versions, left compiled code to use.

    Of any kernel, or of one whose `file.function` begins so.
    """
    return any(Path(vars(numba.config)["CACHE_DIR"]).rglob(f"{name}*.nbc"))


# numba makes its settings at run time, so for type checkers its module has no such name to assign.
vars(numba.config)["CACHE_DIR"] = str(cache_folder(_FOLDERS, _VERSIONS))
