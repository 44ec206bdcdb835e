"""The steps of the stand-in portal: what a citizen asks for in each, what is extracted and what is checked.

A step is a generator: it yields a `Get` or `Post` and is sent the `Page` that came back. It does no I/O and knows no
clock, so the same steps run in tests without a network and over any wire. It returns when all went well and raises
`StepFailed` when the portal's answer is not the one it needs.
"""

import re
from collections.abc import Callable, Generator

from cutover.base.errors import BadInput, Mistake
from fixtures.portal.settings import OFFICER_SECRET
from scenarios.scenario import Scenario
from scenarios.swarm.exchanges import Exchanges, Get, Page, Post, StepFailed, expect, found, needed
from scenarios.swarm.visit import Visit

Step = Callable[[Visit], Exchanges]

CONFLICT = 409
ATTACHMENT_BYTES = 40_000  # assumed: a small scan; the stand-in takes up to 2 MB


def home(_: Visit) -> Exchanges:
    """Open the portal."""
    expect((yield Get("/")), "home")


def search(visit: Visit) -> Exchanges:
    """Search the procedure database by name."""
    page = expect((yield Get("/search", {"q": visit.procedure.name})), "search")
    found(f"/procedures/{visit.procedure.code}" in page.text, "link to the procedure", page)


def procedure(visit: Visit) -> Exchanges:
    """Read what the procedure asks for."""
    expect((yield Get(f"/procedures/{visit.procedure.code}")), "procedure")


def sign_in(visit: Visit) -> Exchanges:
    """Sign in with the citizen's synthetic identification number."""
    page = expect((yield Get("/sign-in")), "sign_in")
    citizen = visit.citizen
    form = {
        "csrf": needed(page.csrf, "csrf token", page),
        "identification": citizen.identification,
        "name": citizen.name,
    }
    expect((yield Post("/sign-in", form)), "me")


def form(visit: Visit) -> Exchanges:
    """Fill in the procedure's form and save it as a draft."""
    page = expect((yield Get(f"/procedures/{visit.procedure.code}/form")), "form")
    visit.csrf = needed(page.csrf, "csrf token", page)
    citizen = visit.citizen
    filled = {
        "csrf": visit.csrf,
        "procedure": visit.procedure.code,
        "applicant": citizen.name,
        "phone": citizen.phone,
        "commune": citizen.commune,
        "details": f"Synthetic dossier of session {visit.session}",
    }
    page = expect((yield Post("/drafts", filled)), "draft")
    visit.draft = page.path


def upload(visit: Visit) -> Exchanges:
    """Upload one attachment."""
    draft, csrf = _draft(visit)
    scan = b"%PDF-1.4\n" + f"synthetic {visit.session}\n".encode().ljust(ATTACHMENT_BYTES, b"\0")
    attachment = ("file", "scan.pdf", "application/pdf", scan)
    page = expect((yield Post(f"{draft}/attachments", {"csrf": csrf}, file=attachment)), "draft")
    needed(page.attribute("data-digest"), "digest of the attachment", page)


def submit(visit: Visit) -> Exchanges:
    """Submit the draft and keep the receipt."""
    draft, csrf = _draft(visit)
    visit.submitted = visit.submission_key()
    headers = {"Idempotency-Key": visit.submitted}
    page = expect((yield Post(f"{draft}/submit", {"csrf": csrf}, headers)), "receipt", status=201)
    visit.receipt = needed(page.attribute("data-receipt"), "receipt", page)
    visit.digest = needed(page.attribute("data-digest"), "digest of the dossier", page)


def _draft(visit: Visit) -> tuple[str, str]:
    """Return the draft that `form` saved, with its token."""
    if visit.draft is None or visit.csrf is None:
        raise StepFailed("there is no draft yet: the journey must come through `form`")
    return visit.draft, visit.csrf


def pay(visit: Visit) -> Exchanges:
    """Pay the fee with a bank or an intermediary."""
    page = expect((yield Get(f"/dossiers/{visit.receipt}/pay")), "pay")
    choice = {"csrf": needed(page.csrf, "csrf token", page), "provider": visit.provider.code}
    page = expect((yield Post(f"/dossiers/{visit.receipt}/pay", choice)), "dossier")
    found(page.attribute("data-state") == "paid", "state `paid`", page)


def track(visit: Visit) -> Exchanges:
    """Look at the state of this visit's dossier, or at the list of the citizen's dossiers."""
    if visit.receipt is None:
        expect((yield Get("/dossiers")), "dossiers")
        return
    page = expect((yield Get(f"/dossiers/{visit.receipt}")), "dossier")
    needed(
        "same" if page.attribute("data-digest") == visit.digest else None,
        "digest equal to the receipt's",
        page,
    )


def feedback(visit: Visit) -> Exchanges:
    """Send feedback."""
    page = expect((yield Get("/feedback")), "feedback")
    text = {
        "csrf": needed(page.csrf, "csrf token", page),
        "text": f"Synthetic feedback of session {visit.session}",
    }
    expect((yield Post("/feedback", text)), "thanks")


def publish(visit: Visit) -> Exchanges:
    """Publish a new version of the procedure as an officer of the citizen's province.

    Where another officer was quicker (409), the page is read again and the version published once more. The title
    stays, so that citizens find the procedure as before.
    """
    page = expect((yield Get("/officer/sign-in")), "officer_sign_in")
    form = {
        "csrf": needed(page.csrf, "csrf token", page),
        "province": visit.province,
        "secret": OFFICER_SECRET,
    }
    expect((yield Post("/officer/sign-in", form)), "officer_procedures")
    edit, answer = yield from _new_version(visit)
    if answer.status == CONFLICT:
        edit, answer = yield from _new_version(visit)
    shown = _version(expect(answer, "procedure"))
    found(shown > _version(edit), f"version above {_version(edit)}", answer)


def _new_version(visit: Visit) -> Generator[Get | Post, Page, tuple[Page, Page]]:
    """Open the procedure for editing and send a new version; return the page to edit and the answer."""
    path = f"/officer/procedures/{visit.procedure.code}"
    page = expect((yield Get(f"{path}/edit")), "edit_procedure")
    version = {
        "csrf": needed(page.csrf, "csrf token", page),
        "version": str(_version(page)),
        "title": visit.procedure.name,
        "text": f"Synthetic version of session {visit.session}",
    }
    return page, (yield Post(path, version))


def _version(page: Page) -> int:
    """Return the version of a procedure that a page shows."""
    text = needed(page.attribute("data-version"), "version", page)
    found(re.fullmatch(r"[0-9]+", text) is not None, "version that is a number", page)
    return int(text)


def check_playable(scenario: Scenario) -> None:
    """Raise BadInput, naming all of them, when journeys have steps that no function here plays."""
    remedy = f"use one of {', '.join(STEPS)}, or write the step in scenarios/swarm/steps.py"
    unknown = [step for step in scenario.steps if step not in STEPS]
    if unknown:
        rule = "is a step that the swarm cannot play"
        raise BadInput([Mistake(str(scenario.path), "journeys", step, rule, remedy) for step in unknown])


STEPS: dict[str, Step] = {
    step.__name__: step
    for step in (home, search, procedure, sign_in, form, upload, submit, pay, track, feedback, publish)
}
