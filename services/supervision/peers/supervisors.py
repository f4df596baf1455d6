"""What is told of a supervisor over HTTP: away, back, and who stands in; never why."""

from collections.abc import Sequence

from services.supervision.domain.peers.policy import Policies
from services.supervision.domain.peers.supervisor import TellSupervisor
from services.supervision.roles import MANAGERS
from shared.contracts import supervisor_updates as u
from shared.contracts.update import Update
from shared.runtime.http import Call, Route, command
from shared.runtime.parsing import strict

WISHES: Sequence[tuple[type[Update], str]] = (
    (u.SayAway, "The supervisor is not there, until a day if it is known."),
    (u.SayBack, "The supervisor is there; or was all along."),
    (u.AgreeDeputy, "Who stands in whenever the supervisor is away."),
)


def supervisor_routes(policies: Policies) -> Sequence[Route]:
    """The routes, under the organisations' rules of when nobody's being there is suspected."""

    def told(wish: u.AnySupervisorUpdate, call: Call) -> Sequence[TellSupervisor]:
        rules = policies.of(call.principal.organisation).absence
        return [TellSupervisor(call.path["supervisor_id"], call.now, wish, rules)]

    return tuple(
        command(
            "POST",
            f"/supervisors/{{supervisor_id}}/{wish.model_fields['do'].default}",
            strict(wish),
            told,
            roles=("supervisor", *MANAGERS),
            summary=summary,
        )
        for wish, summary in WISHES
    )
