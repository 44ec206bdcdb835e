from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.receipts import Receipt
from reports.reconciliation import GONE, Reconciliation, reconcile


@dataclass(frozen=True)
class Dossier:
    receipt: str
    key: str
    digest: str = "d"
    arrived: bool | None = None
    state: str = "accepted"


def sent(key: str, receipt: str | None = None, digest: str | None = None) -> Receipt:
    return Receipt(7, 1, "submit", key, receipt, digest or ("d" if receipt else None))


def test_what_is_receipted_and_stored_once_matches() -> None:
    found = reconcile([sent("a", "R1"), sent("b", "R2")], [Dossier("R2", "b"), Dossier("R1", "a")])
    assert found == Reconciliation(submitted=2, receipted=2, matched=2)
    assert not found.fails


@pytest.mark.parametrize("state", [*sorted(GONE), "Deleted", " CANCELLED\n"])
def test_what_is_no_longer_kept_is_not_there(state: str) -> None:
    gone = [Dossier("R1", "a", state=state), Dossier("R2", "b", state=state), Dossier("R3", "c", state=state)]
    found = reconcile([sent("a", "R1"), sent("b"), sent("d", "R4")], [*gone, Dossier("R4", "d", state="withdrawn")])
    assert found == Reconciliation(submitted=3, receipted=2, matched=1, lost=("R1",))


def test_nothing_reconciles_with_nothing() -> None:
    assert reconcile([], []) == Reconciliation(0, 0, 0)


def test_a_dossier_whose_answer_was_not_seen_is_listed_and_allowed() -> None:
    found = reconcile([sent("a"), sent("b")], [Dossier("R1", "a")])
    assert found == Reconciliation(submitted=2, receipted=0, matched=0, unseen=("R1",))
    assert not found.fails


def test_a_submission_written_before_it_was_answered_counts_once() -> None:
    assert reconcile([sent("a"), sent("a", "R1")], [Dossier("R1", "a")]) == Reconciliation(1, 1, 1)


@pytest.mark.parametrize(
    ("receipts", "stored", "expected"),
    [
        ([sent("a", "R1")], [], Reconciliation(1, 1, 0, lost=("R1",))),
        ([sent("a", "R1")], [Dossier("R1", "a", "other")], Reconciliation(1, 1, 0, altered=("R1",))),
        ([sent("a", None, "d")], [Dossier("R1", "a", "other")], Reconciliation(1, 0, 0, altered=("R1",))),
        (
            [sent("a", "R1")],
            [Dossier("R2", "a"), Dossier("R1", "a")],
            Reconciliation(1, 1, 1, duplicated=("R2",)),
        ),
        (
            [sent("a")],
            [Dossier("R1", "a"), Dossier("R2", "a")],
            Reconciliation(1, 0, 0, ("R1",), duplicated=("R2",)),
        ),
        (
            [sent("a", "R1"), sent("a", "R2")],
            [Dossier("R1", "a"), Dossier("R2", "a")],
            Reconciliation(1, 1, 1, duplicated=("R2",)),
        ),
        ([sent("a", "R1"), sent("a", "R2")], [Dossier("R1", "a")], Reconciliation(1, 1, 1, lost=("R2",))),
        ([], [Dossier("R1", "x")], Reconciliation(0, 0, 0, foreign=("R1",))),
        ([sent("a", "R1")], [Dossier("R9", "a")], Reconciliation(1, 1, 0, lost=("R1",), foreign=("R9",))),
        (
            [sent("a", "R1"), sent("b", "R1")],
            [Dossier("R1", "a")],
            Reconciliation(2, 2, 1, lost=("R1",)),
        ),
    ],
    ids=[
        "lost",
        "altered",
        "altered unseen",
        "duplicated",
        "duplicated unseen",
        "two receipts, both stored",
        "two receipts, one stored",
        "foreign",
        "stored under another receipt",
        "one receipt for two submissions",
    ],
)
def test_anything_else_fails(receipts: list[Receipt], stored: list[Dossier], expected: Reconciliation) -> None:
    found = reconcile(receipts, stored)
    assert found == expected
    assert found.fails


Keys = st.sampled_from("abc")
Numbers = st.sampled_from(["R1", "R2", "R3"])


@given(st.lists(st.builds(sent, Keys, st.none() | Numbers)), st.lists(st.builds(Dossier, Numbers, Keys)))
@settings(derandomize=True)
def test_every_stored_dossier_is_in_exactly_one_class(receipts: list[Receipt], stored: list[Dossier]) -> None:
    found = reconcile(receipts, stored)
    listed = len(found.unseen) + len(found.altered) + len(found.duplicated) + len(found.foreign)
    assert found.matched + listed == len(stored)
    assert found.matched + len(found.altered) <= found.submitted


def test_a_reconciliation_goes_through_findings_unchanged() -> None:
    found = reconcile([sent("a", "R1"), sent("b")], [Dossier("R2", "b")])
    assert found.to_dict() == {
        "submitted": 2,
        "receipted": 1,
        "matched": 0,
        "unseen": ("R2",),
        "lost": ("R1",),
        "altered": (),
        "duplicated": (),
        "foreign": (),
        "unasked": (),
        "arrived": 0,
        "waiting": (),
        "unjudged": (),
        "fails": True,
    }


def test_a_dossier_stored_although_the_portal_refused_it_is_foreign():
    refused = Receipt(7, 1, "submit", "k", refused=True)
    found = reconcile([Receipt(7, 1, "submit", "k"), refused], [Dossier("R", "k")])
    assert found.foreign == ("R",)
    assert found.fails
    assert reconcile([refused], []).fails is False
    assert Receipt.of_record(refused.to_record()) == refused  # and stays so on disk


def test_of_what_matches_some_has_arrived_and_some_is_on_its_way():
    receipts = [sent(key, f"R{key}") for key in "abcd"]
    stored = [Dossier("Ra", "a", arrived=True), Dossier("Rb", "b", arrived=False), Dossier("Rc", "c")]
    found = reconcile(receipts, [*stored, Dossier("Rd", "d", "other", arrived=True)])
    assert (found.matched, found.arrived, found.waiting, found.altered) == (3, 1, ("Rb",), ("Rd",))


def test_what_the_portal_did_not_tell_is_neither_lost_nor_matched():
    found = reconcile([sent("a", "R1"), sent("b", "R2")], [Dossier("R1", "a")], unasked={"R2"})
    assert found == Reconciliation(2, 2, 1, unasked=("R2",))
    assert (found.fails, found.exit_code) == (False, 4)


def test_the_exit_code_says_what_was_found():
    assert reconcile([sent("a", "R1")], [Dossier("R1", "a")]).exit_code == 0
    assert reconcile([sent("a", "R1"), sent("b", "R2")], [], unasked={"R2"}).exit_code == 3
    assert reconcile([], []).exit_code == 4
