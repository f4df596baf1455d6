"""What the gateway says becomes the same commands that a person gives."""

from typing import Any

import pytest

from services.referrals.domain import referral
from services.referrals.domain.commands import AskPerson, Create, Tell
from services.referrals.domain.person import Person, Refer
from services.referrals.domain.policy import Policies, Policy
from services.referrals.domain.state import NEW
from services.referrals.domain.submission import SUBMISSION
from services.referrals.reactions import reactions
from shared.contracts import gateway as g
from shared.runtime.envelope import Envelope
from shared.runtime.service import Refusal
from shared.runtime.settings import read_setting
from tests.unit.referrals.story import MONDAY, one

POLICIES = Policies(organisations={"S08000030": Policy(return_months=9)})
HEARD = reactions(POLICIES)


def heard(event: type[Any], organisation: str = "S08000030") -> Envelope:
    """The published example of the type, as it would be heard."""
    body = event.model_validate(event.model_config["json_schema_extra"]["examples"][0])
    subject = f"submission/{body.submission_id}"
    return Envelope(
        one(1),
        event.type(),
        "kith.gateway",
        subject,
        MONDAY,
        MONDAY,
        organisation,
        1,
        "sender",
        one(2),
        None,
        None,
        body,
    )


def commands(event: Envelope) -> Any:
    reaction = HEARD[event.type]
    initial = {"referral": NEW, "person": Person()}
    targets = reaction.targets(event)
    found = reaction.react(event, {subject: initial.get(subject.partition("/")[0]) for subject in targets})
    assert {*targets} >= {*(command.subject for command in found), event.subject}
    return found


def test_a_referral_is_created_under_the_policy_of_its_organisation() -> None:
    command, refer = commands(heard(g.ReferralReceived))
    assert isinstance(command, Create)
    assert refer == Refer(command.facts.person_id, command.at, "self", command.referral_id, None)
    assert command.policy.return_months == 9
    (event,) = referral.decide(NEW, command)
    assert (event.referral_id, event.submission_id) == (command.referral_id, command.submission_id)
    assert event.received_at == command.facts.received_at
    (other, _) = commands(heard(g.ReferralReceived, "SC012345"))
    assert other.policy == Policy()


@pytest.mark.parametrize(
    ("person", "standing"),
    [(Person(), None), (Person(restricted=True), "restriction"), (Person(erased=True), "erasure")],
)
def test_a_referral_comes_under_what_was_decided_about_its_person(person: Person | None, standing: str | None) -> None:
    event = heard(g.ReferralReceived)
    states = {f"person/{event.data.person_id}": person} if person else {}
    command, _ = HEARD[event.type].react(event, states)
    assert command.standing == standing


def test_what_is_said_of_somebody_known_replaces_nothing_and_a_person_compares() -> None:
    event = heard(g.ReferralReceived)
    data = event.data.model_copy(update={"contact": "a token"})
    again = {f"person/{data.person_id}": Person(referred=frozenset({one(9)}))}
    create, _, ask = HEARD[event.type].react(event._replace(data=data), again)
    assert [secret.unless_kept for secret in create.secrets] == [True] * len(create.secrets)
    assert "contact" in [secret.name for secret in create.secrets]
    assert ask == AskPerson(create.referral_id, create.at, "known-person-referred-again", create.referral_id)
    first, _ = HEARD[event.type].react(event._replace(data=data), {})
    assert first.secrets == create.secrets
    said_nothing = data.model_copy(update={"person": None, "contact": None, "needs": None})
    _, _ = HEARD[event.type].react(event._replace(data=said_nothing), again)


def test_of_whom_nobody_can_have_decided_anything_nothing_is_said_beside_the_referral() -> None:
    event = heard(g.ReferralReceived)
    minted = g.minted_person_id(event.data.submission_id)
    event = event._replace(data=event.data.model_copy(update={"person_id": minted}))
    (command,) = HEARD[event.type].react(event, {})
    assert isinstance(command, Create)


@pytest.mark.parametrize(
    ("event", "do"), [(g.UpdateReceived, "change-support"), (g.SessionReportReceived, "hold-session")]
)
def test_a_wish_is_told_with_its_own_time_and_the_gateway_s(event: type[Any], do: str) -> None:
    said = heard(event)
    (command,) = commands(said)
    assert isinstance(command, Tell)
    assert command.wish.do == do
    assert command.at == command.wish.at
    assert command.now == said.data.received_at
    assert command.fresh_id == said.data.submission_id


@pytest.mark.parametrize("event", [g.ReferralReceived, g.UpdateReceived, g.SessionReportReceived])
def test_a_refusal_is_said_of_the_submission_once_and_with_no_word_but_its_code(event: type[Any]) -> None:
    said = heard(event)
    reaction = HEARD[said.type]
    (command,) = reaction.refused(said, Refusal("too-long-ago", "That is too long ago.", "at"))
    assert command.subject == said.subject
    assert command.subject in reaction.targets(said)
    (told,) = SUBMISSION.decide(SUBMISSION.initial, command)
    assert told.model_dump() == {
        "submission_id": said.data.submission_id,
        "code": "too-long-ago",
        "refused_at": said.recorded_at,
    }
    after = SUBMISSION.evolve(SUBMISSION.initial, told)
    assert SUBMISSION.decide(after, command) == []
    (other,) = reaction.refused(said, Refusal("not-found", "There is no referral with this id."))
    assert SUBMISSION.decide(after, other) == []


def test_policies_come_from_a_file_that_says_only_what_differs(tmp_path: Any) -> None:
    file = tmp_path / "policies.json"
    file.write_text(
        '{"organisations": {"SC012345": {"first_contact_days": {"amber": 5, "red": 7}, "areas": ["S08000018"]}}}'
    )
    policies = read_setting("KITH_POLICIES", Policies, {"KITH_POLICIES": str(file)})
    assert policies.of("SC012345").first_contact_days.red == 7
    assert policies.of("SC012345").areas == ("S08000029",)
    assert policies.of("SC054321") == Policy()
    file.write_text('{"default": {"window_month": 18}}')
    with pytest.raises(ValueError, match="window_month"):
        read_setting("KITH_POLICIES", Policies, {"KITH_POLICIES": str(file)})
    assert read_setting("KITH_POLICIES", Policies, {}) == Policies()


def test_the_organisation_of_a_submission_is_nothing_the_sender_writes() -> None:
    assert "organisation" not in g.ReferralReceived.model_fields
