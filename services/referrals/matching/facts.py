"""From rows and what the vault keeps to the clients and peers of matching: the one place that chooses what may count.

Nothing else of anybody is looked at: no deprivation, ethnicity or diagnosis, no measure, attendance or past outcome,
and not who referred.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.referrals.domain.policy import Policy
from services.referrals.matching.values import Client, Peer
from services.referrals.peers import readiness_of
from services.referrals.rows import PeerRow
from shared.contracts.people import Contact, Needs
from shared.contracts.preferences import Preferences
from shared.contracts.supervision import MatchLimits, MatchTags

SHARING = "share-with-provider"
"""Without this agreement in force nobody is matched."""
NEVER = 3650
"""Days since a new person came to a peer to whom nobody has come yet."""
CLINICAL = frozenset(
    {
        "clinician",
        "gp",
        "midwife",
        "health-visitor",
        "family-nurse",
        "neonatal-unit",
        "maternity-psychology",
        "bereavement-midwife",
        "community-team",
        "mbu",
    }
)
"""Who may set how ill somebody is; a level that anybody else wrote is none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault keeps that matching may look at, by person and by peer."""

    preferences: Mapping[UUID, bytes] = field(default_factory=dict)
    needs: Mapping[UUID, bytes] = field(default_factory=dict)
    contact: Mapping[UUID, bytes] = field(default_factory=dict)
    tags: Mapping[UUID, bytes] = field(default_factory=dict)
    limits: Mapping[UUID, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Together:
    """Whom a client is with, or is not to be with: partners by referral, and persons and peers kept apart."""

    partners: Mapping[UUID, Preferences] = field(default_factory=dict)
    """The wishes of everybody who named a partner, by referral."""
    apart: Collection[frozenset[UUID]] = ()
    """Two and two: persons, or a person and a peer."""
    person_of: Mapping[UUID, UUID] = field(default_factory=dict)
    """The person of each referral that waits or is in support."""
    peer_of: Mapping[UUID, UUID] = field(default_factory=dict)
    """The peer of each referral in support."""


def client_of(
    row: Mapping[str, Any], waiting_days: int, kept: Kept, policy: Policy, *, asks_for: UUID | None = None
) -> Client:
    """The client of a referral's row; `asks_for` is a peer the client asks for now."""
    person = row["person_id"]
    wishes = Preferences.model_validate_json(kept.preferences.get(person, b"{}"))
    needs = Needs.model_validate_json(kept.needs.get(person, b"{}"))
    level = needs.illness_level
    again = row["last_peer_id"] if row["reopened_at"] and row["stage_since"] == row["reopened_at"] else None
    earlier = asks_for or wishes.earlier_peer or (again if row["same_peer_wanted"] else None)
    aside = {UUID(peer) for peer in row["peers_set_aside"]} - {earlier}
    if not row["same_peer_wanted"] and row["last_peer_id"] and row["last_peer_id"] != earlier:
        aside.add(row["last_peer_id"])
    ages = (wishes.youngest or 0, wishes.oldest or 200) if wishes.youngest or wishes.oldest else None
    return Client(
        id=row["id"],
        setting=row["setting"],
        board=row["board_of_residence"],
        waiting_days=waiting_days,
        amber_days=row["match_amber_days"],
        red_days=row["match_red_days"],
        weight=policy.weight(wishes.per_4_weeks_hundredths or 400),
        agreed=row["stage"] == "waiting" and row["restricted"] is None and SHARING in row["consents"],
        formats=wishes.formats or tuple(row["formats_wanted"]),
        limits=frozenset(row["contact_limits"]),
        language=row["language"],
        fluent=frozenset(wishes.languages),
        interpreter=row["interpreter_needed"] if wishes.interpreter_accepted is None else wishes.interpreter_accepted,
        level=level.code if level and level.set_by_role in CLINICAL else None,
        experiences=wishes.experiences,
        brings=frozenset({*wishes.experiences, *needs.experience_tags, *needs.support_needs, *_loss(row["pathway"])}),
        genders=frozenset(wishes.genders),
        communities=frozenset(wishes.communities),
        ages=ages,
        slots=frozenset(wishes.slots),
        role=wishes.role,
        own_role=row["parent_role"],
        musts=frozenset(wishes.musts),
        own_communities=frozenset(wishes.own_communities),
        knows=frozenset(wishes.knows),
        area=wishes.area or _district(kept.contact.get(person)),
        earlier_peer=earlier,
        not_with=frozenset(aside),
    )


