"""An HTTP proxy between generator and target."""

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Proxy:
    """Where a proxy listens, and the login that it wants, as `name:password`."""

    host: str
    port: int
    login: str | None = field(default=None, repr=False)

    @property
    def lines(self) -> bytes:
        """The header lines that it wants."""
        if self.login is None:
            return b""
        return b"Proxy-Authorization: Basic %b\r\n" % base64.b64encode(self.login.encode())
