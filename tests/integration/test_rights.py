"""A person's data rights: an officer decides, a refusal says why, and what is decided holds everywhere here."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.referrals import api
from services.referrals.matches import routes
from tests.integration.test_people import ABEBA, NEEDS, person_of
from tests.rig.desk import PEER, Desk, match

ERASE = {"ground": "person-asked", "decision_ref": "ig-2026-014", "retention_class": "peer-support"}
RESTRICT = {"ground": "complaint", "decision_ref": "ig-2026-015"}


async def withdrawn(desk: Desk) -> tuple[str, str]:
    """A person whose only referral was withdrawn, and the referral."""
    referral = await desk.refer(person=ABEBA, needs=NEEDS)
    await desk.tell(referral, "withdraw", by="client", reason="client-choice")
    return await person_of(desk, referral), referral


async def sql(desk: Desk, query: str, *arguments: Any) -> Any:
    async with desk.engine.database.owner() as connection:
        return await connection.fetch(query, *arguments)


async def test_an_erasure_is_refused_with_why_until_nothing_stands_against_it(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral = await desk.refer(person=ABEBA)
    person = await person_of(desk, referral)
    erase = f"/people/{person}/erase"
    assert (await desk.post(erase, ERASE, 409))["code"] == "support-runs"
    await desk.tell(referral, "withdraw", by="client", reason="client-choice")
    await desk.post(f"/people/{person}/hold", {"kind": "open-concern"})
    assert (await desk.post(erase, ERASE, 409))["code"] == "open-concern"
    (hold,) = (await sql(desk, "select holds from person where id = $1", person))[0]["holds"]
    await desk.post(f"/people/{person}/lift-hold", {"hold_id": hold.partition("/")[0]})
    assert (await desk.post(erase, ERASE | {"retention_class": "mental-health"}, 409))["code"] == "kept-by-duty"
    assert (await desk.post(erase, ERASE | {"retention_class": "other"}, 422))["code"] == "unknown-retention-class"
    await theirs.post(erase, ERASE, 404)
    assert (await desk.get(f"/people/{person}"))["identity"]["given"] == "Abeba"

    outcome = await desk.post(erase, ERASE)
    assert [event["type"] for event in outcome["events"]] == ["kith.person-erased.v1", "kith.referral-restricted.v1"]
    assert (await desk.get(f"/people/{person}", 410))["code"] == "erased"
    assert await sql(desk, "select 1 from vault where person_id = $1", person) == []
    assert await sql(desk, "select 1 from keys.data_key where about = $1", person) == []
    assert (await desk.post(f"/people/{person}/correct", {"identity": {"given": "Again"}}, 409))[
        "code"
    ] == "person-erased"
    assert (await desk.post(erase, ERASE, 409))["code"] == "person-erased"
    (done, *_) = await sql(desk, "select who, why from ops_audit where action = 'person.erase' order by id desc")
    assert done["who"].startswith("SC012345 (information-governance)")
    assert done["why"] == "person-asked ig-2026-014"


async def test_of_somebody_erased_nothing_is_kept_again(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    person, _ = await withdrawn(desk)
    await desk.post(f"/people/{person}/erase", ERASE)
    again = await desk.post("/referrals", _new(person_id=person, person=ABEBA), 409)
    assert again["code"] == "person-erased"
    assert await sql(desk, "select 1 from vault where person_id = $1", person) == []


async def test_an_erasure_and_a_new_referral_at_once_never_both_succeed(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    headers = {"X-API-Key": desk.key}
    for _ in range(10):
        person, _ = await withdrawn(desk)
        erased, referred = await asyncio.gather(
            desk.client.post(f"/people/{person}/erase", json=ERASE, headers=headers),
            desk.client.post("/referrals", json=_new(person_id=person), headers=headers),
        )
        fates = (erased.status_code, referred.status_code)
        assert fates in ((200, 409), (409, 201)), (erased.text, referred.text)
        said = erased.json() if fates[0] == 409 else referred.json()
        assert said["code"] in ("referred-meanwhile", "support-runs", "person-erased")


async def test_a_new_referral_of_somebody_restricted_is_restricted_as_well(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    person, _ = await withdrawn(desk)
    await desk.post(f"/people/{person}/restrict", RESTRICT)
    again = await desk.refer(person_id=person)
    assert (await desk.get(f"/referrals/{again}"))["restricted"] == "restriction"
    await desk.post(f"/people/{person}/lift-restriction", {"decision_ref": "ig-2026-016"})
    assert (await desk.get(f"/referrals/{again}"))["restricted"] is None


async def test_a_restriction_and_a_new_referral_at_once_never_pass_each_other(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = desks
    person, _ = await withdrawn(desk)
    known = api.standing_of

    async def late(*asked: Any) -> Any:
        monkeypatch.undo()
        standing = await known(*asked)
        await desk.post(f"/people/{person}/restrict", RESTRICT)
        return standing

    monkeypatch.setattr(api, "standing_of", late)
    assert (await desk.post("/referrals", _new(person_id=person), 409))["code"] == "decided-meanwhile"
    again = await desk.refer(person_id=person)
    assert (await desk.get(f"/referrals/{again}"))["restricted"] == "restriction"


async def test_nobody_erases_another_organisations_person_by_naming_their_id(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    person, _ = await withdrawn(desk)
    for contents in ({"person": {"given": "Mallory"}}, {}):
        no = await theirs.post("/referrals", _new(person_id=person, **contents), 404)
        assert no["code"] == "not-found"
    assert (await desk.get(f"/people/{person}"))["identity"]["given"] == "Abeba"


async def test_while_data_are_restricted_nobody_is_matched_and_it_is_shown(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    referral = await desk.refer(person=ABEBA)
    person = await person_of(desk, referral)
    await desk.tell(referral, "accept", by_role="coordinator")
    await theirs.post(f"/people/{person}/restrict", RESTRICT, 404)
    await desk.post(f"/people/{person}/restrict", RESTRICT)
    assert (await desk.get(f"/people/{person}"))["restricted"]
    assert (await desk.get(f"/referrals/{referral}"))["restricted"] == "restriction"
    wish = {"match_id": str(uuid4()), "peer_id": PEER, "format": "home", "by_role": "coordinator"}
    assert (await desk.tell(referral, "propose-match", 409, **wish))["code"] == "processing-restricted"
    assert (await desk.post(f"/people/{person}/restrict", RESTRICT, 409))["code"] == "already-restricted"
    await desk.post(f"/people/{person}/lift-restriction", {"decision_ref": "ig-2026-016"})
    await desk.tell(referral, "propose-match", **wish)
    assert (await desk.get(f"/referrals/{referral}"))["restricted"] is None


async def test_a_copy_holds_all_that_is_kept_and_that_it_was_made_is_known(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    person, referral = await withdrawn(desk)
    await desk.post(f"/people/{person}/correct", {"contact": {"emails": ["new@example.org"]}})
    copy = await desk.get(f"/people/{person}/copy")
    assert copy["kept"]["identity"] == {k: v for k, v in ABEBA.items() if k != "contact"}
    assert copy["kept"]["contact"]["emails"] == ["new@example.org"]
    assert copy["kept"]["needs"]["support_needs"] == ["asylum-or-refugee"]
    ((told,), decisions) = copy["referrals"], copy["decisions"]
    assert told["referral_id"] == referral
    assert [said["type"] for said in told["said"]] == ["kith.referral-created.v1", "kith.referral-withdrawn.v1"]
    assert [said["type"] for said in decisions] == ["kith.person-corrected.v1"]
    assert await sql(desk, "select 1 from ops_audit where action = 'person.copy'")
    assert await sql(desk, "select 1 from vault_read where purpose = 'person-asked'")
    await theirs.get(f"/people/{person}/copy", 404)


async def test_a_copy_says_nothing_of_third_persons_but_that_something_is_withheld(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    one, other, alone = [await desk.refer(person={"given": name}) for name in ("Ona", "Otha", "Ola")]
    for each in (one, other):
        await match(desk, each)
    persons = [await person_of(desk, each) for each in (one, other)]
    await desk.post(f"/people/{persons[0]}/keep-apart", {"person_id": persons[1], "reason": "Otha struck her sister"})
    (task, _) = (await desk.get("/tasks"))["rows"]
    answer = {"task_id": task["task_id"], "outcome": "parted", "by_role": "coordinator"}
    await desk.tell(task["referral_id"], "answer-task", **answer)
    for person, another in (persons, persons[::-1]):
        copy = await desk.get(f"/people/{person}/copy")
        assert copy["kept"].keys() == {"identity"}
        assert copy["withheld"] == ["of-third-persons"]
        assert not any(word in str(copy) for word in (another, "apart", "struck", "task"))
    assert (await desk.get(f"/people/{await person_of(desk, alone)}/copy"))["withheld"] == []


async def test_with_somebody_erased_the_reasons_others_are_kept_apart_from_them_are_forgotten(
    desks: tuple[Desk, Desk],
) -> None:
    desk, _ = desks
    person, _ = await withdrawn(desk)
    left = await person_of(desk, await desk.refer(person={"given": "Ona"}))
    reason = {"reason": "Abeba struck her"}
    await desk.post(f"/people/{left}/keep-apart", {"person_id": person} | reason)
    await desk.post(f"/people/{person}/keep-apart", {"peer_id": PEER} | reason)
    await desk.post(f"/people/{person}/erase", ERASE)
    assert (await desk.get(f"/people/{left}/keep-apart"))["rows"] == [{"who": "person", "id": person, "reason": None}]
    assert await sql(desk, "select 1 from vault where name like 'apart:%'") == []


async def test_who_is_kept_apart_from_a_peer_is_never_matched_with_them(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    referral = await desk.refer(person=ABEBA)
    await desk.post(f"/people/{await person_of(desk, referral)}/keep-apart", {"peer_id": PEER, "reason": "a neighbour"})
    await desk.tell(referral, "accept", by_role="coordinator")
    wish = {"match_id": str(uuid4()), "peer_id": PEER, "format": "home", "by_role": "coordinator"}
    refused = await desk.tell(referral, "propose-match", 409, **wish)
    assert "neighbour" not in str(refused)
    assert "apart" not in str(refused)
    await match(desk, await desk.refer())


async def test_two_who_are_kept_apart_never_share_a_peer(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    one, other = [await desk.refer(person={"given": name}) for name in ("Ona", "Otha")]
    await match(desk, one)
    apart = {"person_id": await person_of(desk, other)}
    await desk.post(f"/people/{await person_of(desk, one)}/keep-apart", apart)
    await desk.tell(other, "accept", by_role="coordinator")
    wish = {"match_id": str(uuid4()), "peer_id": PEER, "format": "home", "by_role": "coordinator"}
    await desk.tell(other, "propose-match", 409, **wish)


@pytest.mark.parametrize("couple", [False, True])
async def test_of_two_who_share_no_peer_and_are_confirmed_at_once_one_is_refused(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch, couple: bool
) -> None:
    desk, _ = desks
    one, other = pair = [await desk.refer() for _ in range(2)]
    for each, partner in ((one, other), (other, one)):
        await desk.tell(each, "accept", by_role="coordinator")
        if couple:
            wishes = {"preferences": {"partner": partner}, "by_role": "coordinator"}
            await desk.tell(each, "record-preferences", **wishes)
    if not couple:
        apart = {"person_id": await person_of(desk, other)}
        await desk.post(f"/people/{await person_of(desk, one)}/keep-apart", apart)
    wish = {"peer_id": PEER, "by_role": "coordinator"}
    matches = {each: str(uuid4()) for each in pair}
    for each in pair:
        await desk.tell(each, "propose-match", match_id=matches[each], format="home", **wish)
    both_asked, ranking_of = asyncio.Barrier(2), routes.ranking_of

    async def asked(*arguments: Any, **more: Any) -> Any:
        found = await ranking_of(*arguments, **more)
        await both_asked.wait()
        return found

    monkeypatch.setattr(routes, "ranking_of", asked)
    answers = await asyncio.gather(
        *(
            desk.client.post(
                f"/referrals/{each}/confirm-match",
                json=wish | {"match_id": matches[each], "per_4_weeks_hundredths": 100},
                headers={"X-API-Key": desk.key},
            )
            for each in pair
        )
    )
    assert sorted(answer.json().get("code", "") for answer in answers) == ["", "peer-not-available"]


async def test_who_is_to_be_kept_apart_and_is_together_now_is_a_task_for_today(desks: tuple[Desk, Desk]) -> None:
    desk, theirs = desks
    one, other, elsewhere = [await desk.refer(person={"given": name}) for name in ("Ona", "Otha", "Ola")]
    for each in (one, other):
        await match(desk, each)
    apart = {"person_id": await person_of(desk, other)}
    outcome = await desk.post(f"/people/{await person_of(desk, one)}/keep-apart", apart)
    assert [event["type"] for event in outcome["events"]].count("kith.task-opened.v1") == 2
    await desk.post(f"/people/{await person_of(desk, elsewhere)}/keep-apart", {"peer_id": PEER})
    tasks = (await desk.get("/tasks"))["rows"]
    assert {(task["referral_id"], task["kind"]) for task in tasks} == {
        (one, "kept-apart-and-together"),
        (other, "kept-apart-and-together"),
    }
    assert all(task["due_on"] == task["opened_at"][:10] for task in tasks)
    assert (await theirs.get("/tasks"))["rows"] == []
    await desk.post(f"/people/{await person_of(desk, one)}/keep-apart", {"peer_id": PEER})
    assert len((await desk.get("/tasks"))["rows"]) == 3


def _new(**changes: Any) -> dict[str, Any]:
    from tests.rig.desk import NEW

    return NEW | changes
