"""The worked examples of `docs/examples`, as a user types them, against servers that no one here wrote."""

import hashlib
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reports.run import Run
from reports.summary import Summary
from tests.scenarios.swarm.right.servers import datasette, django, make_authority, nginx
from tests.scenarios.swarm.right.standing import free_port

pytestmark = pytest.mark.realtime
EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
OFFICERS = 40
SUPPLIES = 'schema = 1\n[cast]\nfile = "accounts.csv"\nused_by = ["{step}"]\n'
STATIC = """
server {
  listen 127.0.0.1:{port};
  root {folder}/site;
  gzip on; gzip_min_length 100; gzip_types text/css;
  location ~ \\.(css|svg)$ { expires 1h; }
}
"""
IN_FRONT = """
server {
  listen 127.0.0.1:{port};
  listen 127.0.0.1:{tls} ssl;
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  location / {
    proxy_pass {behind};
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
  }
}
"""


def example(folder: Path, name: str, journey: str) -> Path:
    """Write an example's scenario, shorter and brisker, with its journey beside it."""
    scenario = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    scenario = re.sub("points = .*", "points = [[0, 8], [4, 8], [4, 0], [8, 0]]", scenario)
    scenario = re.sub("duration_s = .*", "duration_s = 8", scenario).replace('"national"', '"stand-in"')
    text = (EXAMPLES / "journeys" / f"{journey}.toml").read_text(encoding="utf-8")
    (folder / "journeys").mkdir()
    brisk = re.sub("think = .*", 'think = { law = "constant", mean_s = 0.2 }', text)
    (folder / "journeys" / f"{journey}.toml").write_text(brisk, encoding="utf-8")
    (folder / f"{name}.toml").write_text(scenario, encoding="utf-8")
    return folder / f"{name}.toml"


