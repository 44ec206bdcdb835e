"""What the swarm knows about each dossier that it submitted: a line of `receipts.jsonl`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Receipt:
    """One submission under its idempotency key.

    `receipt` and `digest` are None while its answer has not been seen. A submission may be written twice,
    before it is sent and when it is answered; the answer counts.
    """

    session: int
    visit: int
    step: str
    key: str
    receipt: str | None = None
    digest: str | None = None
    refused: bool = False

    def to_record(self) -> dict[str, Any]:
        """Return the line's JSON object."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Receipt":
        """Make the receipt of a line; KeyError, TypeError or ValueError when it is none."""
        session, visit = int(record["session"]), int(record["visit"])
        step, key, receipt, digest = (record[name] for name in ("step", "key", "receipt", "digest"))
        if not (isinstance(step, str) and isinstance(key, str)):
            raise TypeError("`step` and `key` must be text")
        refused = record.get("refused", False) is True
        return cls(session, visit, step, key, _text(receipt), _text(digest), refused=refused)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
