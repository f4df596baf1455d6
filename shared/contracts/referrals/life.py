"""What life brings, as coarsely as the services need it: exact days and details stay in the vault."""

from typing import Literal

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_READERS = ("gateway", "supervision", "evaluation")
_AT = {"recorded_at": "2026-03-04T14:05:00Z", "by_role": "clinician", "messages_stopped_at": "2026-03-04T14:05:10Z"}


class CareDateChanged(
    Event, name="care-date-changed", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A birth, or another day on which one is expected; for a birth messages rest until a person has asked."""

    kind: Literal["edd", "birth"]
    recorded_at: AwareDatetime
    by_role: v.Role
    messages_stopped_at: AwareDatetime | None

    model_config = v.example({"kind": "birth", **_AT})


class LossRecorded(Event, name="loss-recorded", owner="referrals", subject="referral", readers=_READERS):
    """A baby was lost: from now on the pathway is one of loss, and nothing is written to the family."""

    recorded_at: AwareDatetime
    by_role: v.Role
    messages_stopped_at: AwareDatetime

    model_config = v.example(_AT)


class PersonDied(Event, name="person-died", owner="referrals", subject="referral", readers=_READERS):
    """The client, or a baby, has died; nothing is written to the family, and only people end the support."""

    who: Literal["client", "baby"]
    recorded_at: AwareDatetime
    by_role: v.Role
    messages_stopped_at: AwareDatetime

    model_config = v.example({"who": "client", **_AT})


class BabyLeftParentsCare(
    Event, name="baby-left-parents-care", owner="referrals", subject="referral", readers=_READERS
):
    """The baby is not in the parents' care now; messages rest until a person has asked."""

    recorded_at: AwareDatetime
    by_role: v.Role
    messages_stopped_at: AwareDatetime

    model_config = v.example(_AT)


class LifeEventRetracted(Event, name="life-event-retracted", owner="referrals", subject="referral", readers=_READERS):
    """What was recorded is not so; messages still rest until a person lets them go on."""

    what: v.LifeEvent
    because: Literal["other-client", "not-so"]
    retracted_at: AwareDatetime
    by_role: v.Role

    model_config = v.example(
        {"what": "loss", "because": "other-client", "retracted_at": "2026-03-04T15:00:00Z", "by_role": "coordinator"}
    )


class MessagesResumed(Event, name="messages-resumed", owner="referrals", subject="referral", readers=("referrals",)):
    """The client was asked, and messages may go on."""

    resumed_at: AwareDatetime
    by_role: v.Role

    model_config = v.example({"resumed_at": "2026-03-20T10:00:00Z", "by_role": "coordinator"})


class ConsentChanged(Event, name="consent-changed", owner="referrals", subject="referral", readers=_READERS):
    """The client agreed to something, or took it back; taken back, whoever hears this stops at once."""

    scope: v.ConsentScope
    given: bool
    changed_at: AwareDatetime
    how: Literal["spoken", "written", "online"]
    text_version: v.Code

    model_config = v.example(
        {
            "scope": "share-with-journey",
            "given": False,
            "changed_at": "2026-03-18T16:20:00Z",
            "how": "spoken",
            "text_version": "consent-2026-01",
        }
    )
