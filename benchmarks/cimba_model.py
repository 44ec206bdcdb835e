"""M/M/8 for cimba, with the servers as processes: its fastest way. Prints the ns that a customer takes.

A program of its own, `python -m benchmarks.cimba_model CUSTOMERS SEED`: beside our kernels cimba does not compile.
"""

import sys
import time

import cimba as cb
from cimba import inputs

RATE = 7.2


class MM8(cb.Model):
    """Eight servers take customers from one line."""

    gap: cb.Input[float] = inputs.dist.exponential(mean=1 / RATE)
    service: cb.Input[float] = inputs.dist.exponential(mean=1.0)
    line: cb.Store[float]
    waited: float = 0.0
    served: int = 0
    mean_wait: cb.Output[float]

    @cb.process
    def source(self):
        """Let customers come."""
        while True:
            cb.hold(self.gap.next())
            self.line.put(cb.now())

    @cb.process(copies=8)
    def server(self):
        """Serve one after the other."""
        while True:
            came = self.line.get()
            self.waited += cb.now() - came
            self.served += 1
            cb.hold(self.service.next())

    @cb.on_end
    def over(self):
        """Keep the mean wait."""
        self.mean_wait = self.waited / self.served


def run(duration_s: float, seed: int) -> None:
    """Simulate so many seconds."""
    cb.Experiment(MM8(), replications=1, window=cb.Window(duration=duration_s), seed=seed).run(workers=1)


if __name__ == "__main__":
    customers, seed = int(sys.argv[1]), int(sys.argv[2])
    run(10.0, seed)  # compiles
    begun = time.process_time()
    run(customers / RATE, seed)
    print((time.process_time() - begun) / customers * 1e9)
