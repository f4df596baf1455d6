"""What a client may wish of a peer, and how it is recorded; the wishes themselves stay with referrals."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.update import Update
from shared.contracts.updates import PerFourWeeks

Gender = Literal["woman", "man", "another"]
Must = Literal["gender-of-peer", "not-my-community", "nobody-i-know"]
RoleWish = v.ParentRole | Literal["any"]
Slot = Literal[
    "mon-morning",
    "mon-afternoon",
    "mon-evening",
    "tue-morning",
    "tue-afternoon",
    "tue-evening",
    "wed-morning",
    "wed-afternoon",
    "wed-evening",
    "thu-morning",
    "thu-afternoon",
    "thu-evening",
    "fri-morning",
    "fri-afternoon",
    "fri-evening",
    "sat-morning",
    "sat-afternoon",
    "sat-evening",
    "sun-morning",
    "sun-afternoon",
    "sun-evening",
]
Age = Annotated[int, Field(ge=14, le=99)]
Codes = Annotated[tuple[v.Code, ...], Field(max_length=20)]
Languages = Annotated[tuple[v.Language, ...], Field(max_length=10)]

PreferenceKind = Literal[
    "experiences",
    "gender",
    "communities",
    "ages",
    "formats",
    "slots",
    "role",
    "languages",
    "musts",
    "earlier-peer",
    "partner",
    "how-often",
    "area",
]


class Preferences(Value):
    """Everything that a client wishes of a peer; what is left out counts neither for nor against anybody."""

    experiences: Annotated[tuple[v.Code, ...], Field(max_length=3)] = ()
    """What matters most, first to third."""
    genders: Annotated[tuple[Gender, ...], Field(max_length=3)] = ()
    communities: Codes = ()
    youngest: Age | None = None
    oldest: Age | None = None
    formats: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    """In the order of their wish."""
    slots: Annotated[tuple[Slot, ...], Field(max_length=21)] = ()
    role: RoleWish | None = None
    languages: Languages = ()
    """In which the client can talk about feelings, beside their first."""
    interpreter_accepted: bool | None = None
    musts: Annotated[tuple[Must, ...], Field(max_length=3)] = ()
    own_communities: Codes = ()
    knows: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    """Peers the client knows from elsewhere."""
    earlier_peer: UUID | None = None
    partner: UUID | None = None
    """The referral of somebody of the family who is supported as well."""
    partner_may_share_peer: bool = False
    per_4_weeks_hundredths: PerFourWeeks | None = None
    area: v.Code | None = None
    """Where a journey begins, by the names of the table of travel times."""

    def kinds(self) -> tuple[PreferenceKind, ...]:
        """Which kinds of wish were stated."""
        stated: dict[PreferenceKind, object] = {
            "experiences": self.experiences,
            "gender": self.genders,
            "communities": self.communities or self.own_communities,
            "ages": self.youngest or self.oldest,
            "formats": self.formats,
            "slots": self.slots,
            "role": self.role,
            "languages": self.languages or self.interpreter_accepted is not None,
            "musts": self.musts or self.knows,
            "earlier-peer": self.earlier_peer,
            "partner": self.partner,
            "how-often": self.per_4_weeks_hundredths,
            "area": self.area,
        }
        return tuple(kind for kind, said in stated.items() if said)


class RecordPreferences(Update):
    """What the client wishes of a peer, in place of what they wished before."""

    do: Literal["record-preferences"] = "record-preferences"
    by_role: v.Role
    preferences: Preferences
