"""The cache of compiled code: a folder of its own per state of the sources."""

from pathlib import Path

import numba
import numpy as np
import pytest

from models.kernel import cache_folder, is_warm

KERNEL = "from models.kernel import kernel\n"


def test_numba_uses_the_folder() -> None:
    folder = Path(numba.config.CACHE_DIR)
    assert folder.parts[-3:-1] == ("cutover", "numba")


def test_linear_algebra_is_there_for_those_who_ask() -> None:
    """It is not looked for when numba starts, but whoever compiles it gets it."""
    product = numba.njit(lambda a, b: a @ b)
    assert product(np.eye(2), np.full((2, 2), 3.0)).tolist() == [[3.0, 3.0], [3.0, 3.0]]


def test_the_cache_is_warm_once_something_compiled_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "folder"), raising=False)
    assert not is_warm()
    (tmp_path / "folder" / "models").mkdir(parents=True)
    assert not is_warm()
    (tmp_path / "folder" / "models" / "draws.word-31.nbc").write_bytes(b"")
    assert is_warm()
    assert is_warm("draws.")
    assert not is_warm("loop.run-")


def test_folder_depends_on_every_kernel_source_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    models, fixtures = tmp_path / "models", tmp_path / "fixtures"
    source, other, citizens = models / "deep" / "a.py", models / "b.py", fixtures / "a.py"
    source.parent.mkdir(parents=True)
    fixtures.mkdir()
    source.write_text(KERNEL)
    other.write_text("x = 1\n")
    first = cache_folder((models, fixtures), ("1",))
    assert first.parent == tmp_path / "cache" / "cutover" / "numba"
    assert cache_folder((models, fixtures), ("2",)) != first
    other.write_text("x = 2\n")  # no kernel in it
    assert cache_folder((models, fixtures), ("1",)) == first
    source.write_text(KERNEL + "x = 1\n")
    assert cache_folder((models, fixtures), ("1",)) != first
    second = cache_folder((models, fixtures), ("1",))
    citizens.write_text(KERNEL)
    assert cache_folder((models, fixtures), ("1",)) != second
