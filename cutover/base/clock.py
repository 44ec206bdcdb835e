"""Units of time and the nation's time zone."""

from datetime import timedelta, timezone

SECOND_NS = 1_000_000_000

VIETNAM = timezone(timedelta(hours=7))
"""Vietnam's time, all year."""
