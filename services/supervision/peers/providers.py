"""What is told of the provider that an organisation is, over HTTP."""

from collections.abc import Sequence

from services.supervision.domain.peers.provider import TellProvider, provider_of
from services.supervision.peers.telling import speak_as_they_are
from services.supervision.roles import LEADS
from shared.contracts import provider_updates as p
from shared.contracts.update import Update
from shared.runtime.http import Call, Route, command
from shared.runtime.parsing import strict

WISHES: Sequence[tuple[type[Update], str]] = (
    (p.RegisterProvider, "The provider has peers in these settings."),
    (p.RecordDocument, "The safeguarding policy or data-sharing agreement in force, to be reviewed on a day."),
    (p.SetDutyRoute, "Whom to turn to about somebody's safety, in or out of hours."),
    (p.SetPostBodies, "Who employs, hosts, supervises, and answers for data and PVG of a post."),
    (p.ClosePost, "The provider does not have this post any more."),
    (p.BriefTeam, "The wider team was told what the role is and what it is not."),
)


def _told(wish: p.AnyProviderUpdate, call: Call) -> Sequence[TellProvider]:
    speak_as_they_are(call, wish)
    return [TellProvider(provider_of(call.principal.organisation), wish.at or call.now, wish, call.now)]


PROVIDER_ROUTES: Sequence[Route] = tuple(
    command(
        "POST",
        f"/provider/{wish.model_fields['do'].default}",
        strict(wish),
        _told,
        roles=LEADS,
        summary=summary,
    )
    for wish, summary in WISHES
)
