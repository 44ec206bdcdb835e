import socket
import threading

import pytest

from cutover.base.errors import BadInput, InvalidRun, TargetRefused
from scenarios.target import check_allowed, check_answers, parse_target


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://127.9.9.9", "https://[::1]:8443", "http://localhost:1"]
)
def test_loopback_is_allowed(url):
    check_allowed(parse_target(url), ())


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "http://example.gov.vn", "http://127.0.0.1.example.com", "https://[fe80::1]"]
)
def test_any_other_host_is_refused_unless_named(url):
    target = parse_target(url)
    with pytest.raises(TargetRefused, match="no request was sent; if its owner agrees to be loaded, add --allow-host"):
        check_allowed(target, ("another.example",))
    check_allowed(target, (target.host,))


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://127.0.0.1/portal"],
)
def test_what_is_no_target_is_bad_input(url):
    with pytest.raises(BadInput, match="write it like"):
        parse_target(url)


def test_an_authority_that_is_none_or_vouches_for_nothing_is_bad_input(tmp_path):
    path = tmp_path / "authority.pem"
    with pytest.raises(BadInput, match=r"--authority: file = '.*': cannot be read \(.*\); name the authority.pem"):
        parse_target("https://127.0.0.1", path)
    path.write_text("nothing")
    with pytest.raises(BadInput, match=r"--authority: file = '.*': holds no certificates in PEM; name the"):
        parse_target("https://127.0.0.1", path)
    with pytest.raises(BadInput, match="vouches for https targets only; leave it out, or name https"):
        parse_target("http://127.0.0.1", path)


def test_a_name_is_allowed_whatever_its_letters_case():
    check_allowed(parse_target("http://Portal.Example.VN"), ("portal.EXAMPLE.vn",))


def test_a_port_of_0_is_no_port():
    with pytest.raises(BadInput, match="must have a port above 0"):
        parse_target("http://127.0.0.1:0")


def test_the_url_is_whole_again():
    assert parse_target("http://[::1]:80/").url == "http://[::1]:80"
    assert parse_target("https://localhost").url == "https://localhost:443"


def test_a_port_that_nobody_serves_is_said_with_its_reason():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(InvalidRun, match=rf"http://127.0.0.1:{port} does not answer \(.*refused.*\)"):
        check_answers(parse_target(f"http://127.0.0.1:{port}"))


def test_what_is_no_web_server_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def garbage():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"not http\r\n\r\n")

        thread = threading.Thread(target=garbage)
        thread.start()
        with pytest.raises(InvalidRun, match="does not answer"):
            check_answers(parse_target(f"http://127.0.0.1:{server.getsockname()[1]}"))
        thread.join()


def test_a_host_that_drips_its_answer_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr("scenarios.target.ANSWER_WITHIN_S", 0.3)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not done.wait(0.1):
                    connection.sendall(b"X-More: 1\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(InvalidRun, match=r"does not answer \(timed out\)"):
            check_answers(parse_target(f"http://127.0.0.1:{server.getsockname()[1]}"))
        done.set()
        thread.join()


def test_a_url_that_is_none_is_named_by_the_option_that_gave_it():
    with pytest.raises(BadInput, match="--track: url = 'ftp://x': must be an http"):
        parse_target("ftp://x", option="--track")
