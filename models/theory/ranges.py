"""The ranges that parameters of queueing theory must lie in."""

import math


def positive(**values: float) -> None:
    """Raise ValueError unless each named value is a finite number above 0."""
    for name, value in values.items():
        if not (value > 0.0 and math.isfinite(value)):
            raise ValueError(f"`{name}` must be a finite number above 0: {value}")


def not_negative(**values: float) -> None:
    """Raise ValueError unless each named value is a finite number of 0 or more."""
    for name, value in values.items():
        if not (value >= 0.0 and math.isfinite(value)):
            raise ValueError(f"`{name}` must be a finite number of 0 or more: {value}")


def whole(least: int, **values: int) -> None:
    """Raise ValueError unless each named value is a whole number of at least `least`."""
    for name, value in values.items():
        if value != int(value) or value < least:
            raise ValueError(f"`{name}` must be a whole number of at least {least}: {value}")


def fraction(**values: float) -> None:
    """Raise ValueError unless each named value lies in [0, 1)."""
    for name, value in values.items():
        if not 0.0 <= value < 1.0:
            raise ValueError(f"`{name}` must be a fraction of at least 0 and below 1: {value}")


def same_length(**values: tuple[float, ...]) -> None:
    """Raise ValueError unless the named tuples have the same length, which is not 0."""
    lengths = {name: len(value) for name, value in values.items()}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        told = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
        raise ValueError(f"must have one value for each class or station: {told}")
