"""What a peer agrees to be matched on, one thing at a time, and takes back at once; for matching alone."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.preferences import Age, Gender
from shared.contracts.update import Update


class Experience(Value):
    """An experience the peer is willing to be matched on."""

    kind: Literal["experience"] = "experience"
    code: v.Code


class Community(Value):
    """A community the peer says they belong to."""

    kind: Literal["community"] = "community"
    code: v.Code


class OwnGender(Value):
    """The peer's gender."""

    kind: Literal["gender"] = "gender"
    gender: Gender


class OwnAge(Value):
    """The peer's age."""

    kind: Literal["age"] = "age"
    age: Age


class OwnRole(Value):
    """What kind of parent the peer is."""

    kind: Literal["role"] = "role"
    role: v.ParentRole


Tag = Annotated[Experience | Community | OwnGender | OwnAge | OwnRole, Field(discriminator="kind")]


class ConsentTag(Update):
    """The peer agrees to be matched on this one thing."""

    do: Literal["consent-tag"] = "consent-tag"
    tag: Tag


class WithdrawTag(Update):
    """The peer takes this one thing back."""

    do: Literal["withdraw-tag"] = "withdraw-tag"
    tag: Tag


class WithdrawAllTags(Update):
    """The peer takes everything back."""

    do: Literal["withdraw-all-tags"] = "withdraw-all-tags"


class SetLimits(Update):
    """With whom the peer is not to be matched just now, by codes alone; none lifts them."""

    do: Literal["set-limits"] = "set-limits"
    limits: s.MatchLimits


AnyTagUpdate = Annotated[ConsentTag | WithdrawTag | WithdrawAllTags | SetLimits, Field(discriminator="do")]
