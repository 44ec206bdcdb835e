"""Steps of a site of plain pages, such as a web server's folder: titles, links, a page that is not there."""

from scenarios.steps import Asking, Get, Visit, answered, kept, matched


def front(visit: Visit) -> Asking:
    """Open the site, and find the first guide that it links to."""
    page = answered((yield Get("/")), title="Guides")
    visit.kept["guide"] = matched(page, r'<a href="(/guides/[a-z]+\.html)"')


def guide(visit: Visit) -> Asking:
    """Read the guide."""
    page = answered((yield Get(kept(visit, "guide"))))
    matched(page, r"<h1>(.+?)</h1>")


def wrong_turn(_: Visit) -> Asking:
    """Follow a link of last year: a page that is not there must say so."""
    answered((yield Get("/guides/of-last-year.html")), 404)
