"""A client without an account says a wish with a link that works once; on the phone, somebody records it for them."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.referrals.domain import links
from services.referrals.domain.commands import GiveLink, UseLink, tell
from services.referrals.domain.policy import Policies
from services.referrals.questions import SQL
from services.referrals.roles import TEAM
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.attending_updates import OptOut
from shared.contracts.life_updates import ChangeConsent
from shared.runtime import journal
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, URLENCODED, Asked, Call, Reply, Route
from shared.runtime.parsing import parse_body, parse_form
from shared.runtime.problems import Problem, invalid, name_of
from shared.runtime.service import Refusal
from shared.web.page import answer_posted, page, problem_page

_FORM = (Path(__file__).parent / "pages" / "wish.html").read_text()
_LIMIT = 4 * 1024
_NOTED = (
    "<p>Thank you. It is noted, and it holds from now on. Somebody from the service tells you so in the way you "
    "agreed with them.</p>\n"
)


_PUT_RIGHT = {
    "wish": "Choose what you would like.",
    "per_4_weeks_hundredths": "Choose how often you would like to meet.",
    "format": "Choose in which way you would like to meet.",
    "until": "Give a day, such as 2026-03-20, or leave it open.",
}


_SHARING: tuple[v.ConsentScope, ...] = ("share-with-journey", "feedback-to-referrer")


class GiveLinkBody(BaseModel):
    """Who gives the client the link."""

    model_config = ConfigDict(extra="forbid")

    by_role: v.Role


class GivenLink(BaseModel):
    """The link, shown this once: put the service's public address before it."""

    link: str
    expires_at: datetime


class Noted(BaseModel):
    """The wish is said."""

    noted: Literal[True] = True


class SaidByLink(BaseModel):
    """One wish, with what it needs and nothing else."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    wish: Literal["less", "more", "other-peer", "other-format", "pause", "resume", "no-messages", "no-sharing"]
    per_4_weeks_hundredths: u.PerFourWeeks | None = None
    format: v.Format | None = None
    until: date | None = None

    def as_update(self) -> u.ChangeSupport | u.Pause | u.Resume | OptOut | ChangeConsent:
        """The wish as everybody else says it; what was filled in for another wish is left out."""
        if self.wish == "pause":
            return u.Pause(asked_by="client", channel="link", until=self.until)
        if self.wish == "resume":
            return u.Resume(asked_by="client")
        if self.wish == "no-messages":
            return OptOut(channel="link")
        if self.wish == "no-sharing":
            return ChangeConsent(scopes=_SHARING, given=False, how="online", text_version="wish-link-1")
        return u.ChangeSupport(
            asked_by="client",
            channel="link",
            what=(self.wish,),
            per_4_weeks_hundredths=self.per_4_weeks_hundredths if self.wish in ("less", "more") else None,
            format=self.format if self.wish == "other-format" else None,
        )


def wishes(policies: Policies) -> Sequence[Route]:
    """The routes of the link: who may give it, and what is open to whoever holds it."""

    async def give(engine: Engine, call: Call, asked: Asked) -> Reply:
        body = parse_body(GiveLinkBody, asked.body)
        referral_id, secret = call.path["referral_id"], secrets.token_bytes(links.SECRET)
        expires_at = call.now + timedelta(days=policies.of(call.principal.organisation).link_days)
        command = GiveLink(referral_id, call.now, call.new_id(), links.hash_of(secret), body.by_role, expires_at)
        cause = Cause(call.principal.organisation, call.role, call.correlation_id, None, call.traceparent, call.now)
        await execute(engine, cause, [command])
        answer = GivenLink(link=f"/wishes/{links.write(referral_id, secret)}", expires_at=expires_at)
        return Reply(201, answer.model_dump_json().encode())

    async def show(engine: Engine, call: Call, _: Asked) -> Reply:
        try:
            referral_id, secret = links.read(call.path["link"])
            subject, organisation = f"referral/{referral_id}", await _organisation(engine, referral_id)
            async with engine.database.read(organisation) as connection:
                streams = await journal.load(connection, engine.mind, organisation, [subject])
            links.live(streams[subject].state, links.hash_of(secret), call.now)
        except Refusal as refusal:
            return problem_page(_gone(refusal))
        return page(200, "What would you like?", _FORM)

    async def say(engine: Engine, call: Call, asked: Asked) -> Reply:
        async def answer(posted: bool) -> Reply:
            said = _checked(_said(asked.body) if posted else parse_body(SaidByLink, asked.body))
            try:
                await use(engine, call, said)
            except Refusal as refusal:
                raise _gone(refusal) from None
            return page(200, "It is noted", _NOTED) if posted else Reply(200, Noted().model_dump_json().encode())

        return await answer_posted(asked, answer)

    async def use(engine: Engine, call: Call, said: SaidByLink) -> None:
        referral_id, secret = links.read(call.path["link"])
        organisation = await _organisation(engine, referral_id)
        told = tell(referral_id, said.as_update(), call.now, policies.of(organisation), call.new_id())
        cause = Cause(organisation, "client", call.correlation_id, None, call.traceparent, call.now)
        await execute(engine, cause, [UseLink(referral_id, call.now, links.hash_of(secret), told)])

    return (
        Route(
            "POST",
            "/referrals/{referral_id}/give-link",
            give,
            "Give the client a link to say one wish with; an earlier link is worth nothing then.",
            TEAM,
            201,
            accepts=JSON,
            body=GiveLinkBody,
            model=GivenLink,
        ),
        Route(
            "GET",
            "/wishes/{link}",
            show,
            "The page on which a client says a wish.",
            None,
            pages=True,
        ),
        Route(
            "POST",
            "/wishes/{link}",
            say,
            "A client's wish, once: less, more, another peer, another way of meeting, a break, no messages.",
            None,
            accepts=(*JSON, URLENCODED),
            body=SaidByLink,
            model=Noted,
            pages=True,
            limit=_LIMIT,
        ),
    )


def _gone(refusal: Refusal) -> Problem:
    """A link that is none any more is gone; any other no of a rule is told as everywhere."""
    status = 410 if refusal.code == "link-not-valid" else 409
    return Problem(status, refusal.code, str(refusal))


async def _organisation(engine: Engine, referral_id: UUID) -> str:
    """Whose the referral is; raises Refusal when there is none, as for any link that is not valid."""
    async with engine.database.worker() as connection:
        organisation = await connection.fetchval(SQL["organisation_of"], f"referral/{referral_id}")
    if organisation is None:
        raise links.not_valid()
    return str(organisation)


def _said(body: bytes) -> SaidByLink:
    try:
        return SaidByLink.model_validate(parse_form(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = dict.fromkeys(name_of(each["loc"][:1]) for each in found)
        raise invalid(
            [(place, _PUT_RIGHT.get(place, "This is not asked here. Leave it out.")) for place in places]
        ) from None


def _checked(said: SaidByLink) -> SaidByLink:
    if said.wish in ("less", "more") and said.per_4_weeks_hundredths is None:
        raise invalid([("per_4_weeks_hundredths", _PUT_RIGHT["per_4_weeks_hundredths"])])
    if said.wish == "other-format" and said.format is None:
        raise invalid([("format", _PUT_RIGHT["format"])])
    return said
