"""A locustfile as people write them, for locust alone: it knows nothing of cutover."""

import time

from locust import FastHttpUser, HttpUser, SequentialTaskSet, TaskSet, between, constant, events, task

BEGUN = []


@events.test_start.add_listener
def _begin(environment, **_):
    BEGUN.append(environment.host)


class Browse(TaskSet):
    wait_time = constant(0.05)

    @task(3)
    def services(self):
        self.client.get("/api/services?q=a", name="/services")

    @task
    def busy(self):
        self.client.get("/busy")

    def on_stop(self):
        self.client.get("/left")


class Apply(SequentialTaskSet):
    wait_time = constant(0.02)

    @task
    def first(self):
        self.number = self.client.get("/first").text

    @task
    def second(self):
        with self.client.get(f"/second/{self.number}", name="/second/[n]", catch_response=True) as answer:
            if answer.text != f"second {self.number}":
                answer.failure("another's number")

    @task
    def wrong(self):
        with self.client.get("/wrong", catch_response=True) as answer:
            answer.failure("the content is wrong")


class Slow(HttpUser):
    host = "http://192.0.2.1"
    wait_time = between(0.01, 0.02)
    tasks = [Browse, Apply]  # noqa: RUF012 # as people write it
    weight = 1

    def on_start(self):
        self.client.get("/hello", headers={"X-Mine": "1"})

    def on_stop(self):
        self.client.get("/bye")


class Fast(FastHttpUser):
    network_timeout = 0.2
    wait_time = constant(0.03)
    weight = 3

    @task
    def home(self):
        self.client.get("/")
        self.client.get("/late")

    @task
    def elsewhere(self):
        self.client.get("/to-another-host")


class Broken(HttpUser):
    weight = 0.5

    @task
    def raises(self):
        time.sleep(0)
        raise KeyError("oops")
