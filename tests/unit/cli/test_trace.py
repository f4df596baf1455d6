"""One event's parts, told by several services, are one tree with all that the event caused."""

import functools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.cli import story
from shared.cli.story import cut, gather, trees
from tests.unit.cli.played import HEALTHY, Answers, house, kith

Kith = Callable[..., tuple[int, str, str]]
FIRST, SECOND, THIRD = (f"018f0000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
REFERRAL = "018f0000-0000-7000-8000-00000000000a"


def at(ms: float) -> str:
    return datetime.fromtimestamp(1_772_442_000 + ms / 1000, UTC).isoformat()


def said(service: str, subject: str, type: str, decided: float, sent: float | None = None, **more: Any) -> Any:
    journal = {
        "topic": f"kith.{service}",
        "subject": subject,
        "sequence": 1,
        "type": type,
        "actor_role": "sender",
        "recorded_at": at(decided),
        "causation_id": None,
        **more.pop("journal", {}),
    }
    on_kafka = None if sent is None else {"partition": 3, "offset": 17, "at": at(sent)}
    return {"service": service, "journal": journal, "sent": on_kafka, "inbox": [], "led_to": [], **more}


def heard(service: str, when: float, *led_to: Any, **more: Any) -> Any:
    row = {
        "topic": "kith.gateway",
        "partition": 3,
        "offset": 17,
        "fate": "done",
        "code": None,
        "detail": None,
        "type": "kith.referral-received.v1",
        "heard_at": at(when),
        **more,
    }
    return {"service": service, "journal": None, "sent": None, "inbox": [row], "led_to": list(led_to)}


def effect(event: str, subject: str, type: str) -> Any:
    return {"event_id": event, "subject": subject, "type": type}


RECEIVED, CREATED = "kith.referral-received.v1", "kith.referral-created.v1"
KNOWN = {
    FIRST: [
        said("gateway", "submission/1", RECEIVED, 0, 4.5),
        heard("referrals", 10, effect(SECOND, f"referral/{REFERRAL}", CREATED)),
    ],
    SECOND: [
        said("referrals", f"referral/{REFERRAL}", CREATED, 10.5, 14.5, journal={"causation_id": FIRST}),
        heard("evaluation", 16.5, fate="parked", code="handler-failed", detail="KeyError"),
    ],
}


def steps(tree: Any) -> list[tuple[str, str, float | None]]:
    return [(step["service"], step["what"], step["ms"]) for step in tree["steps"]]


def test_the_tree_runs_through_every_service_with_the_time_of_each_hop() -> None:
    (tree,) = trees([FIRST], gather(lambda event: KNOWN[event], [FIRST]))
    assert steps(tree) == [("gateway", "decided", None), ("gateway", "on Kafka", 4.5), ("referrals", "heard", 5.5)]
    assert tree["steps"][1]["note"] == "kith.gateway 3:17"
    (after,) = tree["caused"]
    assert steps(after) == [("referrals", "decided", 0.5), ("referrals", "on Kafka", 4.0), ("evaluation", "heard", 2.0)]
    assert after["steps"][2]["note"] == "parked handler-failed KeyError"
    assert (after["event"], after["caused_by"]) == (SECOND, FIRST)


def test_an_event_that_has_not_left_says_so() -> None:
    (tree,) = trees([FIRST], {FIRST: [said("gateway", "submission/1", RECEIVED, 0)]})
    assert steps(tree) == [("gateway", "decided", None), ("gateway", "waits to be sent", None)]


def test_a_clock_set_by_hand_measures_nothing_against_the_databases() -> None:
    (tree,) = trees([FIRST], KNOWN, {"gateway"})
    assert steps(tree) == [("gateway", "decided", None), ("gateway", "on Kafka", None), ("referrals", "heard", 5.5)]


def test_every_event_of_a_subject_stands_once() -> None:
    both = trees([FIRST, SECOND], KNOWN)
    assert [tree["event"] for tree in both] == [FIRST]


def test_what_causes_itself_is_told_once() -> None:
    known = {FIRST: [said("gateway", "s/1", RECEIVED, 0, led_to=[effect(FIRST, "s/1", RECEIVED)])]}
    assert trees([FIRST], known)[0]["caused"] == []


def test_a_chain_without_an_end_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(event: str) -> Any:
        return [said("gateway", "s/1", RECEIVED, 0, led_to=[effect(f"{event}+", "s/1", RECEIVED)])]

    known = gather(endless, ["e"])
    assert len(known) == story.DEEPEST
    assert cut(trees(["e"], known)) == 1
    monkeypatch.setattr(story, "MOST", 3)
    assert len(gather(endless, ["e"])) == 3


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kith:
    monkeypatch.setenv("KITH_HOME", str(tmp_path))
    return functools.partial(kith, capsys, monkeypatch)


def played() -> dict[str, Answers]:
    services: dict[str, Answers] = {
        name: {("GET", "/ops/health"): {**HEALTHY, "now": datetime.now(UTC).isoformat()}}
        for name in ("gateway", "referrals", "evaluation")
    }
    for event, parts in KNOWN.items():
        for part in parts:
            services[part["service"]]["GET", f"/ops/events/{event}"] = part
    rows = [{"event_id": SECOND, "subject": f"referral/{REFERRAL}"}]
    services["referrals"]["GET", f"/ops/subjects/{REFERRAL}"] = {"service": "referrals", "rows": rows}
    return services


@pytest.mark.parametrize(("id", "first"), [(FIRST, FIRST), (REFERRAL, SECOND), (f"referral/{REFERRAL}", SECOND)])
def test_an_event_and_a_subject_are_traced_alike(run: Kith, tmp_path: Path, id: str, first: str) -> None:
    with house(tmp_path, played()):
        status, out, _ = run("trace", id, "--json")
        words = run("trace", id)[1]
    told = json.loads(out)
    assert (status, [tree["event"] for tree in told["events"]], told["cut"]) == (0, [first], False)
    assert "handler-failed" in words
    assert f"referral/{REFERRAL}" in words


@pytest.mark.parametrize(
    ("id", "status", "code"),
    [
        ("form-1", 2, "not-an-id"),
        ("referral/7", 2, "not-an-id"),
        (THIRD, 5, "unknown-event"),
        (f"peer/{REFERRAL}", 5, "unknown-event"),
    ],
)
def test_what_is_no_id_and_what_nobody_knows_is_said_with_a_code(
    run: Kith, tmp_path: Path, id: str, status: int, code: str
) -> None:
    with house(tmp_path, played()):
        told, out, _ = run("trace", id, "--json")
        assert (told, json.loads(out)["error"]["code"]) == (status, code)
        assert run("trace", id)[0] == status


def test_what_a_silent_service_knows_is_missing_and_told(run: Kith, tmp_path: Path) -> None:
    services = played()
    services["evaluation"] = {("GET", f"/ops/events/{e}"): (503, {"code": "away", "detail": "x"}) for e in KNOWN}
    with house(tmp_path, services):
        status, out, _ = run("trace", FIRST, "--json")
    told = json.loads(out)
    assert status == 4
    assert [fault["code"] for fault in told["faults"]] == ["away"]
    assert len(told["events"][0]["caused"][0]["steps"]) == 2
