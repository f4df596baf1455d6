"""Every answer that is not the one asked for: RFC 9457 problem+json with a stable code, in one shape."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from pydantic import ValidationError

from shared.runtime.commands import KeyReused, Stale
from shared.runtime.database import Unavailable, is_transient
from shared.runtime.decisions import NotFound
from shared.runtime.keys import KeyGone, WrongKey
from shared.runtime.master_keys import BadMasterKeys
from shared.runtime.sealing import CannotOpen, NoKeyYet
from shared.runtime.service import Refusal

MEDIA = b"application/problem+json"

_TITLES = {
    400: "The request cannot be read",
    401: "Who asks is not known",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "A rule says no",
    410: "It is no longer there",
    412: "It has changed meanwhile",
    413: "Too large",
    415: "Not this kind of content",
    422: "Something in the request is not right",
    429: "Too much at once",
    500: "A fault on our side",
    503: "Away for the moment",
}
_MOST_ERRORS = 50
_LONGEST_NAME = 200

Errors = Sequence[tuple[str, str]]
Headers = tuple[tuple[bytes, bytes], ...]


class Problem(Exception):
    """A request that ends here: what happened and what to do, with a stable code and the fields at fault."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        errors: Errors = (),
        headers: Headers = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers
        self.errors = errors or (((field, detail),) if field else ())

    def as_bytes(self) -> bytes:
        """The problem+json document."""
        said: dict[str, Any] = {
            "type": f"urn:kith:problem:{self.code}",
            "title": _TITLES.get(self.status, "It did not work"),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            said["field"] = self.errors[0][0][:_LONGEST_NAME]
            said["errors"] = [
                {"field": field[:_LONGEST_NAME], "message": message} for field, message in self.errors[:_MOST_ERRORS]
            ]
        try:
            return orjson.dumps(said)
        except orjson.JSONEncodeError:
            # A rule quoted a text that UTF-8 cannot carry.
            del said["detail"]
            said.pop("errors", None)
            said["field"] = ascii(said.get("field", ""))
            return orjson.dumps(said)


def name_of(place: Sequence[int | str]) -> str:
    """A field as a person would write it, without the validator's own steps: `goals.0.text`; the whole is `body`."""
    return ".".join(part for part in map(str, place) if "[" not in part) or "body"


def invalid(errors: Errors) -> Problem:
    """Fields that do not follow the schema."""
    field, message = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(422, "invalid", f"{field[:_LONGEST_NAME]}: {message}{more}.", errors=errors)


def invalid_model(error: ValidationError) -> Problem:
    """What pydantic found: 400 when the bytes are no JSON at all, else 422 with every field."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return Problem(400, "bad-json", f"The body is not JSON that can be read: {found[0]['msg']}.")
    return invalid([(name_of(each["loc"]), each["msg"]) for each in found])


def away() -> Problem:
    """The database does not answer; the same request may succeed soon."""
    return Problem(
        503,
        "database-unavailable",
        "The service's database does not answer just now. Nothing was changed; send the same request again.",
        headers=((b"retry-after", b"2"),),
    )


def problem_of(error: BaseException) -> Problem | None:
    """The problem an exception of the runtime stands for; None when it is a fault of ours."""
    match error:
        case Problem():
            return error
        case NotFound():
            return Problem(404, error.code, error.message)
        case Stale():
            return Problem(412, "stale", str(error), field="If-Match")
        case KeyReused():
            return Problem(
                422,
                "idempotency-key-reused",
                "This Idempotency-Key came before with another request. Use a new key for a new request.",
                field="Idempotency-Key",
            )
        case Refusal():
            return Problem(409, error.code, error.message, field=error.field)
        case KeyGone():
            return Problem(410, "erased", str(error))
        case WrongKey() | BadMasterKeys():
            return Problem(503, "vault-locked", str(error))
        case NoKeyYet():
            return Problem(503, "no-key-yet", str(error), headers=((b"retry-after", b"2"),))
        case CannotOpen():
            return Problem(422, "cannot-open", f"It cannot be kept: {error}.")
        case Unavailable() | asyncpg.InternalClientError():
            return away()
        case asyncpg.DataError() | OverflowError():
            # The last guard: every known value of this kind is refused by name before it gets here.
            return Problem(422, "not-storable", "A value in the request is outside of what can be kept.")
        case _ if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError) and is_transient(error):
            return away()
    return None
