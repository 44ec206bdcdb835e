"""That a run has nothing to say about a budget, and why."""


class NoEvidence(Exception):
    """The run holds no data about a budget's subject; the message says why, as a sentence's end."""
