"""The closed workload: locust users who play sessions one after the other, on locust's own wire."""
