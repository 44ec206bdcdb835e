"""Steps of Django's admin: signing in with its CSRF token, a list, an object that is added, and looked at."""

import hashlib

from scenarios.steps import Asking, Get, Post, Visit, address, answered, field, kept, matched

GROUPS = "/admin/auth/group"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 # a field's name


def sign_in(visit: Visit) -> Asking:
    """Sign in with a test account; the form's token and the cookie's secret must belong together."""
    page = answered((yield Get("/admin/login/", {"next": "/admin/"})), title="Log in | Django site admin")
    account = visit.account
    sent = {TOKEN: field(page, TOKEN), "username": account["user"], "password": account["password"], "next": "/admin/"}
    answered((yield Post("/admin/login/", sent)), title="Site administration | Django site admin")


def list_groups(_: Visit) -> Asking:
    """Look at the groups, the newest first."""
    answered((yield Get(f"{GROUPS}/", {"o": "-1"})), title="Select group to change | Django site admin")


def add_group(visit: Visit) -> Asking:
    """Add a group under a name that nobody else has, and take its number from where the admin leads on to."""
    page = answered((yield Get(f"{GROUPS}/add/")), title="Add group | Django site admin")
    visit.submitted = visit.submission_key()
    sent = {TOKEN: field(page, TOKEN), "name": visit.submitted, "_continue": "Save and continue"}
    page = answered((yield Post(f"{GROUPS}/add/", sent)))
    visit.receipt = address(page, rf"{GROUPS}/(\d+)/change/")
    name = matched(page, r'name="name" value="([^"]+)"')
    visit.digest = hashlib.sha256(name.encode()).hexdigest()
    visit.kept["name"] = name


def look_at_group(visit: Visit) -> Asking:
    """Look at the group that was added: it must have the name that it was given."""
    page = answered((yield Get(f"{GROUPS}/{visit.receipt}/change/")))
    matched(page, rf'name="name" value="({kept(visit, "name")})"')


def sign_out(_: Visit) -> Asking:
    """Sign out, and be asked to log in again."""
    page = answered((yield Get("/admin/")))
    answered((yield Post("/admin/logout/", {TOKEN: field(page, TOKEN)})), title="Logged out | Django site admin")
    answered((yield Get(f"{GROUPS}/")), title="Log in | Django site admin")
