"""One event's parts, told by several services, are one story in the order of time."""

from shared.cli.trace import story

SAID = {
    "service": "gateway",
    "journal": {
        "topic": "kith.gateway",
        "subject": "submission/1",
        "sequence": 1,
        "type": "kith.referral-received.v1",
        "actor_role": "sender",
        "recorded_at": "2026-03-02T09:00:00.000000+00:00",
    },
    "sent": {"partition": 3, "offset": 17, "at": "2026-03-02T09:00:00.004500+00:00"},
    "inbox": [],
    "led_to": [],
}
HEARD = {
    "service": "referrals",
    "journal": None,
    "sent": None,
    "inbox": [
        {
            "topic": "kith.gateway",
            "partition": 3,
            "offset": 17,
            "fate": "done",
            "code": None,
            "detail": None,
            "heard_at": "2026-03-02T09:00:00.010000+00:00",
        }
    ],
    "led_to": [
        {
            "event_id": "e2",
            "subject": "referral/1",
            "type": "kith.referral-created.v1",
            "recorded_at": "2026-03-02T09:00:00.010500+00:00",
        }
    ],
}


def test_the_story_runs_through_every_service() -> None:
    told = story([HEARD, SAID])
    assert [(step["service"], step["what"], step["ms"]) for step in told] == [
        ("gateway", "decided", None),
        ("gateway", "sent", 4.5),
        ("referrals", "heard", 5.5),
        ("referrals", "led to", 0.5),
    ]
    assert told[1]["where"] == "kith.gateway 3:17"
    assert told[2]["note"] == "done"


def test_an_event_that_never_left_is_a_short_story() -> None:
    assert [step["what"] for step in story([{**SAID, "sent": None}])] == ["decided"]
    assert story([]) == []
