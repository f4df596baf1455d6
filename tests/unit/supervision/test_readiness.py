"""Who may support whom on which day: from recorded facts alone, what is missing, and whose gap it is."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from services.supervision.domain.peers.commands import SetRules
from services.supervision.domain.peers.policy import Policy
from services.supervision.domain.peers.readiness import Fact, Facts, Readiness, Waiver, may_be_waived, readiness
from services.supervision.domain.peers.requirements import NEVER_WAIVED, TABLE
from shared.contracts import peer_updates as p
from shared.contracts import supervision as s
from shared.contracts import values as v
from tests.unit.supervision.peers import ID, MANAGER, POLICY, day, done, held, in_order, needs, on, one, recruited

SEVEN = [code for code in needs() if code.startswith("nes-") and code[4].isdigit()]
ELSEWHERE = {
    "nes-follow-on",
    "induction-pmh-midwife",
    "induction-breastfeeding-team",
    "induction-peer-recovery-network",
}
STOP = p.StopContact(by_role="service-lead")
LIFT = p.LiftStop(by_role="service-lead")


def policy(**changes: Any) -> Policy:
    """The defaults with another table or other numbers."""
    return Policy(peer=POLICY.peer.model_copy(update=changes))


def asked_of(code: str, **changes: Any) -> Policy:
    """The defaults, with this requirement otherwise."""
    table = (each.model_copy(update=changes) if each.code == code else each for each in TABLE)
    return policy(requirements=tuple(table))


def test_the_seven_modules_are_asked_by_name() -> None:
    assert SEVEN == [
        "nes-1-introduction",
        "nes-2-keeping-baby-in-mind",
        "nes-3-stigma",
        "nes-4-risk-in-the-perinatal-period",
        "nes-5-assessment",
        "nes-6-interventions",
        "nes-7-pharmacological-interventions",
    ]


@pytest.mark.parametrize("setting", get_args(v.Setting))
def test_a_peer_who_has_all_that_is_asked_is_ready(setting: v.Setting) -> None:
    story = in_order(settings=(setting,))
    ceiling = "moderate" if setting == "third-sector" else None
    assert story.of(s.PeerReady)[-1] == s.PeerReady(
        peer_id=ID, setting=setting, ceiling=ceiling, lone_visits=True, ready_at=story.of(s.PeerReady)[-1].ready_at
    )


@pytest.mark.parametrize("code", [*needs(), "references", "occupational-requirement"])
def test_whatever_one_thing_is_missing_nobody_new_comes_and_it_is_named(code: str) -> None:
    if code in ("references", "occupational-requirement"):
        facts = in_order(settings=("mbu",)).state.facts
        state = Facts(**{name: getattr(facts, name) for name in Facts.__slots__} | {"held": {**facts.held}})
        del state.held[code]  # type: ignore[attr-defined]
        found = readiness(state, "mbu", POLICY.peer, on(0))
        assert (found.level, found.missing) == ("no-new-people", (code,))
        return
    story = in_order(without=[code], settings=("mbu",))
    if code == "induction-lone-visit-check-in":
        assert story.of(s.PeerReady)[-1].lone_visits is False
        return
    last = [each for each in story.journal if isinstance(each, s.PeerReady | s.PeerNotReady)][-1]
    assert (last.name, last.level, last.missing) == ("peer-not-ready", "no-new-people", (code,))
    for wish in needs()[code]:
        story = story.when(wish)
    if code in ("named-supervisor", "started"):
        story = story.when(held(0, supervision_id=one(901)), 0.2)
    assert story.of(s.PeerReady), "what was missing was the only thing"


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_what_is_asked_in_clinical_settings_alone_is_not_asked_in_the_third_sector(code: str) -> None:
    assert in_order(without=[code]).of(s.PeerReady)
    assert not in_order(without=[code], settings=("cpmht",)).of(s.PeerReady)


def test_each_setting_is_judged_by_itself() -> None:
    story = in_order(without=["nes-follow-on"], settings=("third-sector", "mbu"))
    assert story.state.said["third-sector"].level == "ready"
    assert story.state.said["mbu"] == Readiness("no-new-people", ("nes-follow-on",), "provider")


def test_a_post_may_be_asked_for_less() -> None:
    paid_only = asked_of("statutory", posts=("paid",))
    assert in_order(without=["statutory"], policy=paid_only, post="volunteer").of(s.PeerReady)
    assert not in_order(without=["statutory"], policy=paid_only).of(s.PeerReady)


UNAVAILABLE = p.NoteUnavailable(requirement="wrap", since=on(-1))
OFFERED = p.OfferTraining(requirement="wrap", on=on(-1))


@pytest.mark.parametrize(
    ("without", "told", "owner"),
    [
        (["wrap"], [], "provider"),
        (["wrap"], [UNAVAILABLE], "provider"),
        (["wrap"], [OFFERED], "peer"),
        (["wrap"], [OFFERED, UNAVAILABLE], "provider"),
        (["wrap"], [UNAVAILABLE, OFFERED], "peer"),
        (["wrap", "bookbug"], [OFFERED], "provider"),
        (["pvg-children"], [], "outside"),
        (["pvg-children", "wrap"], [OFFERED], "outside"),
        (["safeguarding-policy"], [], "peer"),
        (["role-acknowledged-by-peer"], [], "peer"),
        (["role-acknowledged-by-team"], [], "provider"),
        (["named-supervisor"], [], "provider"),
        (["induction-shadowing"], [], "provider"),
    ],
)
def test_a_course_that_is_not_to_be_had_is_the_providers_gap_and_never_the_peers(
    without: list[str], told: list[Any], owner: str
) -> None:
    story = in_order(without=without)
    for wish in told:
        story = story.when(wish)
    assert story.state.said["third-sector"].gap_owner == owner


def test_a_course_that_ran_out_is_the_providers_gap_until_it_is_offered_anew() -> None:
    story = in_order().when(done("statutory", -1, expires_on=on(3)), 0).passing(4)
    assert story.state.said["third-sector"] == Readiness("no-new-people", ("statutory",), "provider")
    offered = p.OfferTraining(requirement="statutory", on=on(4))
    assert story.when(offered, 5).state.said["third-sector"].gap_owner == "peer"


def test_what_is_about_to_end_is_said_beforehand_and_moves_nobody() -> None:
    story = in_order().when(done("statutory", -1, expires_on=on(40)), 0).then("training-completed")
    story = story.when(held(12), 12).passing(12.5)
    assert story.said == ()
    story = story.passing(13)
    story.then("peer-not-ready", level="expiring", missing=["statutory"], gap_owner="provider")
    story = story.when(held(30), 30).passing(40.5)
    assert story.said == (), "through its last day it counts"
    story.passing(41).then("training-expired", "peer-not-ready", level="no-new-people", missing=["statutory"])


def test_what_is_about_to_end_is_known_beside_what_is_missing() -> None:
    facts = in_order(without=["wrap"]).when(done("statutory", -1, expires_on=on(5))).state.facts
    found = readiness(facts, "third-sector", POLICY.peer, on(0))
    assert (found.level, found.missing, found.expiring) == ("no-new-people", ("wrap",), ("statutory",))
    stopped = in_order().when(done("statutory", -1, expires_on=on(5))).when(STOP).state.facts
    assert readiness(stopped, "third-sector", POLICY.peer, on(0)).expiring == ()


def test_what_is_about_to_end_follows_on_being_ready_with_level_and_lone_visits() -> None:
    """Whoever hears only that something is about to end must have heard of the bounds first."""
    story = in_order(without=["statutory"]).when(done("statutory", -1, expires_on=on(5)), 0)
    story.then("training-completed", "peer-ready", "peer-not-ready", level="expiring")
    assert story.said[1].ceiling == "moderate"


def test_an_unknown_expiry_of_the_membership_holds_until_more_is_known() -> None:
    story = in_order()
    assert "pvg-children" not in str(story.passing(2000).said[-1])
    known = p.ConfirmPvg(role_type="children", on=on(0), expires_on=on(10))
    story = story.when(known).then("pvg-confirmed", "peer-not-ready", level="expiring", missing=["pvg-children"])
    story.passing(11).then("peer-not-ready", level="no-new-people", missing=["pvg-children"], gap_owner="outside")


def test_a_membership_for_the_other_type_of_role_is_none() -> None:
    story = in_order(without=["pvg-protected-adults"])
    assert story.state.said["third-sector"].missing == ("pvg-protected-adults",)


def test_only_the_version_that_counts_is_read() -> None:
    newer = asked_of("safeguarding-policy", text_version="safeguarding-4")
    story = in_order().when(SetRules(ID, day(0), newer, day(0)))
    story.then("requirements-set", "peer-not-ready", missing=["safeguarding-policy"], gap_owner="peer")
    read = p.AcknowledgePolicy(text_version="safeguarding-4", on=on(1))
    story.when(read, 1).then("policy-acknowledged", "peer-ready")


def test_the_same_rules_are_not_set_again() -> None:
    assert in_order().when(SetRules(ID, day(0), POLICY, day(0))).then().said == ()


@pytest.mark.parametrize("before", [in_order(), in_order(without=["wrap", "pvg-children"]), recruited()])
def test_of_a_stop_nothing_is_said_but_that_it_is_one(before: Any) -> None:
    story = before.when(STOP, 1).then("contact-stopped", "peer-not-ready", level="stop-contact", missing=[])
    assert story.said[-1].gap_owner is None
    meanwhile = [UNAVAILABLE, p.WithdrawPvg(role_type="children"), done("wrap", -1)]
    for number, wish in enumerate(meanwhile):
        story = story.when(wish, 1.1 + number / 10)
        assert not {event.name for event in story.said} & {"peer-ready", "peer-not-ready"}


def test_after_a_stop_the_facts_speak_again() -> None:
    in_order().when(STOP, 1).when(LIFT, 2).then("contact-stop-lifted", "peer-ready")
    lapsed = in_order().when(STOP, 1).when(p.WithdrawPvg(role_type="children"), 1).when(LIFT, 2)
    lapsed.then("contact-stop-lifted", "peer-not-ready", level="no-new-people", missing=["pvg-children"])


def test_who_decided_a_stop_and_why_is_in_no_event() -> None:
    assert set(s.ContactStopped.model_fields) == {"peer_id", "recorded_at"}
    assert set(s.ContactStopLifted.model_fields) == {"peer_id", "recorded_at"}


def test_lone_visits_need_own_safety_itself_where_no_waiver_helps() -> None:
    story = in_order(without=["own-safety"])
    story = story.when(p.NoteUnavailable(requirement="own-safety", since=on(-1)))
    waive = p.Waive(
        requirement="own-safety",
        manager_id=MANAGER,
        manager_role="line-manager",
        mitigation="joint-work-only",
        until=on(80),
    )
    story.when(waive).then("requirement-waived", "peer-ready", lone_visits=False)


def test_the_level_is_the_lower_of_what_the_setting_and_the_peer_allow() -> None:
    mild = p.AgreeSupportLevel(by_role="supervisor", setting="third-sector", ceiling="mild")
    story = in_order().when(mild).then("support-level-agreed", "peer-ready", ceiling="mild")
    severe = p.AgreeSupportLevel(by_role="supervisor", setting="third-sector", ceiling="severe")
    story = story.when(severe).then("support-level-agreed", "peer-ready", ceiling="moderate")
    story.when(p.AgreeSupportLevel(by_role="supervisor", setting="third-sector", ceiling=None)).then(
        "support-level-agreed"
    )


@pytest.mark.parametrize("code", sorted(NEVER_WAIVED))
def test_a_waiver_of_what_is_never_waived_changes_nothing_even_if_one_were_written(code: str) -> None:
    facts = Facts(post="paid", settings=("third-sector",), started_on=on(-20), waived={code: Waiver(on(0), on(80))})
    assert code in readiness(facts, "third-sector", POLICY.peer, on(0)).missing


@pytest.mark.parametrize("code", [*sorted(NEVER_WAIVED), "own-safety", "induction-lone-visit-check-in"])
def test_no_table_may_drop_what_keeps_people_safe(code: str) -> None:
    for table in (
        [each for each in TABLE if each.code != code],
        [each.model_copy(update={"settings": ("mbu",)}) if each.code == code else each for each in TABLE],
        [each.model_copy(update={"posts": ("paid",)}) if each.code == code else each for each in TABLE],
    ):
        with pytest.raises(ValidationError, match=code):
            Policy(peer=s.PeerRules(requirements=tuple(table)))


def test_what_is_never_waived_cannot_be_called_a_course() -> None:
    table = tuple(
        each.model_copy(update={"kind": "course", "waivable": True}) if each.code == "pvg-children" else each
        for each in TABLE
    )
    with pytest.raises(ValidationError, match="pvg-children"):
        Policy(peer=s.PeerRules(requirements=table))


def test_a_table_asks_for_each_thing_once() -> None:
    with pytest.raises(ValidationError, match="twice"):
        Policy(peer=s.PeerRules(requirements=(*TABLE, TABLE[0])))


def test_what_was_done_counts_through_its_last_day() -> None:
    fact = Fact(on(0), on(5))
    asked = TABLE[0]
    assert fact.holds(asked, on(5))
    assert not fact.holds(asked, on(6))


def test_an_expiry_falls_on_the_local_day_through_summer_time() -> None:
    story = in_order().when(done("statutory", -1, expires_on=on(27)), 0)
    (due,) = story.aggregate.deadlines(story.state).values()
    assert due.isoformat() == "2026-03-30T00:00:00+01:00", "supervision is due then, the day after the clocks changed"


@pytest.mark.parametrize(
    ("code", "kind"), [("pvg-children", "course"), ("named-supervisor", "course"), ("x", "document")]
)
def test_nothing_but_a_course_is_waived_and_no_name_makes_a_course_of_the_rest(code: str, kind: Any) -> None:
    assert not may_be_waived(s.Requirement(code=code, kind=kind, waivable=True))
