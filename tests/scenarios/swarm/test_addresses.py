from ipaddress import ip_address, ip_network

import pytest

from scenarios.sessions import Session
from scenarios.swarm.addresses import address

LONELY = Session(1, 0, 5, 0, None, "00004", "01", "visits", assisted=False)


def test_a_citizen_has_a_network_of_their_own_whatever_the_session():
    assert address(LONELY) == "2001:db8:0:5::1"
    assert address(LONELY._replace(number=2, commune="32248")) == address(LONELY)
    greatest = address(LONELY._replace(citizen=101_599_999))
    assert ip_address(greatest) in ip_network("2001:db8::/32")  # RFC 3849: documentation
    assert ip_network(f"{greatest}/64", strict=False) != ip_network(f"{address(LONELY)}/64", strict=False)


@pytest.mark.parametrize("commune", ["00004", "32248", "99999"])
def test_those_at_one_counter_share_its_address(commune):
    at_counter = [LONELY._replace(citizen=citizen, commune=commune, assisted=True) for citizen in (5, 6)]
    assert address(at_counter[0]) == address(at_counter[1])
    assert ip_address(address(at_counter[0])) in ip_network("198.18.0.0/15")  # RFC 2544: benchmarks
    assert address(at_counter[0]) != address(at_counter[0]._replace(commune="00005"))
