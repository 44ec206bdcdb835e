import pytest

from scenarios.swarm.answer import Answer
from scenarios.swarm.checks import expect
from scenarios.swarm.failures import StepBlocked, StepRejected


@pytest.mark.parametrize("status", [403, 200, 503])
def test_a_firewall_s_page_is_told_from_the_portal_s_whatever_its_status(status):
    with pytest.raises(StepBlocked, match=f"/x was answered {status} by a firewall"):
        expect(Answer(status, "/x", b'<main data-page="blocked">'), "home")


def test_a_busy_portal_is_no_firewall():
    with pytest.raises(StepRejected) as caught:
        expect(Answer(503, "/x", b'<main data-page="busy">'), "home")
    assert not isinstance(caught.value, StepBlocked)
