"""The rehearsal: processes started and stopped, and the road from a scenario to a verdict."""
