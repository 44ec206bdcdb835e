"""Hearing messages: each kind has a method of its own; one out of its order, or a bug, is told before the end."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cutover.base.errors import CutoverError

Tell = Callable[[Mapping[str, Any]], None]
"""Takes a message for the process that started this one; it is on its way when the call returns."""


class Endable(Protocol):
    """An event, of asyncio's or gevent's kind."""

    def set(self) -> object:
        """Let go who waits for it."""


class Hearing:
    """Does what messages say: `_<kind>_told` takes those of a kind. `ended` is set when nothing more will come."""

    def __init__(self, tell: Tell, ended: Endable) -> None:
        self._tell, self._ended = tell, ended

    def heard(self, message: Mapping[str, Any]) -> None:
        """Do what a message says; a message out of its order ends all with what is wrong."""
        try:
            getattr(self, f"_{message['kind']}_told")(message)
        except CutoverError as error:
            self._refuse(error.exit_code, str(error))
        except Exception:  # noqa: BLE001 # the parent must hear of a bug of ours before this process ends
            self._refuse(CutoverError.exit_code, traceback.format_exc())

    def _refuse(self, exit_code: int, words: str) -> None:
        self._tell({"kind": "refused", "exit_code": exit_code, "words": words})
        self._ended.set()
