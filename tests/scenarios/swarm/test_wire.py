"""The wire against a small server of the test's own, in a process without gevent's patches on the test itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

SERVER = """
from gevent import monkey; monkey.patch_all()
import json, sys
from gevent.pywsgi import WSGIServer

def app(environ, start):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    seen = {"path": path, "query": environ["QUERY_STRING"], "method": environ["REQUEST_METHOD"],
            "cookie": environ.get("HTTP_COOKIE"), "agent": environ.get("HTTP_USER_AGENT"),
            "type": environ.get("CONTENT_TYPE"), "body": body.decode()}
    headers = [("Content-Type", "application/json")]
    if path == "/set":
        headers += [("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=2")]
    if path == "/drop":
        headers += [("Set-Cookie", "a=; Max-Age=0")]
    moves = {"/here": "/there?x=1", "/away": "http://192.0.2.1/", "/other-port": "http://127.0.0.1:1/",
             "/loop": "/loop", "/broken": "http://[bad"}
    if path in moves:
        start("303 See Other", [("Location", moves[path])])
        return [b""]
    start("200 OK", headers)
    return [json.dumps(seen).encode()]

server = WSGIServer(("127.0.0.1", 0), app, log=None)
server.start()

from scenarios.swarm.exchanges import Get, Post, StepFailed
from scenarios.swarm.wire import Wire
from scenarios.target import Target

wire = Wire(Target("http", "127.0.0.1", server.server_port), {"User-Agent": "cutover"}, 2.0)
def seen(ask):
    return json.loads(wire.exchange(ask).text)
def refusal(path):
    try:
        wire.exchange(Get(path))
    except StepFailed as error:
        return str(error)

"""


def play(code: str) -> str:
    ended = subprocess.run([sys.executable, "-c", SERVER + code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_cookies_are_kept_sent_and_dropped():
    code = """
seen(Get("/set")); both = seen(Get("/x"))["cookie"]
seen(Get("/drop")); print(both, "then", seen(Get("/x"))["cookie"])
"""
    assert play(code) == "a=1; b=2 then b=2"


def test_a_redirect_is_followed_as_get_with_its_query():
    code = """
page = wire.exchange(Post("/here", {"k": "v"}))
answer = json.loads(page.text)
print(page.status, page.path, answer["method"], answer["query"], repr(answer["body"]), answer["agent"])
"""
    assert play(code) == "200 /there GET x=1 '' cutover"


def test_a_redirect_to_another_host_or_port_is_never_followed():
    assert play("print(refusal('/away'))") == "/away redirects to another host, 192.0.2.1: not followed"
    assert play("print(refusal('/other-port'))") == "/other-port redirects to another host, 127.0.0.1:1: not followed"


def test_a_redirect_to_what_is_no_address_fails_the_step():
    assert (
        play("print(refusal('/broken'))") == "/broken redirects to what is no address (Invalid IPv6 URL): not followed"
    )


def test_a_loop_of_redirects_ends():
    assert play("print(refusal('/loop'))") == "/loop redirects more than 10 times"


def test_forms_and_files_are_encoded():
    code = """
plain = seen(Post("/form", {"tên": "Nguyễn & Trần"}, {"Idempotency-Key": "k"}))
scans = tuple((f"scan-{n}", "scan.pdf", "application/pdf", b"%PDF-" + bytes([48 + n])) for n in (1, 2))
file = seen(Post("/file", {"csrf": "t"}, files=scans))
print(plain["body"], file["type"].partition(";")[0])
print(file["body"].replace("\\r\\n", "|"))
"""
    boundary = "------cutover-boundary-7d1f2c"
    disposition = f"{boundary}|Content-Disposition: form-data; name="
    scans = "".join(
        f'{disposition}"scan-{n}"; filename="scan.pdf"|Content-Type: application/pdf||%PDF-{n}|' for n in (1, 2)
    )
    assert play(code).splitlines() == [
        "t%C3%AAn=Nguy%E1%BB%85n+%26+Tr%E1%BA%A7n multipart/form-data",
        f'{disposition}"csrf"||t|{scans}{boundary}--|',
    ]


def test_metrics_that_fail_once_are_asked_again():
    code = """
from gevent.pywsgi import WSGIServer
from scenarios.swarm.metrics import TargetMetrics

answers = iter([b"process_cpu_seconds_total 1.5", b"no number", b"process_cpu_seconds_total x", None,
                b"process_cpu_seconds_total 4.0"])

def metrics(environ, start):
    answer = next(answers)
    if answer is None:
        gevent.sleep(1.0)
    start("200 OK", [])
    return [answer or b""]

import gevent
other = WSGIServer(("127.0.0.1", 0), metrics, log=None)
other.start()
found = TargetMetrics(Target("http", "127.0.0.1", other.server_port), "/metrics")
print([found.cpu_since_last_s() for _ in range(4)])
"""
    assert play(code) == "[None, None, None, 2.5]"
