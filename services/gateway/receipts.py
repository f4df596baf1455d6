"""Receipts: what was made of a submission, in plain words, and what became of it since."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel, Field, StringConstraints

from services.gateway.domain.content import MOST_PROBLEMS
from services.gateway.refusals import NOT_FOUND, NOT_TOLD, REFUSALS
from shared.contracts import values as v
from shared.contracts.intake import ReferralSubmitted
from shared.contracts.people import CHI_PROBLEMS
from shared.runtime.database import queries
from shared.runtime.http import Call, Route, query
from shared.runtime.problems import Problem

SQL = queries(Path(__file__).parent / "queries.sql")
READERS = ("sender", "coordinator")
PARKED = "parked"
"""The code of what is kept in the inbox and could not be taken."""

RULE_0 = (
    "Nobody has read this yet. If someone may come to harm now, phone 999; NHS 24 is 111, day and night. "
    "Do that first, then tell the service itself."
)
MEANINGS: Mapping[str, str] = {
    "referral-not-known-yet": "The referral it names has not come. Once it has, this is placed; nothing is lost.",
    "referral-not-taken": "What it names did not become a referral. A person looks at it; nothing is lost.",
    "version-not-known-yet": "This version of the type is not known here yet. It is kept until it is.",
    "measure-not-taken-yet": f"Measures are not taken here yet. {RULE_0}",
    "concern-not-taken-here": f"Concerns are not taken here. {RULE_0}",
    PARKED: "It is kept, byte for byte, and could not be taken; an operator sees it. Do not send it again.",
    "missing": "It is needed, and is not there.",
    "empty": "There is no body.",
    "not-json": "It is not JSON that can be read.",
    "not-storable": "It holds characters or numbers that cannot be kept.",
    "not-of-this-version": "It is not what this version of the type asks for.",
    "too-many-problems": f"More than {MOST_PROBLEMS} things are wrong.",
    "unknown-type": "No such type is known; the types are in the event catalogue.",
    "not-a-known-code": "It is none of the codes that the schema lists.",
    "not-a-board": "It is not the code of an NHS board, such as S08000030.",
    "not-in-this-form": "It does not have the form that the schema asks for.",
    "not-an-id": "It is not a UUID.",
    "not-a-date": "It is not a date, such as 2026-03-02.",
    "not-a-time": "It is not a time, such as 2026-03-02T09:00:00Z.",
    "no-time-zone": "The time does not say its offset, as in 2026-03-02T09:00:00Z.",
    "out-of-range": "It is too small or too large.",
    "too-long": "It is too long.",
    "too-short": "It is too short.",
    "wrong-kind": "It is not of the kind that the schema asks for.",
    "contradictory": "Parts of it do not go together, as the schema says.",
    "not-as-described": "It is not as the schema says.",
    "not-a-phone-number": "It is not a phone number of 6 to 15 digits.",
    **CHI_PROBLEMS,
    "in-the-future": "It lies in the future. Check the date and the clock.",
    "family-needs-agreement": "Family may refer only with the client's agreement. Ask the client first.",
}


class Fault(BaseModel):
    """One thing wrong with a submission: where, a stable code, and why; never the value itself."""

    field: str
    code: str
    message: str


class Became(BaseModel):
    """Where the referral stands now. `feedback` none: the client or the family sent it, and no more is ever told.

    `not_known` is what the decision waits for and the referrer is asked, by `review_on`.
    """

    state: Literal["received", "waiting", "started", "ended", "declined", "withdrawn"]
    since: datetime
    grounds: list[v.Ground]
    actions: list[v.InsteadAction]
    signposted_to: list[str]
    review_on: date | None
    not_known: list[v.NotKnown]
    returns: int
    feedback: Literal["state", "none"]


Status = Literal["received", "held", "rejected", "refused"]
"""`rejected`: the gateway could not use it as it is; `refused`: it was passed on, and a rule of care said no."""


class Receipt(BaseModel):
    """What was made of one submission, and what became of it; from the first answer on, or once it was taken if it is
    `parked`, it can be asked for.
    """

    receipt_id: UUID
    status: Status
    submitted_type: str
    received_at: datetime
    urgent: bool
    code: str | None
    message: str | None
    problems: list[Fault]
    referral_id: UUID | None
    became: Became | None


class Receipts(BaseModel):
    """Receipts, oldest first; `next` is the `after` of the next page."""

    rows: list[Receipt]
    next: str | None


class ReceiptsAsked(BaseModel):
    status: Status | None = None
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}~[0-9a-f-]{36}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


def receipt_of(row: Mapping[str, Any]) -> Receipt:
    """The receipt in a row of the receipts' queries."""
    status, code = _made_of(row)
    return Receipt(
        receipt_id=row["id"],
        status=status,
        submitted_type=row["submitted_type"],
        received_at=row["received_at"],
        urgent=row["urgent"],
        code=code,
        message=_meaning(status, code),
        problems=[
            Fault(field=field, code=code, message=MEANINGS.get(code, ""))
            for field, code in zip(row["problem_fields"], row["problem_codes"], strict=True)
        ],
        referral_id=row["referral_id"],
        became=None if row["state"] is None else Became.model_validate(row),
    )


