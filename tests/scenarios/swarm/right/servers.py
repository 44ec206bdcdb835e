"""Servers that no one here wrote, as their makers have them started: nginx, Django's admin, Datasette."""

import os
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scenarios.swarm.right.standing import free_port

DJANGO = """
DEBUG, ROOT_URLCONF, SECRET_KEY, USE_TZ, STATIC_URL = False, "urls", "a test's", True, "/static/"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib." + name for name in ("admin", "auth", "contenttypes", "sessions", "messages")]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "django.db",
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, as Django has it for tests
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
STAFF = """
import django, sys
django.setup()
from django.contrib.auth.models import User
for number in range(int(sys.argv[1])):
    User.objects.create_superuser(f"officer{number}", password=f"secret-of-{number}")
"""
NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 1000; }}
http {{
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ text/html html; text/css css; image/svg+xml svg; }}
  log_format seen '$request_method $request_uri $status $http_traceparent $sent_http_content_encoding';
  access_log {folder}/access.log seen;
  {server}
}}
"""


def listens(port: int) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket() as end:
        return end.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(command: list[str], port: int, folder: Path, **env: str) -> Iterator[None]:
    """Run a server in a folder until the block ends; wait until it listens."""
    with (folder / "server.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **env})
    try:
        for _ in range(400):
            if listens(port):
                break
            assert process.poll() is None, (folder / "server.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        else:
            raise AssertionError((folder / "server.log").read_text(encoding="utf-8"))
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[int]:
    """Run nginx with a `server` block, in which `{port}` and `{folder}` stand for its own; the value is the port."""
    port = free_port()
    block = server.replace("{port}", str(port)).replace("{folder}", str(folder))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=block), encoding="utf-8")
    command = ["nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with serving(command, port, folder):
        yield port


@contextmanager
def django(folder: Path, officers: int) -> Iterator[str]:
    """Serve Django's admin to officers 0, 1, … behind whoever speaks TLS for it; the value is its URL without TLS."""
    (folder / "settings.py").write_text(DJANGO, encoding="utf-8")
    (folder / "urls.py").write_text(URLS, encoding="utf-8")
    env = {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
    options = {"cwd": folder, "check": True, "capture_output": True, "env": {**os.environ, **env}}
    subprocess.run([sys.executable, "-m", "django", "migrate"], **options)
    subprocess.run([sys.executable, "-c", STAFF, str(officers)], **options)
    port = free_port()
    command = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with serving(command, port, folder, **env):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def datasette(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a register of applications in which the actor `clerk` may write; the values are its URL and a token."""
    with sqlite3.connect(folder / "register.db") as connection:
        connection.execute("pragma journal_mode = wal")
        columns = "id integer primary key, key text unique not null, applicant text not null, subject text not null"
        connection.execute(f"create table applications ({columns}, state text not null default 'received')")
    connection.close()
    config = """
        databases:
          register:
            permissions:
              insert-row: {id: clerk}
              update-row: {id: clerk}
    """
    (folder / "datasette.yaml").write_text(textwrap.dedent(config), encoding="utf-8")
    tool, secret, port = [sys.executable, "-m", "datasette"], "a test's", free_port()
    token = subprocess.run(
        [*tool, "create-token", "clerk", "--secret", secret], capture_output=True, check=True, text=True
    ).stdout.strip()
    served = ["serve", "register.db", "--config", "datasette.yaml", "--secret", secret, "--port", str(port)]
    with serving([*tool, *served], port, folder):
        yield f"http://127.0.0.1:{port}", token


def make_authority(folder: Path) -> None:
    """Make a private authority (`authority.pem`), and a certificate that it signs (`server.pem`, `server.key`)."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    fresh = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl(*fresh, "-x509", "-subj", "/CN=A test's authority", "-keyout", "authority.key", "-out", "authority.pem")
    openssl(*fresh[:-2], "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName = IP:127.0.0.1\n", encoding="utf-8")
    signs = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *signs, "-out", "server.pem")
