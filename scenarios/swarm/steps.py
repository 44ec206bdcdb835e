"""The steps of the stand-in portal: what a citizen asks for in each, what is extracted and what is checked.

A step is a generator: it yields what it asks for and is sent the `Answer` that came back. It does no I/O and knows no
clock, so the same steps run in tests without a network and over any wire. It returns when all went well and raises
`StepFailed` when the portal's answer is not the one it needs.
"""

import hashlib
import re
from collections.abc import Callable, Generator

from cutover.base.errors import BadInput, Mistake
from fixtures.portal.officer_secret import OFFICER_SECRET
from scenarios.scenario import Scenario
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Ask, Asking, Get, Pause, Post
from scenarios.swarm.checks import answered, expect, found, needed
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.visit import Visit

Step = Callable[[Visit], Asking]

CONFLICT = 409
ATTACHED_BYTES = 40_000  # assumed: small scans, all papers of a dossier together; the stand-in takes up to 2 MB each
PDF = "application/pdf"
LOOK_S = 2.0  # how long the stand-in's page waits before it looks again whether a payment was reported
LOOKS = 60


def home(_: Visit) -> Asking:
    """Open the portal."""
    expect((yield Get("/")), "home")


def search(visit: Visit) -> Asking:
    """Search the procedure database by name."""
    page = expect((yield Get("/search", {"q": visit.procedure.name})), "search")
    found(f"/procedures/{visit.procedure.code}" in page.text, "link to the procedure", page)


def procedure(visit: Visit) -> Asking:
    """Read what the procedure asks for."""
    expect((yield Get(f"/procedures/{visit.procedure.code}")), "procedure")


def browse(visit: Visit) -> Asking:
    """Find the procedure by the level and the agency that settle it."""
    expect((yield Get("/browse")), "browse")
    page = expect((yield Get(f"/browse/{visit.procedure.level}", {"agency": visit.procedure.agency})), "level")
    found(f"/procedures/{visit.procedure.code}" in page.text, "link to the procedure", page)


def sign_in(visit: Visit) -> Asking:
    """Sign in with the citizen's synthetic identification number, as the identity provider asks for it.

    Where the provider sends a one-time code, it is read from the stand-in's test inbox.
    """
    page = expect((yield Get("/sign-in")), "identity")
    needed(page.csrf, "csrf token", page)
    citizen = visit.citizen
    who = {"identification": citizen.identification, "name": citizen.name, "phone": citizen.phone}
    page = yield Post("/identity/authorize", {**page.hidden, **who})
    if page.is_page("identity_code"):
        inbox = expect((yield Get(f"/inbox/{citizen.phone}")), "inbox")
        code = needed(inbox.attribute("data-code"), "one-time code", inbox)
        page = yield Post("/identity/code", {**page.hidden, "one_time_code": code})
    expect(page, "me")


def form(visit: Visit) -> Asking:
    """Fill in the procedure's form and save it as a draft."""
    page = expect((yield Get(f"/procedures/{visit.procedure.code}/form")), "form")
    yield from _fill_in(visit, page, "/drafts", {})


def counter(visit: Visit) -> Asking:
    """Sign in as an officer at the counter of the citizen's commune, and fill in the form for the citizen."""
    page = expect((yield Get("/counter/sign-in", {"province": visit.province})), "counter_sign_in")
    officer = {
        "csrf": needed(page.csrf, "csrf token", page),
        "commune": visit.citizen.commune,
        "secret": OFFICER_SECRET,
    }
    expect((yield Post("/counter/sign-in", officer)), "counter")
    page = expect((yield Get(f"/counter/procedures/{visit.procedure.code}/form")), "form")
    yield from _fill_in(visit, page, "/counter/drafts", {"identification": visit.citizen.identification})