def accounts(folder: Path, head: str, rows: list[str], step: str) -> Path:
    """Write the accounts that a target knows, and the supplies file that names them."""
    (folder / "accounts.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    (folder / "accounts.csv").chmod(0o600)
    (folder / "supplies.toml").write_text(SUPPLIES.format(step=step), encoding="utf-8")
    return folder / "supplies.toml"


def reconciled(run: Run, rows: list[tuple[object, str, str]]) -> dict[str, object]:
    """Reconcile a run with what a target holds: of each dossier its number, its key and its content."""
    lines = [f"{number},{key},{hashlib.sha256(content.encode()).hexdigest()},held" for number, key, content in rows]
    export = run.folder.parent.parent / "export.csv"
    export.write_text("\n".join(["receipt,key,digest,state", *lines, ""]), encoding="utf-8")
    command = [sys.executable, "-m", "cutover", "portal", "reconcile", str(run.folder), "--export", str(export)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, (ended.stdout, ended.stderr)
    return Run.open(run.folder).findings["reconciliation"]


def held(database: Path, query: str) -> list[tuple]:
    """Ask a target's own database."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


@contextmanager
def in_front(folder: Path, of: str) -> Iterator[str]:
    """Put nginx with TLS in front of a server; the value is its URL."""
    tls = free_port()
    with nginx(folder, IN_FRONT.replace("{tls}", str(tls)).replace("{behind}", of)):
        yield f"https://127.0.0.1:{tls}"


@pytest.mark.system("nginx")
def test_nginx_serves_its_folder_to_browsers_with_their_caches(swarm, tmp_path):
    pages = tmp_path / "site" / "guides"
    pages.mkdir(parents=True)
    head = '<head><title>{}</title><link rel="stylesheet" href="/site.css"></head>'
    front = '<body><img src="/arms.svg"><a href="/guides/births.html">Births</a></body>'
    (tmp_path / "site" / "index.html").write_text(f"<html>{head.format('Guides')}{front}</html>", encoding="utf-8")
    births = f"<html>{head.format('Births')}<body><h1>Births</h1><img src='/arms.svg'></body></html>"
    (pages / "births.html").write_text(births, encoding="utf-8")
    (tmp_path / "site" / "site.css").write_text("body { margin: 0 }\n" * 100, encoding="utf-8")
    (tmp_path / "site" / "arms.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    path = example(tmp_path, "static-site", "read_pages")
    tmp_path.chmod(0o755)
    with nginx(tmp_path, STATIC) as port:
        more = ("--steps", EXAMPLES / "static_site_steps.py", "--resources")
        ended = swarm(path, "--host", f"http://127.0.0.1:{port}", *more).ended()
    assert ended.code == 0, ended.words
    summary = Summary.of(ended.run)
    assert summary.all.outcomes == {"ok": summary.all.offered}
    lines = [line.split() for line in (tmp_path / "access.log").read_text(encoding="utf-8").splitlines()]
    seen = Counter((path, status) for _, path, status, trace, *_ in lines if trace != "-")
    sessions = ended.run.header.achieved["sessions"]
    assert seen["/", "200"] == sessions == seen["/site.css", "200"] == seen["/arms.svg", "200"]
    assert seen["/guides/births.html", "200"] == summary.steps["guide"].ok > 10
    assert seen["/guides/of-last-year.html", "404"] == summary.steps["wrong_turn"].ok > 0
    assert len(seen) == 5, "more was asked for than a browser would"
    assert {line[4] for line in lines if line[1] == "/site.css"} == {"gzip"}


@pytest.mark.system("nginx", "openssl")
def test_djangos_admin_behind_tls_with_a_private_authority(swarm, tmp_path):
    make_authority(tmp_path)
    path = example(tmp_path, "django-admin", "keep_groups")
    rows = [f"officer{number},secret-of-{number}" for number in range(OFFICERS)]
    supplies = accounts(tmp_path, "user,password", rows, "sign_in")
    with django(tmp_path, OFFICERS) as behind, in_front(tmp_path, behind) as url:
        more = ("--steps", EXAMPLES / "django_admin_steps.py", "--supplies", supplies)
        untrusted = swarm(path, "--host", url, *more)
        assert untrusted.process.wait(60) == 2
        assert "vouch" in untrusted.words()
        assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
        authority = ("--authority", tmp_path / "authority.pem")
        ended = swarm(path, "--host", url, *authority, *more, "--workers", 2).ended()
    assert ended.code == 0, ended.words
    summary = Summary.of(ended.run)
    assert summary.all.outcomes == {"ok": summary.all.offered}
    added = summary.steps["add_group"].ok
    assert 10 < added <= summary.steps["sign_in"].ok == ended.run.header.achieved["sessions"]
    found = reconciled(ended.run, held(tmp_path / "django.db", "SELECT id, name, name FROM auth_group"))
    assert (found["matched"], found["submitted"], found["fails"]) == (added, added, False)
    kept = b"".join(path.read_bytes() for path in ended.run.folder.rglob("*") if path.is_file())
    assert b"secret-of" not in kept


def test_a_register_that_speaks_json_takes_and_settles_applications(swarm, tmp_path):
    path = example(tmp_path, "register", "apply_at_register")
    with datasette(tmp_path) as (url, token):
        supplies = accounts(tmp_path, "token", [token] * OFFICERS, "apply")
        more = ("--steps", EXAMPLES / "register_steps.py", "--supplies", supplies)
        ended = swarm(path, "--host", url, *more).ended()
    assert ended.code == 0, ended.words
    summary = Summary.of(ended.run)
    assert summary.all.outcomes == {"ok": summary.all.offered}
    applied = summary.steps["apply"].ok
    assert applied == summary.steps["look_at"].ok > 10
    rows = held(tmp_path / "register.db", "SELECT id, key, applicant || char(10) || subject, state FROM applications")
    assert Counter(row[3] for row in rows) == {"settled": applied}
    found = reconciled(ended.run, [row[:3] for row in rows])
    assert (found["matched"], found["submitted"], found["fails"]) == (applied, applied, False)
    kept = b"".join(path.read_bytes() for path in ended.run.folder.rglob("*") if path.is_file())
    assert token.encode() not in kept
