"""Who a client is: kept in the vault, read when somebody asks, by whom and what for, and by nobody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.rig.desk import POINTS, Desk, match

ABEBA = {
    "given": "Abeba",
    "family": "Canaryson",
    "birth_date": "1996-04-02",
    "chi": "9990000018",
    "sender_reference": "row-17",
    "contact": {
        "phones": ["07700 900123"],
        "emails": ["abeba@example.org"],
        "address": ["1 Invented Street"],
        "safe": {"channels": ["internet-call"], "shared_phone": True, "own_words": "room shared"},
    },
}
NEEDS = {"stage": "postnatal", "stage_weeks": 7, "support_needs": ["asylum-or-refugee"]}


async def person_of(desk: Desk, referral: str) -> str:
    return str((await desk.get(f"/referrals/{referral}"))["person_id"])


async def test_who_a_client_is_comes_from_the_vault_and_the_reading_is_kept(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral = await desk.refer(person=ABEBA, needs=NEEDS)
    person = await person_of(desk, referral)
    seen = await desk.get(f"/people/{person}?purpose=contact")
    assert seen["identity"] == {k: v for k, v in ABEBA.items() if k != "contact"}
    assert seen["contact"]["phones"] == ["+447700900123"]
    assert seen["contact"]["safe"]["channels"] == ["internet-call"]
    assert (seen["needs"]["stage"], seen["referral_ids"]) == ("postnatal", [referral])
    assert await desk.get(f"/referrals/{referral}/person") == await desk.get(f"/people/{person}")
    await theirs.get(f"/people/{person}", 404)
    await theirs.get(f"/referrals/{referral}/person", 404)
    await theirs.get(f"/referrals/{referral}/notes", 404)
    await theirs.post(f"/people/{person}/correct", {"identity": {"given": "Mallory"}}, 404)
    await desk.get(f"/people/{person}?purpose=curiosity", 422)
    rows = await _sql(desk, "select role, purpose, person_id, names from vault_read order by id")
    assert [(row["purpose"], row["person_id"]) for row in rows] == [
        ("contact", UUID(person)), ("care", UUID(person)), ("care", UUID(person))
    ]  # fmt: skip
    assert {*rows[0]["names"]} == {"identity", "contact", "needs"}


async def test_nothing_of_it_is_in_an_event_or_a_read_model(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral = await desk.refer(person=ABEBA, needs=NEEDS)
    for table in ("journal", "referral", "person", "stream", "vault"):
        for row in await _sql(desk, f"select {table}::text as row from {table}"):
            assert not any(word in row["row"] for word in ("Abeba", "Canaryson", "9990000018", "900123", "asylum"))
    assert "Canaryson" not in str(await desk.get(f"/referrals/{referral}/timeline"))


async def test_what_is_wrong_is_told_by_its_place_and_never_repeated(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    for person, where, said in (
        ({"chi": "101011237"}, "person.chi", "leading zero"),
        ({"chi": "9990000019"}, "person.chi", "does not fit"),
        ({"chi": "99900000"}, "person.chi", "missing"),
        ({"contact": {"phones": ["0770x900"]}}, "person.contact.phones.0", ""),
    ):
        told = await desk.post("/referrals", _new(person=person), 422)
        assert told["field"] == where
        assert said in told["detail"]
        assert "900" not in str(told)
        assert "101011237" not in str(told)


async def test_what_was_wrong_is_put_right_and_says_which_part(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral = await desk.refer(person=ABEBA)
    person = await person_of(desk, referral)
    outcome = await desk.post(f"/people/{person}/correct", {"identity": {"given": "Abebe", "family": "Other"}})
    assert [event["type"] for event in outcome["events"]] == ["kith.person-corrected.v1"]
    seen = await desk.get(f"/people/{person}")
    assert (seen["identity"], seen["contact"]["emails"]) == (
        {"given": "Abebe", "family": "Other"},
        ["abeba@example.org"],
    )
    await desk.post(f"/people/{person}/correct", {}, 422)
    await desk.post(f"/people/{uuid4()}/correct", {"identity": {"given": "Nobody"}}, 404)


async def test_a_client_may_say_anew_how_they_are_reached(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral = await desk.refer(person=ABEBA)
    contact = {"phones": ["07700 900456"], "safe": {"channels": ["text"], "voicemail": False}}
    outcome = await desk.tell(referral, "change-safe-contact", by_role="coordinator", contact=contact)
    assert [event["type"] for event in outcome["events"]] == ["kith.safe-contact-changed.v1"]
    seen = await desk.get(f"/referrals/{referral}/person")
    assert (seen["contact"]["phones"], seen["contact"]["safe"]["channels"]) == (["+447700900456"], ["text"])
    assert "emails" not in seen["contact"] or not seen["contact"]["emails"]
    older = {"at": (desk.engine.clock.now() - timedelta(minutes=1)).isoformat(), "by_role": "coordinator"}
    told = await desk.tell(referral, "change-safe-contact", 409, contact={"emails": ["old@example.org"]}, **older)
    assert told["code"] == "overtaken"
    assert await desk.get(f"/referrals/{referral}/person") == seen


async def test_who_is_referred_again_keeps_the_contact_that_is_safe_and_a_person_compares(
    desks: tuple[Desk, Desk],
) -> None:
    desk, _ = desks
    referral = await desk.refer(person={"given": "Ada", "contact": {"phones": ["07700 900123"]}})
    person = await person_of(desk, referral)
    contact = {"emails": ["safe@example.org"], "safe": {"channels": ["email"], "shared_phone": True}}
    await desk.tell(referral, "change-safe-contact", by_role="coordinator", contact=contact)
    bare = await desk.refer(person_id=person)
    again = await desk.refer(
        person_id=person,
        referrer_role="gp",
        person={"given": "Eva", "contact": {"phones": ["07700 900123"], "safe": {"channels": ["text"]}}},
        needs=NEEDS,
    )
    seen = await desk.get(f"/people/{person}")
    assert (seen["identity"]["given"], seen["contact"]["emails"]) == ("Ada", ["safe@example.org"])
    assert "phones" not in seen["contact"] or not seen["contact"]["phones"]
    assert seen["needs"]["stage"] == "postnatal", "what was not known before is kept"
    tasks = [(task["referral_id"], task["kind"]) for task in (await desk.get("/tasks"))["rows"]]
    assert tasks == [(again, "known-person-referred-again")], bare
    [task] = (await desk.get("/tasks"))["rows"]
    await desk.tell(again, "answer-task", task_id=task["task_id"], outcome="put-right", by_role="coordinator")


async def test_the_note_of_a_session_is_for_the_team_and_on_no_timeline(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral = await desk.refer(person=ABEBA)
    await match(desk, referral)
    told = {"language": "en", "by_role": "peer", "text_version": "role-1", "points": POINTS}
    held = {"started_at": desk.engine.clock.now().isoformat(), "minutes": 60, "format": "home", "role_explained": told}
    await desk.tell(referral, "hold-session", **held, note="We sat by the canary cage.")
    (note,) = (await desk.get(f"/referrals/{referral}/notes"))["notes"]
    assert note["note"] == "We sat by the canary cage."
    assert "canary" not in str(await desk.get(f"/referrals/{referral}/timeline"))


async def test_two_who_are_kept_apart_are_so_from_both_sides_until_it_is_lifted(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    one, other = [await person_of(desk, await desk.refer(person={"given": name})) for name in ("Ona", "Otha")]
    said = await desk.post(f"/people/{one}/keep-apart", {"person_id": other, "reason": "former partner"})
    assert [event["subject"] for event in said["events"]] == [f"person/{one}", f"person/{other}"]
    for here, there in ((one, other), (other, one)):
        (row,) = (await desk.get(f"/people/{here}/keep-apart"))["rows"]
        assert row == {"who": "person", "id": there, "reason": "former partner"}
    assert "former" not in str(await _sql(desk, "select body from journal"))
    await theirs.post(f"/people/{one}/keep-apart", {"peer_id": str(uuid4())}, 404)
    await desk.post(f"/people/{other}/meet-again", {"person_id": one})
    assert (await desk.get(f"/people/{one}/keep-apart"))["rows"] == []


def _new(**changes: Any) -> dict[str, Any]:
    from tests.rig.desk import NEW

    return NEW | changes


async def _sql(desk: Desk, query: str) -> Any:
    async with desk.engine.database.owner() as connection:
        return await connection.fetch(query)


async def test_what_support_somebody_needs_is_shown_only_with_their_yes(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    consent = {"scope": "share-with-provider", "at": "2026-03-01T09:00:00Z", "how": "spoken", "text_version": "c-1"}
    silent, agreed, refused = [
        await desk.refer(person=ABEBA, needs=NEEDS, consents=consents)
        for consents in ([], [consent | {"given": True}], [consent | {"given": False}])
    ]
    for referral, shown in ((silent, False), (agreed, True), (refused, False)):
        seen = await desk.get(f"/referrals/{referral}/person")
        assert seen["needs"]["support_needs"] == (["asylum-or-refugee"] if shown else [])
        assert seen["withheld"] == ([] if shown else ["needs.support_needs"])
