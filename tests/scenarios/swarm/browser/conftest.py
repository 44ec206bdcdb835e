"""Certificates that a server and its visitors share."""

from pathlib import Path

import pytest

from fixtures.portal.tls import certificates


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of an authority and of a server that it vouches for."""
    return certificates(tmp_path_factory.mktemp("tls"))
