"""Play a scenario's swarm with locust: `locust -f locustfile.py --host http://127.0.0.1:8080 --scenario rehearsal`."""

from scenarios.swarm.conduct.citizens import Citizens

__all__ = ["Citizens"]
