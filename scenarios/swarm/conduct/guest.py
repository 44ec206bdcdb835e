"""A worker process as the coordinator's side knows it between runs."""

import os
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Guest:
    """A worker process that has been greeted: where it is reached, its machine, and that machine's cores."""

    address: str
    host: str
    cores: int


def this_machine(address: str) -> Guest:
    """Return this process as a guest at an address."""
    return Guest(address, socket.gethostname(), os.cpu_count() or 1)
