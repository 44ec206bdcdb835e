"""A closed workload: `locust -f closed_citizens.py --host http://127.0.0.1:8080 --users 50 --spawn-rate 5`."""

from locust import between

from scenarios.users import CitizenUser


class Citizen(CitizenUser):
    """A citizen who comes again one to five seconds after each session."""

    scenario = "rehearsal"
    wait_time = between(1, 5)
