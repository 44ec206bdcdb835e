"""What a redirect makes of a request, for every wire."""

import pytest

from scenarios.swarm.browser.redirects import redirected

FIELDS = ((b"Content-Type", b"text/plain"), (b"Authorization", b"Bearer x"), (b"X-Own", b"1"))


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, b"POST", b"GET"),
        (302, b"POST", b"GET"),
        (303, b"PUT", b"GET"),
        (303, b"HEAD", b"HEAD"),
        (301, b"PUT", b"PUT"),
        (302, b"DELETE", b"DELETE"),
        (307, b"POST", b"POST"),
        (308, b"POST", b"POST"),
    ],
)
def test_the_method_changes_as_in_browsers_and_with_it_what_tells_of_the_body(status, method, then):
    found, fields, body = redirected(status, method, FIELDS, b"data", elsewhere=False)
    assert found == then
    assert (fields, body) == ((FIELDS, b"data") if found == method else (FIELDS[1:], b""))


def test_credentials_do_not_go_to_another_origin():
    assert redirected(307, b"POST", FIELDS, b"data", elsewhere=True) == (b"POST", (FIELDS[0], FIELDS[2]), b"data")
    assert redirected(303, b"POST", FIELDS, b"data", elsewhere=True) == (b"GET", (FIELDS[2],), b"")