def _fill_in(visit: Visit, page: Answer, path: str, more: dict[str, str]) -> Asking:
    """Send the form on a page, with fields of the citizen and more, and keep the draft that it becomes."""
    visit.csrf = needed(page.csrf, "csrf token", page)
    citizen = visit.citizen
    filled = {
        "csrf": visit.csrf,
        "procedure": visit.procedure.code,
        "applicant": citizen.name,
        "phone": citizen.phone,
        "commune": citizen.commune,
        "details": f"Synthetic dossier of session {visit.session}",
        **more,
    }
    visit.draft = expect((yield Post(path, filled)), "draft").path


def upload(visit: Visit) -> Asking:
    """Upload the papers that the procedure demands, or one where it demands none."""
    draft, csrf = _draft(visit)
    demanded = len(visit.procedure.attachments)
    fields = [f"document-{number}" for number in range(1, demanded + 1)] or ["file"]
    files = tuple((field, f"{field}.pdf", PDF, _scan(visit, field, ATTACHED_BYTES // len(fields))) for field in fields)
    page = expect((yield Post(f"{draft}/attachments", {"csrf": csrf}, files=files)), "draft")
    found(page.text.count("data-digest=") >= len(fields), f"{len(fields)} attachments with digests", page)


def _scan(visit: Visit, what: str, size_bytes: int) -> bytes:
    """Return a file of a visit that passes for a PDF, unlike all others."""
    return b"%PDF-1.4\n" + f"synthetic {what} {visit.session}\n".encode().ljust(size_bytes, b"\0")


def submit(visit: Visit) -> Asking:
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


def pay(visit: Visit) -> Asking:
    """Pay the fee with a bank or an intermediary; where the procedure is free, be told so."""
    page = expect((yield Get(f"/dossiers/{visit.receipt}/pay")), "pay")
    if page.attribute("data-state") == "free":
        return
    choice = {"csrf": needed(page.csrf, "csrf token", page), "provider": visit.provider.code}
    page = expect((yield Post(f"/dossiers/{visit.receipt}/pay", choice)), "bank")
    needed(page.csrf, "csrf token", page)
    page = expect((yield Post(page.path, {**page.hidden, "decision": "pay"})), "payment")
    looked = 0
    while page.attribute("data-state") == "created" and looked < LOOKS:
        yield Pause(LOOK_S)
        page = expect((yield Get(page.path)), "payment")
        looked += 1
    found(page.attribute("data-state") == "paid", "state `paid`", page)


def issue(visit: Visit) -> Asking:
    """Issue the result of the visit's dossier, as the officer of the counter where it was entered."""
    page = expect((yield Get("/counter/dossiers", {"receipt": str(visit.receipt)})), "counter_dossier")
    file = ("file", "result.pdf", PDF, _scan(visit, "result", ATTACHED_BYTES))
    sent = {"csrf": needed(page.csrf, "csrf token", page)}
    page = expect((yield Post(f"{page.path}/result", sent, files=(file,))), "counter_dossier")
    visit.result = needed(page.attribute("data-result"), "digest of the result", page)


def result(visit: Visit) -> Asking:
    """Receive the result of the visit's dossier, and check that it is the one that was issued."""
    page = answered((yield Get(f"/dossiers/{visit.receipt}/result")))
    found(hashlib.sha256(page.body).hexdigest() == visit.result, "result with the digest of the one issued", page)


def track(visit: Visit) -> Asking:
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


def feedback(visit: Visit) -> Asking:
    """Send feedback."""
    page = expect((yield Get("/feedback")), "feedback")
    text = {
        "csrf": needed(page.csrf, "csrf token", page),
        "text": f"Synthetic feedback of session {visit.session}",
    }
    expect((yield Post("/feedback", text)), "thanks")


def publish(visit: Visit) -> Asking:
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


def _new_version(visit: Visit) -> Generator[Ask, Answer, tuple[Answer, Answer]]:
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


def _version(page: Answer) -> int:
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
    for step in (
        home,
        search,
        browse,
        procedure,
        sign_in,
        form,
        upload,
        submit,
        pay,
        track,
        result,
        feedback,
        publish,
        counter,
        issue,
    )
}
