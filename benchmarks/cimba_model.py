"""M/M/8 for cimba, with the servers as processes: its fastest way."""

import cimba
from cimba import inputs


class MM8(cimba.Model):
    """Eight servers take customers from one line."""

    gap: cimba.Input[float] = inputs.dist.exponential(mean=1 / 7.2)
    service: cimba.Input[float] = inputs.dist.exponential(mean=1.0)
    line: cimba.Store[float]
    waited: float = 0.0
    served: int = 0
    mean_wait: cimba.Output[float]

    @cimba.process
    def source(self):
        """Let customers come."""
        while True:
            cimba.hold(self.gap.next())
            self.line.put(cimba.now())

    @cimba.process(copies=8)
    def server(self):
        """Serve one after the other."""
        while True:
            came = self.line.get()
            self.waited += cimba.now() - came
            self.served += 1
            cimba.hold(self.service.next())

    @cimba.on_end
    def over(self):
        """Keep the mean wait."""
        self.mean_wait = self.waited / self.served
