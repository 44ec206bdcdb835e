"""An autoscaler at work: it looks at a station every window, and orders or gives up servers."""

from models.engines.activity import Play
from models.engines.moments import CHANGE, IntegerTime, Moment, place
from models.engines.station import Station
from models.network import Scaler

LOOK, START_UP = 1, 2


def scaling(env: IntegerTime, station: Station, number: int, scaler: Scaler) -> Play:
    """Look for ever; `number` is the station's among all, for the order of one instant."""
    decided_ns = -scaler.cooldown_ns
    busy_ns = servers_ns = 0
    while True:
        yield Moment(env, CHANGE + place(number, operation=LOOK), scaler.window_ns)
        before = busy_ns, servers_ns
        busy_ns, servers_ns = station.loads_ns()
        busy, capacity = (busy_ns - before[0]) * 1000, servers_ns - before[1]
        if env.now < decided_ns + scaler.cooldown_ns:
            continue
        if busy >= scaler.up * capacity and station.number < scaler.most:
            decided_ns = env.now
            order = Moment(env, CHANGE + place(number, operation=START_UP), scaler.start_up_ns)
            order.callbacks.append(lambda _: station.scale(min(scaler.most, station.number + scaler.step)))
        elif busy <= scaler.down * capacity and station.number > scaler.least:
            decided_ns = env.now
            station.scale(max(scaler.least, station.number - scaler.step))
