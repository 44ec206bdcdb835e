"""Steps of a register that speaks JSON over its tables (Datasette's API; PostgREST's is alike): tokens, writes."""

import hashlib

from scenarios.steps import Answer, Asking, Get, Send, StepFailed, Visit, answered, json_value

TABLE = "/register/applications"


def look_up(visit: Visit) -> Asking:
    """Look whether the applicant has applied before; anybody may."""
    answered((yield Get(f"{TABLE}.json", {"applicant__exact": visit.citizen.name, "_sort_desc": "id"})))


def apply(visit: Visit) -> Asking:
    """Put an application into the register, under a key that no other may have, and keep its number."""
    visit.submitted = visit.submission_key()
    row = {"key": visit.submitted, "applicant": visit.citizen.name, "subject": visit.procedure.name}
    page = yield Send.json("POST", f"{TABLE}/-/insert", {"row": row, "return": True}, _token(visit))
    answered(page, 201)
    visit.receipt = str(json_value(page, "rows", 0, "id"))
    stored = json_value(page, "rows", 0)
    visit.digest = hashlib.sha256(f"{stored['applicant']}\n{stored['subject']}".encode()).hexdigest()


def settle(visit: Visit) -> Asking:
    """Settle it."""
    path = f"{TABLE}/{visit.receipt}/-/update"
    page = yield Send.json("POST", path, {"update": {"state": "settled"}, "return": True}, _token(visit))
    _is_settled(visit, page)


def look_at(visit: Visit) -> Asking:
    """Look at it again."""
    _is_settled(visit, (yield Get(f"{TABLE}/{visit.receipt}.json")))


def _is_settled(visit: Visit, page: Answer) -> None:
    row = json_value(answered(page), "rows", 0)
    if (str(row["id"]), row["key"], row["state"]) != (visit.receipt, visit.submission_key(), "settled"):
        raise StepFailed(f"{page.path} is not the settled application {visit.receipt}")


def _token(visit: Visit) -> dict[str, str]:
    return {"Authorization": f"Bearer {visit.account['token']}"}
