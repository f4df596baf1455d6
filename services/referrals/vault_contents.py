"""What the vault of referrals keeps of a person, by name, and by which facts the person is found again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.referrals.domain.duplicates import Known
from shared.contracts.event import Value
from shared.contracts.people import Contact, Identity, Needs, Person
from shared.runtime.service import Secret

IDENTITY, CONTACT, NEEDS = "identity", "contact", "needs"
NOTE = "note:"
"""A note of a session is kept as `note:<session id>`."""
APART = "apart:"
"""Why somebody is kept apart is kept as `apart:<the other's id>`."""
PARTS: Mapping[str, type[Value]] = {IDENTITY: Identity, CONTACT: Contact, NEEDS: Needs}


def kept(value: Value) -> bytes:
    """The value as the vault keeps it."""
    return value.model_dump_json(exclude_none=True).encode()


def found_by_identity(content: bytes) -> Mapping[str, str]:
    """The facts of an identity by which the person is found again."""
    identity = Identity.model_validate_json(content)
    facts = {"chi": identity.chi, "birth-date": identity.birth_date and identity.birth_date.isoformat()}
    return {kind: fact for kind, fact in facts.items() if fact}


def found_by_contact(content: bytes) -> Mapping[str, str]:
    """The ways of being reached by which the person is found again; a second phone is a phone as well."""
    contact = Contact.model_validate_json(content)
    numbered = [
        *((f"phone/{n}", phone) for n, phone in enumerate(contact.phones)),
        *((f"email/{n}", email.casefold()) for n, email in enumerate(contact.emails)),
    ]
    return dict(numbered)


FINDERS = {IDENTITY: found_by_identity, CONTACT: found_by_contact}


def secret(person_id: UUID, name: str, value: Value, submission_id: UUID | None = None) -> Secret:
    """The value under its name, with the facts it is found by."""
    content = kept(value)
    finds = FINDERS[name](content) if name in FINDERS else {}
    return Secret(person_id, name, content, finds, submission_id)


def beside(secrets: Sequence[Secret]) -> Sequence[Secret]:
    """As they are kept of somebody who may be known: what was said before stands, their own safe contact above all."""
    return [replace(each, unless_kept=True) for each in secrets]


def secrets_of(person_id: UUID, person: Person | None, needs: Needs | None) -> Sequence[Secret]:
    """All that was said of a person when they were referred."""
    said = {
        IDENTITY: person and person.identity,
        CONTACT: person and person.contact,
        NEEDS: needs,
    }
    return [secret(person_id, name, value) for name, value in said.items() if value]


def sealed_secrets(person_id: UUID, submission_id: UUID, tokens: Mapping[str, object]) -> Sequence[Secret]:
    """The same, as it came sealed."""
    return [
        Secret(person_id, name, token, submission_id=submission_id)
        for name, token in tokens.items()
        if isinstance(token, str)
    ]


def known_of(identity: bytes | None, contact: bytes | None) -> Known:
    """What another record might say as well."""
    who = Identity.model_validate_json(identity) if identity else Identity()
    reached = Contact.model_validate_json(contact) if contact else Contact()
    return Known(
        given=tuple(filter(None, (who.given, who.preferred))),
        family=who.family,
        birth_date=who.birth_date,
        chi=who.chi,
        phones=reached.phones,
        emails=reached.emails,
    )