def _made_of(row: Mapping[str, Any]) -> tuple[Status, str | None]:
    """Its status and code. Why a wish was refused may tell how its referral stands, so it is told where that is."""
    refusal: str | None = row["refusal"]
    if refusal is None:
        return row["status"], row["code"]
    told = refusal == NOT_FOUND or row["feedback"] == "state" or row["submitted_type"] == ReferralSubmitted.type()
    return "refused", refusal if told else NOT_TOLD


def _meaning(status: Status, code: str | None) -> str | None:
    if code is None:
        return None
    if status == "refused":
        return REFUSALS.get(code) or MEANINGS.get(code) or "A rule said no, and nothing was changed."
    return MEANINGS.get(code)


async def receipts_by_id(connection: Connection, submissions: Sequence[UUID]) -> Mapping[UUID, Receipt]:
    """The receipts of those submissions that the connection's organisation may see."""
    rows = await connection.fetch(SQL["receipts_by_id"], submissions)
    return {row["id"]: receipt_of(dict(row)) for row in rows}


async def _one(connection: Connection, call: Call, _: Any) -> Receipt | None:
    receipt_id = call.path["receipt_id"]
    return (await receipts_by_id(connection, [receipt_id])).get(receipt_id)


async def _many(connection: Connection, _: Call, asked: ReceiptsAsked) -> Receipts:
    at, identity = _cursor(asked.after)
    found = await connection.fetch(SQL["receipts"], asked.status, at, identity, asked.limit + 1)
    rows = [receipt_of(dict(row)) for row in found[: asked.limit]]
    return Receipts(rows=rows, next=_cursor_of(rows[-1]) if len(found) > asked.limit else None)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _cursor_of(receipt: Receipt) -> str:
    return f"{(receipt.received_at - _EPOCH) // _MICROSECOND}~{receipt.receipt_id}"


def _cursor(after: str | None) -> tuple[datetime | None, UUID | None]:
    if after is None:
        return None, None
    at, _, identity = after.partition("~")
    try:
        return _EPOCH + int(at) * _MICROSECOND, UUID(identity)
    except (ValueError, OverflowError):
        raise Problem(422, "bad-cursor", "Take `after` from the `next` of an earlier page.", field="after") from None


QUESTIONS: Sequence[Route] = (
    query("/receipts/{receipt_id}", _one, roles=READERS, summary="One receipt, and what became of it.", answer=Receipt),
    query(
        "/receipts",
        _many,
        roles=READERS,
        summary="The organisation's receipts, oldest first; `status=held` is what waits for a person.",
        params=ReceiptsAsked,
        answer=Receipts,
    ),
)
