"""The users of a locustfile: loaded as locust loads them, drawn for sessions by their weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from locust import User
from locust.util.load_locustfile import load_locustfile

from cutover.base.errors import BadInput
from models.draws import stream, uniform


@dataclass(frozen=True)
class Users:
    """The user classes of a locustfile, in the order of their names, and their weights."""

    classes: tuple[type[User], ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, classes: Sequence[type[User]]) -> "Users":
        """Take classes with the weights that they state; `fixed_count` has no meaning where users arrive openly."""
        ordered = sorted(classes, key=lambda each: each.__name__)
        return cls(tuple(ordered), tuple(float(each.weight) for each in ordered))

    def drawn(self, seed: int, session: int) -> type[User]:
        """Return a session's class: a function of seed and session."""
        u = uniform(stream(seed, 0, "adopted/user"), session, 0) * sum(self.weights)
        return next(
            (c for c, upper in zip(self.classes, accumulate(self.weights), strict=True) if u < upper), self.classes[-1]
        )


def read_users(path: Path, host: str) -> Users:
    """Load a locustfile unedited; its users will load `host`, whatever host they name themselves.

    Raises BadInput when it cannot be loaded, or has no user that can be played.
    """
    if not path.is_file():
        raise BadInput.single(path, "file", None, "cannot be read (no such file)", "check the path")
    try:
        classes, _ = load_locustfile(str(path.absolute()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 # whatever the file raises is told as its mistake
        rule = f"cannot be loaded: {type(error).__name__}: {error}"
        raise BadInput.single(path, "file", None, rule, "run it with locust alone first") from None
    users = Users.of([each for each in classes.values() if each.weight > 0])
    if not users.classes:
        raise BadInput.single(path, "file", None, "has no user class with a weight", "write a class of HttpUser")
    for each in users.classes:
        each.host = host
    return users
