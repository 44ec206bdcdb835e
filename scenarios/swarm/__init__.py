"""The swarm: sessions played over HTTP by locust; with `locustfile.py` the only place that imports locust or gevent."""
