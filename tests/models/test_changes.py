"""Changes: schedules, faults and slow phases of a station, merged."""

from models.changes import Change, changes_of, open_ns
from models.draws import stream
from models.faults import Fault
from models.laws import Constant, Exponential
from models.network import Network, NetworkStation, Slow

S = 1_000_000_000


def network(*stations: NetworkStation, slow: tuple[Slow, ...] = (), faults: tuple[Fault, ...] = ()) -> Network:
    return Network("n", stations, {}, (), slow=slow, faults=faults)


def test_faults_and_schedules_multiply() -> None:
    web = NetworkStation("web", 10, schedule=((20, 6), (40, 10)))
    faults = (
        Fault("web", 10, 30, left=0.5, slower=2.0),
        Fault("web", 15, 25, slower=3.0, fails=0.5),
        Fault("web", 20, 35, fails=0.2, down=True),
        Fault("db", 0, 5, left=0.0),
    )
    found, other = changes_of(network(web, NetworkStation("db", 1), faults=faults), 1, 0, 100)
    assert found == (
        Change(10, 10, 0.5, 2000),
        Change(15, 10, 0.5, 6000, 0.5),
        Change(20, 6, 0.5, 6000, 1.0 - 0.5 * 0.8, down=True),
        Change(25, 6, 0.5, 2000, 1.0 - 0.8, down=True),
        Change(30, 6, 1.0, 1000, 1.0 - 0.8, down=True),
        Change(35, 6),
        Change(40, 10),
    )
    assert other == (Change(0, 1, 0.0), Change(5, 1))


def test_what_begins_at_the_end_or_changes_nothing_is_no_change() -> None:
    web = NetworkStation("web", 10, schedule=((20, 10), (100, 5)))
    assert changes_of(network(web), 1, 0, 100) == ((),)


def test_slow_phases_are_drawn_once_for_all_their_stations() -> None:
    every, lasts = Exponential(law="exponential", mean_s=10), Constant(law="constant", mean_s=0.5)
    stations = tuple(NetworkStation(name, 1) for name in ("a", "b", "c"))
    slow = Slow("gc", (0, 2), every, lasts, 20.0)
    first, nothing, third = changes_of(network(*stations, slow=(slow,)), 7, 3, 1000 * S)
    assert first == third
    assert nothing == ()
    begins, ends = first[::2], first[1::2]
    assert {change.thousandths for change in begins} == {20_000}
    assert all(end == Change(begin.at_ns + S // 2, 1) for begin, end in zip(begins, ends, strict=False))
    key = stream(7, 3, "slow/gc/every")
    gaps = [begin.at_ns - end.at_ns for end, begin in zip((Change(0, 1), *ends), begins, strict=False)]
    assert gaps == [every.sample_ns(key, 0, number) for number in range(len(gaps))]
    assert 60 < len(begins) < 140  # 95 expected; ± 4 standard deviations of about 9.8


def test_gaps_of_no_length_come_to_an_end() -> None:
    none, short = Constant(law="constant", mean_s=0), Constant(law="constant", mean_s=0)
    slow = Slow("gc", (0,), none, short, 2.0)
    assert changes_of(network(NetworkStation("a", 1), slow=(slow,)), 1, 0, 50) == ((),)


def test_the_time_of_open_servers_by_interval() -> None:
    """4 up to 15; half of 5 rounds to 3 up to 20; 7, down, up to 31; 0 from then on, of which 35 is the end."""
    changes = (Change(15, 5, 0.5), Change(20, 7, down=True), Change(31, 7, 0.0))
    assert open_ns(4, changes, [0, 10, 20, 30, 35]) == [40, 5 * 4 + 5 * 3, 70, 7]
    assert open_ns(4, (Change(0, 2),), [0, 10]) == [20]
    assert open_ns(4, (), [0, 10, 13]) == [40, 12]
    assert open_ns(4, changes, [0]) == []
