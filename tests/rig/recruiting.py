"""Peers as their organisation brings them in: every step told to the real supervision service over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.supervision.domain.peers.requirements import TABLE
from tests.rig.house import Board
from tests.rig.stage import until

WEEKS = timedelta(weeks=1)


async def manage(board: Board, peer_id: UUID, do: str, role: str = "service-lead", **wish: Any) -> Any:
    """The outcome of a wish about the peer; raises when it is refused."""
    return await board.tell("supervision", f"/peers/{peer_id}/{do}", wish, role)


def day(board: Board, weeks: int) -> str:
    """The day so many weeks from the house's today."""
    return (board.house.now + weeks * WEEKS).date().isoformat()


async def provide(board: Board, *settings: str) -> None:
    """The provider has all that it must have in place."""
    settings = settings or ("third-sector",)
    review = day(board, 40)
    wishes: list[tuple[str, dict[str, Any]]] = [("register", {"settings": settings})]
    for document, covers in (
        ("safeguarding-policy", ["peers", "volunteers", "clients"]),
        ("data-sharing-agreement", []),
    ):
        said = {"document": document, "text_version": f"{document}-1", "owner_role": "service-lead", "covers": covers}
        wishes.append(("record-document", {**said, "review_on": review}))
    wishes += [("set-duty-route", {"duty": duty, "review_on": review}) for duty in ("in-hours", "out-of-hours")]
    bodies = dict.fromkeys(("employer", "host", "data_controller", "supervising", "pvg_body"), board.name)
    wishes += [("set-post-bodies", {"post_id": str(uuid4()), "setting": each, **bodies}) for each in settings]
    for do, wish in wishes:
        await board.tell("supervision", f"/provider/{do}", {"by_role": "service-lead", **wish}, "service-lead")


async def recruit(board: Board, *settings: str, **changes: Any) -> UUID:
    """Somebody with a post, on the way to their first day."""
    outcome = await board.tell("supervision", "/peers", {"post": "paid"}, "service-lead")
    peer_id = UUID(outcome["subject"].partition("/")[2])
    steps: Mapping[str, Mapping[str, Any]] = {
        "informal-visit": {},
        "job-description": {"text_version": "psw-2"},
        "panel": {"with_peer": True},
        "references": {},
        "occupational-requirement": {},
    }
    by = {"by_role": "service-lead"}
    for step, more in steps.items():
        await manage(board, peer_id, "complete-recruitment-step", step=step, on=day(board, -8), **by, **more)
    post = {"settings": settings or ("third-sector",), "contract": "permanent", "contracted_hours": 15}
    await manage(board, peer_id, "recruit", **{**by, **post, **changes})
    return peer_id


async def get_ready(board: Board, peer_id: UUID, supervisor_id: UUID | None = None, started_weeks_ago: int = 2) -> UUID:
    """The peer has all that is asked of them, started, and was supervised today; answers who supervises them."""
    supervisor_id = supervisor_id or uuid4()
    done = day(board, -4)
    first = day(board, -started_weeks_ago)
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("start", {"by_role": "service-lead", "on": first, "team_briefed_on": done}),
        ("confirm-pvg", {"role_type": "children", "on": done}),
        ("confirm-pvg", {"role_type": "protected-adults", "on": done}),
        ("acknowledge-policy", {"text_version": "safeguarding-policy-1", "on": done}),
        ("acknowledge-role", {"by": "peer", "text_version": "role-1"}),
        ("acknowledge-role", {"by": "team", "text_version": "role-1"}),
        ("assign-supervisor", supervised_by(supervisor_id)),
        ("hold-supervision", held(board, supervisor_id)),
    ]
    for asked in TABLE:
        if asked.kind == "course":
            wishes.append(("complete-training", {"requirement": asked.code, "source": "nes-turas", "on": done}))
        elif asked.kind == "induction":
            step = asked.code.removeprefix("induction-")
            wishes.append(("complete-induction-step", {"step": step, "on": done}))
    for do, wish in wishes:
        await manage(board, peer_id, do, **wish)
    return supervisor_id


def supervised_by(supervisor_id: UUID) -> dict[str, Any]:
    return {"supervisor_id": str(supervisor_id), "because": "knows-the-setting", "peer_says_fit": True}


def held(board: Board, with_id: UUID) -> dict[str, Any]:
    """Clinical supervision just now."""
    return {"stream": "clinical", "held_at": board.house.now.isoformat(), "with_id": str(with_id)}


async def tag(board: Board, peer_id: UUID, **said: Any) -> None:
    """The peer agrees to be matched on one thing; their supervisor writes it down."""

    async def done() -> bool:
        # Until referrals' key is known here nothing can be sealed to it.
        answer = await board.call(
            "POST", "supervision", f"/peers/{peer_id}/consent-tag", "supervisor", json={"tag": said}
        )
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200

    await until(done)


async def ready_peer(board: Board, *settings: str, **capacity: Any) -> UUID:
    """A peer recruited over HTTP, ready in these settings (or the third sector), with these ways of meeting people."""
    peer_id = await recruit(board, *settings)
    await get_ready(board, peer_id)
    await manage(board, peer_id, "set-capacity", **{"formats": ["phone", "home"], **capacity})
    return peer_id


async def candidates(board: Board, referral: str) -> dict[str, list[str]]:
    """Who is a candidate for the client, who is below the floor, and who is not available, by their ids."""
    found = await board.ask("referrals", f"/referrals/{referral}/candidates")
    names = ("candidates", "below_the_floor", "not_available")
    return {name: [each["peer_id"] for each in found[name]] for name in names}
