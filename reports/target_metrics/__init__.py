"""What a target's metrics tell of a run: how busy its stations were, from Prometheus or from a table."""
