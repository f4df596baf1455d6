"""A field that crosses Kafka sealed holds a token there, and says for whom; what is not sealed is never written."""

from uuid import UUID

import pytest

from shared.contracts import schema
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.registry import Registry, published, sealed_fields
from shared.contracts.sealed import LONGEST
from shared.runtime.service import Clear

CANARY = b"Canary-Wilhelmina"


class SaidInSecret(Event, name="said-in-secret", owner="gateway", subject="submission"):
    """Something that only referrals may read."""

    person_id: UUID
    note: v.Sealed
    more: v.Sealed | None = None


REGISTRY = Registry((SaidInSecret,), {})
SAID = SaidInSecret(person_id=UUID(int=1), note=Clear(CANARY, "referrals"))


def test_what_is_to_be_sealed_cannot_be_written() -> None:
    for write in (REGISTRY.encode, lambda said: said.model_dump_json()):
        with pytest.raises(ValueError, match="was not sealed") as refused:
            write(SAID)
        assert "Canary" not in str(refused.value)
    assert "Canary" not in f"{SAID!r} {SAID}"


def test_a_token_takes_its_place_and_everything_else_stays() -> None:
    sealed = REGISTRY.sealed(SAID, lambda clear: f"token-for-{clear.to}")
    assert REGISTRY.tokens(sealed) == ["token-for-referrals"]
    again = REGISTRY.decode(SAID.type(), REGISTRY.encode(sealed))
    assert again == sealed
    assert again.person_id == SAID.person_id
    assert REGISTRY.sealed(sealed, lambda _: "other") is sealed


@pytest.mark.parametrize(
    "note", ['{"content": "Y2xlYXI=", "to": "referrals"}', "7", "null", '""', f'"{"x" * (LONGEST + 1)}"']
)
def test_nothing_but_a_token_is_read(note: str) -> None:
    body = f'{{"person_id": "{UUID(int=1)}", "note": {note}}}'
    with pytest.raises(ValueError, match="note"):
        REGISTRY.decode(SAID.type(), body.encode())


def test_the_schema_says_for_whom() -> None:
    fields = schema.of(SaidInSecret)["properties"]
    assert fields["note"]["x-sealed-to"] == "referrals"
    assert fields["more"]["anyOf"][0]["x-sealed-to"] == "referrals"


def test_every_sealed_field_that_is_published_is_a_field_of_the_event_itself() -> None:
    for event in published().events:
        said = str(schema.of(event))
        assert said.count("x-sealed-to") == len(sealed_fields(event)), event.__name__
