"""Steps of a portal of another shape: JSON, bearer tokens, one-time codes, an upload by PUT; no cookies, no HTML."""

from scenarios.steps import (
    Asking,
    Get,
    OneTimeCode,
    Pause,
    Send,
    StepFailed,
    Visit,
    answered,
    header,
    json_value,
    kept,
)

POLLS = 5


def search(visit: Visit) -> Asking:
    """Look for the service by name; anybody may."""
    page = yield Get("/api/services", {"q": visit.procedure.name})
    answered(page)
    visit.kept["service"] = str(json_value(page, "items", 0, "id"))


def sign_in(visit: Visit) -> Asking:
    """Sign in with a test account, then with the code that was sent to it."""
    account = visit.account
    page = yield Send.json("POST", "/api/login", {"user": account["user"], "password": account["password"]})
    answered(page)
    challenge = json_value(page, "challenge")
    code = (yield OneTimeCode(to=account["user"])).text
    page = yield Send.json("POST", "/api/login/code", {"challenge": challenge, "code": code})
    answered(page)
    visit.kept["token"] = json_value(page, "data", "accessToken")


def apply(visit: Visit) -> Asking:
    """Begin an application; its number comes in the Location of the answer."""
    application = {
        "serviceId": int(kept(visit, "service")),
        "applicant": visit.citizen.name,
        "plate": visit.row("vehicles")["plate"],
    }
    page = yield Send.json("POST", "/api/applications", application, _bearer(visit))
    answered(page, 201)
    visit.kept["application"] = header(page, "location", r"/api/applications/(\d+)")


def upload(visit: Visit) -> Asking:
    """Put a document to the application."""
    path = f"/api/applications/{kept(visit, 'application')}/document"
    headers = _bearer(visit) | {"Content-Type": "application/pdf"}
    answered((yield Send("PUT", path, headers=headers, body=b"%PDF-1.4\n".ljust(40_000, b"\0"))), 204)


def submit(visit: Visit) -> Asking:
    """Submit under an idempotency key, wait until the portal has decided, and keep the receipt."""
    visit.submitted = visit.submission_key()
    headers = _bearer(visit) | {"Idempotency-Key": visit.submitted}
    path = f"/api/applications/{kept(visit, 'application')}"
    answered((yield Send.json("POST", f"{path}/submit", {}, headers)), 202)
    for _ in range(POLLS):
        page = yield Send("GET", path, headers=_bearer(visit))
        if json_value(answered(page), "state") == "accepted":
            visit.receipt = json_value(page, "receipt")
            visit.digest = json_value(page, "digest")
            return
        yield Pause(0.5)
    raise StepFailed(f"{path} was not accepted after {POLLS} looks")


def _bearer(visit: Visit) -> dict[str, str]:
    return {"Authorization": f"Bearer {kept(visit, 'token')}"}
