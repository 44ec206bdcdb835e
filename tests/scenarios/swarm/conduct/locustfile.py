"""The swarm as it is started with plain locust."""

from scenarios.swarm.conduct.citizens import Citizens

__all__ = ["Citizens"]
