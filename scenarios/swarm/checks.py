"""Checks of what came back: each returns what is as it should be, or fails the step in words."""

from typing import Final

from scenarios.swarm.answer import Answer
from scenarios.swarm.failures import StepBlocked, StepFailed, StepRejected
from scenarios.swarm.target.taking import title_of

BUSY: Final = 503
TOO_MANY: Final = 429
"""Too many requests (RFC 6585): who counts requests answers in the portal's place. A portal that is busy says 503."""

BLOCK_PAGE: Final = "blocked"


def answered(page: Answer, status: int = 200, title: str | None = None) -> Answer:
    """Return the answer if it has the status and, where one is given, the title: a 200 may be the wrong page too."""
    if page.status == TOO_MANY or page.is_page(BLOCK_PAGE):
        raise StepBlocked(f"{page.path} was answered {page.status} by a firewall")
    if page.status == BUSY:
        raise StepRejected(f"{page.path} answered {page.status}")
    if page.status != status:
        raise StepFailed(f"{page.path} answered {page.status}, not {status}")
    if title is not None and title_of(page) != title:
        raise StepFailed(f"{page.path} is not the page titled {title!r}")
    return page


def expect(page: Answer, name: str, status: int = 200) -> Answer:
    """Return the answer if it is the stand-in's page of that name; a 200 with the wrong content is a failure too."""
    if page.status == status and page.is_page(name):
        return page
    answered(page, status)
    raise StepFailed(f"{page.path} is not the page `{name}`")


def needed(value: str | None, what: str, page: Answer) -> str:
    """Return a value extracted from a page, or fail the step by name."""
    if value is None:
        raise StepFailed(f"{page.path} holds no {what}")
    return value


def found(is_there: bool, what: str, page: Answer) -> None:
    """Fail the step by name unless the page holds what it should."""
    if not is_there:
        raise StepFailed(f"{page.path} holds no {what}")
