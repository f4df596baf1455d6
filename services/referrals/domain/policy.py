"""What each organisation has decided for itself. Every number is a default; none is a rule of nature."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from shared.contracts import values as v
from shared.contracts.days import add_months
from shared.contracts.event import Value

IllnessLevel = Literal["mild", "moderate", "severe"]
ILLNESS_ORDER: tuple[IllnessLevel, ...] = ("mild", "moderate", "severe")

Positive = Annotated[int, Field(ge=1, le=3660)]


def _third_sector_moderate() -> Mapping[v.Setting, IllnessLevel]:
    return {"third-sector": "moderate"}


class Weights(Value):
    """What a client takes of a peer's places, in hundredths."""

    weekly: v.Hundredths = 100
    fortnightly: v.Hundredths = 60
    ending: v.Hundredths = 30


class Retention(Value):
    """How long a class of records is kept after the last contact, and whether it goes earlier when the person asks."""

    months: Annotated[int, Field(ge=0, le=1200)]
    on_request: bool

    def until(self, last_contact_on: date) -> date:
        """The day from which the record need not be kept."""
        return add_months(last_contact_on, self.months)


def _retention() -> Mapping[v.Code, Retention]:
    return {
        "peer-support": Retention(months=72, on_request=True),
        "mental-health": Retention(months=240, on_request=False),
        "maternity": Retention(months=300, on_request=False),
        "never-supported": Retention(months=12, on_request=True),
    }


class Policy(Value):
    """One organisation's settings, frozen; a decision carries the policy it was taken under."""

    model_config = ConfigDict(extra="forbid")

    ruleset_version: v.Code = "eligibility@2026-03"
    window_opens: Literal["preconception", "pregnancy"] = "pregnancy"
    window_months: Positive = 12
    areas: tuple[v.Board, ...] = ()
    """Boards whose residents are served; none named means all."""
    illness_ceiling: Mapping[v.Setting, IllnessLevel] = Field(default_factory=_third_sector_moderate)
    """Per setting, the highest level set by a clinician that is within the peer's task; none named means all."""

    first_contact_days: v.Days = v.Days(amber=10, red=14)
    match_days: v.Days = v.Days(amber=28, red=56)
    declines_before_talking: Positive = 2

    first_review_days: Positive = 42
    review_days: Positive = 84
    claim_reminder_days: Positive = 14
    """How long before the last day to claim practical help somebody is reminded."""
    return_months: Positive = 6
    link_days: Positive = 14
    """How long a client's link to say a wish with holds."""
    latest_report_days: Positive = 366

    retention: Mapping[v.Code, Retention] = Field(default_factory=_retention)
    """Per class of records; to be confirmed by each organisation against its own schedule."""

    quiet_from: v.Clock = "20:00"
    quiet_until: v.Clock = "09:00"
    """Between these no message is sent, whatever else is said."""
    sender_name: Annotated[str, Field(min_length=1, max_length=40)] = "Appointments"
    """Who a message is from: a name that tells nobody who looks over a shoulder what it is about."""
    office_phone: Annotated[str, Field(pattern=r"^[+0-9 ]{6,20}$")] | None = None

    service_check_days: Positive = 180
    """How long what the directory says of a service counts as fresh after somebody made sure."""

    travel_minutes: Mapping[v.Code, Mapping[v.Code, Annotated[int, Field(ge=0, le=1440)]]] = Field(default_factory=dict)
    """From area to area, by the way people really go, ferries counted; an area is a name or a postcode district."""

    places_hundredths_per_hour: v.Hundredths = 40
    """Six places for fifteen hours."""
    contracted_hours: Annotated[int, Field(ge=0, le=48)] = 15
    """Of a peer for whom no hours were set."""
    weights: Weights = Weights()

    def places(self, hours: int) -> int:
        """The places, in hundredths, that go with these contracted hours."""
        return hours * self.places_hundredths_per_hour

    def weight(self, per_4_weeks_hundredths: int) -> int:
        """The weight of a client seen that often: fortnightly or rarer counts as fortnightly, the rest as weekly."""
        return self.weights.fortnightly if per_4_weeks_hundredths <= 200 else self.weights.weekly


class Policies(Value):
    """The policy of each organisation, and the one for those not named."""

    default: Policy = Policy()
    organisations: Mapping[str, Policy] = Field(default_factory=dict)

    def of(self, organisation: str) -> Policy:
        """That organisation's policy."""
        return self.organisations.get(organisation, self.default)
