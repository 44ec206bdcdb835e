"""The locust user that an engineer's own locustfile begins from (docs/steps.md)."""

from scenarios.swarm.closed.users import CitizenUser

__all__ = ["CitizenUser"]