def kept_apart(clients: Iterable[Client], together: Together) -> list[Client]:
    """The clients, each with the peers and the other clients that they are not to be with.

    A couple has no peer in common unless both ask for it; whoever is kept apart has none.
    """
    others: dict[UUID, set[UUID]] = {}

    def part(one: UUID, other: UUID) -> None:
        others.setdefault(one, set()).add(other)
        others.setdefault(other, set()).add(one)

    for referral, wishes in together.partners.items():
        partner = wishes.partner
        if partner is None or partner == referral:
            continue
        theirs = together.partners.get(partner)
        both = theirs and theirs.partner == referral and theirs.partner_may_share_peer and wishes.partner_may_share_peer
        if not both:
            part(referral, partner)
    referrals_of: dict[UUID, list[UUID]] = {}
    for referral, person in together.person_of.items():
        referrals_of.setdefault(person, []).append(referral)
    no_peers: dict[UUID, set[UUID]] = {}
    for pair in together.apart:
        one, other = sorted(pair) if len(pair) == 2 else (*pair, *pair)
        for person, from_whom in ((one, other), (other, one)):
            no_peers.setdefault(person, set()).add(from_whom)
        for mine in referrals_of.get(one, ()):
            for theirs_too in referrals_of.get(other, ()):
                part(mine, theirs_too)
    found = []
    for client in clients:
        apart = others.get(client.id, set())
        with_peers = {together.peer_of[other] for other in apart if other in together.peer_of}
        person_id = together.person_of.get(client.id)
        named = no_peers.get(person_id, set()) if person_id else set()
        found.append(
            replace(client, kept_from=frozenset(apart), not_with=client.not_with | frozenset(with_peers | named))
        )
    return found


def peer_of(
    row: Mapping[str, Any], kept: Kept, policy: Policy, today: date, not_ready: Collection[str], clients: Iterable[UUID]
) -> Peer:
    """The peer of a row of supervision's, joined with their caseload."""
    tags = MatchTags.model_validate_json(kept.tags.get(row["id"], b"{}"))
    limits = MatchLimits.model_validate_json(kept.limits.get(row["id"], b"{}"))
    said = readiness_of(PeerRow(row["id"], row["organisation"], 0, readiness=tuple(row["readiness"])))
    readiness: dict[Any, Any] = {setting: level for setting, (level, _, _) in said.items()}
    ceilings: dict[Any, Any] = {**policy.illness_ceiling}
    for setting, (_, ceiling, _) in said.items():
        if ceiling:
            ceilings[setting] = min(ceiling, ceilings.get(setting, ceiling), key=_height)
    last = row["last_taken_on"]
    places = row["places"] if row["places"] is not None else policy.places(policy.contracted_hours)
    return Peer(
        id=row["id"],
        readiness=readiness,
        ceilings=ceilings,
        provider_not_ready=frozenset(not_ready),  # type: ignore[arg-type]
        supervision_overdue=row["overdue"],
        paused=row["paused"],
        left=row["left_on"] is not None,
        places=places,
        used=row["used"],
        idle_days=NEVER if last is None else max(0, (today - last).days),
        formats=frozenset(row["formats"]),
        slots=frozenset(row["slots"]),
        first_languages=frozenset(row["first_languages"]),
        fluent=frozenset(row["fluent_languages"]),
        boards=frozenset(row["boards"]) or frozenset(policy.areas),
        area=row["area"],
        lone_visits=any(lone for _, _, lone in said.values()),
        experiences=frozenset(tags.experiences),
        communities=frozenset(tags.communities),
        gender=tags.gender,
        age=tags.age,
        role=tags.role,
        limits=frozenset(limits.codes),
        clients=frozenset(clients),
    )


def _height(level: str) -> int:
    return ("mild", "moderate", "severe").index(level)


def _loss(pathway: str) -> Sequence[str]:
    return ["loss"] if pathway == "loss" else []


def _district(contact: bytes | None) -> str | None:
    """The first half of a postcode, by which the table of travel times may know where somebody lives."""
    postcode = Contact.model_validate_json(contact or b"{}").postcode
    if not postcode:
        return None
    written = postcode.replace(" ", "").lower()
    return written[:-3] if len(written) > 4 else written
