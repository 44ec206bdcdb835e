"""The generator: the child process that makes a swarm's load, over uvloop, away from locust and gevent."""
