"""What is answered about matches: candidates of one client with the reasons, and the whole list as a preview."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from shared.contracts import values as v


class FactorView(BaseModel):
    """One reason of a score, in whole points and in words."""

    code: str
    points: int
    how: Literal["met", "in part", "not met"]
    words: str


class Candidate(BaseModel):
    """One peer whom every hard rule allows."""

    peer_id: UUID
    score: int
    shared_and_met: list[str]
    not_met: list[str]
    factors: list[FactorView]
    formats: list[v.Format]
    """How the two could meet, as the client would rather."""


class NotAvailable(BaseModel):
    """One peer who cannot be proposed, and what may be said of it."""

    peer_id: UUID
    because: list[str]


class WaitView(BaseModel):
    """How long the client has waited, and what that changed."""

    days: int
    red_days: int
    points: int
    past: Literal["red", "amber"] | None


class Candidates(BaseModel):
    """Peers for one client, the best first. You decide; nothing is sent until you confirm."""

    referral_id: UUID
    ruleset_version: str
    wait: WaitView
    candidates: list[Candidate]
    below_the_floor: list[Candidate]
    """Allowed, but little of what the client said matters would be met: ask the client first."""
    not_available: list[NotAvailable]
    others_waiting: int
    others_without_place: int
    """For how many others no free place is left, whoever is chosen here."""
    you_decide: str


class PreviewRow(BaseModel):
    """One client of the preview; opened, proposed and confirmed on its own."""

    referral_id: UUID
    peer_id: UUID | None
    score: int | None
    wait: WaitView
    without_place: Literal["nobody-fits", "no-place-left"] | None


class Preview(BaseModel):
    """Who would go to whom if everybody were placed together: a preview, of which nothing is kept.

    `exact` says that no other way to place them all is better; otherwise a better one may exist.
    """

    ruleset_version: str
    exact: bool
    waiting: int
    placed: int
    rows: list[PreviewRow]
    you_decide: str
