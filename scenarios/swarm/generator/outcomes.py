"""How an offered step ends, by number, as records hold it."""

OUTCOMES = ("ok", "failed", "timed_out", "rejected", "blocked", "abandoned", "skipped", "unfinished")

OK, FAILED, TIMED_OUT, REJECTED, BLOCKED, ABANDONED, SKIPPED, UNFINISHED = range(len(OUTCOMES))
