"""How a step fails."""


class StepFailed(Exception):
    """The portal's answer is not the one that the step needs."""


class StepRejected(StepFailed):
    """The portal turned the citizen away for being busy (503)."""


class StepBlocked(StepFailed):
    """A firewall before the portal answered in its place, or it said 429: too many requests."""
