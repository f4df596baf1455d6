"""Life events over HTTP: the wish goes to the journal, its exact day and details to the vault; and the care window."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.referrals.domain.commands import Tell
from services.referrals.domain.eligibility import CareDate as Counted
from services.referrals.domain.eligibility import Facts
from services.referrals.domain.policy import Policies
from services.referrals.people.records import person_of
from services.referrals.roles import TEAM
from services.referrals.telling import path_of, told
from services.referrals.vault_contents import NEEDS, secret
from shared.contracts import life_updates as life
from shared.contracts.care import CareDetails
from shared.contracts.days import add_months
from shared.contracts.people import Needs
from shared.runtime import vault
from shared.runtime.auth import Principal
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up

CARE = "care-date:"
KINDS: Mapping[str, Literal["edd", "birth", "loss"]] = {
    "change-care-date": "edd",
    "record-birth": "birth",
    "record-loss": "loss",
    "record-death": "loss",
}
"""Under which name the vault keeps the day of what a wish tells."""


def care_name(wish: Any) -> str | None:
    """Where the details beside this wish belong; nowhere for the death of a client, or for any other wish."""
    kind = KINDS.get(wish.do)
    return None if kind is None or getattr(wish, "who", "baby") == "client" else f"{CARE}{kind}"


class WithCare(BaseModel):
    """What is told of the day and the details; it goes to the vault alone."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    care: CareDetails | None = None


class RecordBirthBody(life.RecordBirth, WithCare):
    """A birth, with its day."""


class ChangeCareDateBody(life.ChangeCareDate, WithCare):
    """Another day on which a birth is expected, and which."""


class RecordLossBody(life.RecordLoss, WithCare):
    """A loss, with its day and what was told of it."""


class RecordDeathBody(life.RecordDeath, WithCare):
    """A death; a baby's with its day."""


class Window(BaseModel):
    """The days a client's window is counted from, and its last day; none where no day is known."""

    counted_from: Literal["edd", "birth", "loss"] | None
    on: date | None
    until: date | None


BODIES = (
    (RecordBirthBody, life.RecordBirth, "Record a birth; messages rest until somebody has asked the client."),
    (ChangeCareDateBody, life.ChangeCareDate, "Record that a birth is expected on another day."),
    (
        RecordLossBody,
        life.RecordLoss,
        "Record a loss: messages stop, the pathway changes, and a person is asked to act.",
    ),
    (
        RecordDeathBody,
        life.RecordDeath,
        "Record that the client, or a baby, has died; nothing is written to the family.",
    ),
)


async def care_dates(
    engine: Engine, who: Principal, organisation: str, person_id: UUID, purpose: str
) -> Mapping[Literal["edd", "birth", "loss"], date]:
    """The days that the vault keeps of this person; what a life event told counts before what the referral said."""
    names = {f"{CARE}{kind}": kind for kind in ("edd", "birth", "loss")}
    read = await vault.read(engine, who, organisation, [(person_id, name) for name in (*names, NEEDS)], purpose)
    found: dict[Any, date] = {}
    if (needs := read.get((person_id, NEEDS))) and (said := Needs.model_validate_json(needs).care_date):
        found[said.kind] = said.date
    for name, kind in names.items():
        if (kept := read.get((person_id, name))) and (told := CareDetails.model_validate_json(kept)).on:
            found[kind] = told.on
            if kind == "loss" and not told.living:
                # No birth is expected any more; where one of twins lives, it is.
                found.pop("edd", None)
    return found


async def facts_with_days(engine: Engine, call: Call, referral_id: UUID, facts: Facts) -> Facts:
    """The facts of a person deciding, and where they name no day, those that the vault keeps."""
    if facts.care or engine.keyring is None:
        return facts
    organisation = call.principal.organisation
    person_id = await person_of(engine, organisation, referral_id)
    found = await care_dates(engine, call.principal, organisation, person_id, "eligibility")
    kinds: Mapping[str, Literal["expected", "birth", "loss"]] = {"edd": "expected", "birth": "birth", "loss": "loss"}
    return facts.model_copy(update={"care": tuple(Counted(kind=kinds[kind], on=on) for kind, on in found.items())})


def life_events(policies: Policies) -> Sequence[Route]:
    """The routes by which a life event is told with its day, and the window that follows from it is asked."""

    def route(body: type[Any], wish_class: type[Any], summary: str) -> Route:
        async def commands(engine: Engine, said: Any, call: Call) -> Sequence[Tell]:
            wish = wish_class(**{name: getattr(said, name) for name in wish_class.model_fields})
            name = care_name(wish)
            if said.care is None or name is None:
                return [told(policies, call, wish)]
            person_id = await person_of(engine, call.principal.organisation, call.path["referral_id"])
            return [told(policies, call, wish, secrets=(secret(person_id, name, said.care),))]

        return looked_up("POST", path_of(wish_class), body, commands, roles=TEAM, summary=summary)

    async def window(engine: Engine, call: Call, _: Asked) -> Reply:
        organisation = call.principal.organisation
        person_id = await person_of(engine, organisation, call.path["referral_id"])
        found = await care_dates(engine, call.principal, organisation, person_id, "care-window")
        months = policies.of(organisation).window_months
        # The day that leaves the client the most time counts; after a loss a full window begins anew.
        kind, on = max(found.items(), key=lambda pair: pair[1], default=(None, None))
        answer = Window(counted_from=kind, on=on, until=on and add_months(on, months))
        return Reply(200, answer.model_dump_json().encode())

    return (
        *(route(body, wish, summary) for body, wish, summary in BODIES),
        Route(
            "GET",
            "/referrals/{referral_id}/care-window",
            window,
            "From which day the client's window counts, and its last day; the reading is kept.",
            TEAM,
            model=Window,
        ),
    )
