"""How a generator becomes one that plays a locustfile: in the same process, whose program is replaced.

Locust patches what it is imported into, so that it cannot live beside a uvloop wire; and whoever started the generator
need not know which it will be.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from scenarios.swarm.generator.frames import packed


def command(descriptor: int, order: int) -> list[str]:
    """Return the command of the other generator: its channel, and a descriptor that holds the message of its order."""
    return [sys.executable, "-P", "-m", "scenarios.swarm.adopted", str(descriptor), str(order)]


def become(descriptor: int, prepare: Mapping[str, Any]) -> NoReturn:
    """Replace this process's program; it goes on with the `prepare` message, on the same channel."""
    order = os.memfd_create("order", 0)
    os.write(order, packed(prepare))
    os.lseek(order, 0, os.SEEK_SET)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 # the standard library's signature
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command(descriptor, order))  # noqa: S606 # our own program
