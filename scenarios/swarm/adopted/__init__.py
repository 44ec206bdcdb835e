"""Locustfiles that were written for locust, played unedited under a scenario's schedule, recording and gate."""
