"""What life brings, told of a referral. Exact days and details go beside it (`CareDetails`), to the vault alone."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts import values as v
from shared.contracts.update import Update


class RecordBirth(Update):
    """A baby was born."""

    do: Literal["record-birth"] = "record-birth"
    by_role: v.Role


class ChangeCareDate(Update):
    """The day a birth is expected on is another."""

    do: Literal["change-care-date"] = "change-care-date"
    by_role: v.Role


class RecordLoss(Update):
    """A baby was lost; another may live. How, when and how many is said to the vault alone."""

    do: Literal["record-loss"] = "record-loss"
    by_role: v.Role


class RecordDeath(Update):
    """The client, or a baby, has died."""

    do: Literal["record-death"] = "record-death"
    who: Literal["client", "baby"]
    by_role: v.Role


class RecordBabyLeftCare(Update):
    """The baby is not in the parents' care now."""

    do: Literal["record-baby-left-care"] = "record-baby-left-care"
    by_role: v.Role


class RetractLifeEvent(Update):
    """It was recorded wrongly: of another client, or it is not so."""

    do: Literal["retract-life-event"] = "retract-life-event"
    what: v.LifeEvent
    because: Literal["other-client", "not-so"]
    by_role: v.Role


class ResumeMessages(Update):
    """After asking the client, a person lets messages go on."""

    do: Literal["resume-messages"] = "resume-messages"
    by_role: v.Role
    client_asked: Literal[True]


class ChangeConsent(Update):
    """The client gives an agreement, or takes it back; taken back, it counts from this moment everywhere."""

    do: Literal["change-consent"] = "change-consent"
    scopes: Annotated[tuple[v.ConsentScope, ...], Field(min_length=1, max_length=10)]
    given: bool
    how: Literal["spoken", "written", "online"]
    text_version: v.Code
