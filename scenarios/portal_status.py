"""What a running stand-in portal tells of itself, asked by its URL."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any

from scenarios.target import Target, connection_to, not_trusted
from scenarios.target_size import size_of


@dataclass(frozen=True)
class PortalStatus:
    """Whether a portal answers and can take dossiers (else why not), how much it holds, and its faults.

    `ready` and the sizes are None where it does not tell. `faults` are those that were told and not taken back, each
    with its `number`, `state` (`waiting`, `on` or `over`), `kind` and keys; None where it takes none.
    """

    url: str
    answers: bool
    ready: bool | None = None
    reasons: tuple[str, ...] = ()
    dossiers: int | None = None
    procedures: int | None = None
    faults: tuple[dict[str, Any], ...] | None = None

    @property
    def exit_code(self) -> int:
        """0 when it is ready, else 4: nothing can be rehearsed against it now."""
        return 0 if self.ready else 4


def ask(target: Target) -> PortalStatus:
    """Ask a portal how it is, each page within 8 s. Raises BadInput when nobody who is trusted vouches for it."""
    alive = _page(target, "/healthz")
    if alive is None or alive[0] != 200:
        return PortalStatus(target.url, answers=alive is not None)
    readiness = _json(_page(target, "/readyz"))
    metrics = _page(target, "/metrics")
    size = size_of(metrics[1]) if metrics else None
    listed = _json(_page(target, "/faults"))
    return PortalStatus(
        target.url,
        answers=True,
        ready=readiness.get("ready"),
        reasons=tuple(readiness.get("reasons", ())),
        faults=tuple(listed["faults"]) if "faults" in listed else None,
        **(size or {}),
    )


def _page(target: Target, path: str) -> tuple[int, bytes] | None:
    """Return a page's status and body; None when there is no answer."""
    connection = connection_to(target)
    try:
        connection.request("GET", path, headers={"User-Agent": "cutover"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except ssl.SSLCertVerificationError as error:
        raise not_trusted(target, error) from None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _json(page: tuple[int, bytes] | None) -> dict[str, Any]:
    """Return the object that a page holds; an empty one when it holds none."""
    try:
        found = json.loads(page[1]) if page else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
