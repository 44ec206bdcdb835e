"""How steps end, and what that means for a latency: its time (ok), nothing, or at least the time waited (the others).

Timed out, abandoned, skipped and unfinished steps never had their answer: it would have taken as long, or longer.
"""

OK = "ok"
FAILED, REJECTED, BLOCKED = "failed", "rejected", "blocked"
SKIPPED, UNFINISHED = "skipped", "unfinished"

LEFT_OUT = frozenset((FAILED, REJECTED, BLOCKED))
"""Outcomes of steps whose answer is not the one asked for: how soon it came says nothing of the right one's time."""

WRONG = (FAILED, REJECTED)
"""Outcomes of which more than MOST_WRONG of the steps offered keep a latency budget from passing."""

MOST_WRONG = 0.01
"""Above it, the latency of the steps that are left is that of another, lighter load; of issue 7."""
