"""What a person sees: every word whole, in the width of a terminal."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

from rich.console import Console

from demo.calendar import FIRST
from demo.fates import Sent
from demo.hops import Spread
from demo.mishaps import Killed, Standstill
from demo.odd import AFTER, INSTEAD
from demo.places import SENDERS
from demo.report import Report, came_in, odd
from demo.scenes import Scene
from demo.sending import Outcome, written
from demo.showing import render
from demo.sums import Sum
from demo.tables import faults, show
from demo.telling import Picture, Teller, line

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)


def report(*sums: Sum) -> Report:
    good = [written(FIRST, sender, f"form-{n}", "t", {}, "a referral") for n, sender in enumerate(SENDERS)]
    every = [*good, *(kind.of(good[0], f"odd-{n}") for n, kind in enumerate((*AFTER, *INSTEAD)))]
    sent = [Sent(one, found=Outcome(one.must.fate, one.must.code, "This is why. Do this.")) for one in every]
    return Report(
        seed=1,
        came_in=came_in(sent),
        came_later=[],
        odd=odd(sent),
        journeys=[{"story": "told by events", "clients": 2, "steps": 30, "sessions": 9, "stand": {"ended": 2}}],
        wishes={},
        topics={"kith.referrals": 1440, "kith.intake.fife": 0},
        types={"kith.referrals": {f"type-{n}": n for n in range(9)}},
        hops={"journal -> Kafka": Spread(60, 6.1, 14.9)},
        funnel={
            "received": 60,
            "accepted": 52,
            "declined": 7,
            "withdrawn": 2,
            "ended": 50,
            "ended-planned": 47,
            "returned": 4,
        },
        killed=Killed("referrals", 1, 2, MOMENT, MOMENT + timedelta(seconds=3), 40, 9, 40),
        standstill=Standstill(1.5, 13, 13),
        scenes=[Scene("A scene", ("who", "#how many"), [("somebody", "1")], "A note.")],
        sums=sums,
        links={"gateway: its API": "http://127.0.0.1:18080/openapi.json", "a receipt": "curl -s"},
        back="kith up --home .kith/demo",
    )


def shown(report: Report, stays: bool = True) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    show(report, console, stays)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_no_table_is_wider_than_the_terminal_and_no_word_is_cut() -> None:
    lines = shown(report(Sum("so", 1, 1)))
    assert max(map(len, lines)) <= 100
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    for kind in (*AFTER, *INSTEAD):
        assert kind.must.code in text
    for sender in SENDERS:
        assert all(word in text for word in sender.title.split())


def test_links_that_lead_nowhere_any_more_say_how_they_will_again() -> None:
    up, ended = (" ".join(" ".join(shown(report(), stays)).split()) for stays in (True, False))
    assert "while everything is up" in up
    assert "while everything is up" not in ended
    assert ended.index("kith up --home .kith/demo") < ended.index("Then these answer again") < ended.index("http://")


def test_the_numbers_beside_the_funnel_and_the_types_add_up_to_what_they_are_of() -> None:
    text = " ".join(" ".join(shown(report())).split())
    assert "of the 60 received 52 accepted, 7 declined, 1 not decided on; 2 of them withdrew" in text
    assert "of the 50 ended 47 as planned, 3 otherwise; 4 of them came back" in text
    assert "8 type-8, 7 type-7, 6 type-6, 5 type-5, 4 type-4, 3 type-3, 3 of 3 other types" in text


def test_what_does_not_add_up_is_said_and_fails() -> None:
    wrong = report(Sum("so", 1, 1), Sum("referrals made", 62, 61, "[one] is missing"))
    assert not wrong.adds_up
    assert list(faults(wrong)) == ["referrals made: 61, not 62. [one] is missing"]
    assert any("[one] is missing" in line for line in shown(wrong))


def test_the_screen_holds_the_newest_lines_whole() -> None:
    picture = Picture(now=FIRST)
    for n in range(80):
        picture.lines.append((FIRST, f"Line {n} " + "says something long " * (n % 7)))
    picture.services = [
        {"service": "gateway", "state": "well", "pid": 4194304, "restarts": 0, "unsent": "0", "behind": "0.0 s"}
    ] * 3
    console = Console(file=io.StringIO(), width=100, height=40)
    console.print(render(picture, 100, 40))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= 40
    assert "…" not in console.file.getvalue()
    assert any("Line 79" in line for line in lines)


def test_what_happens_to_several_on_a_day_is_said_once() -> None:
    said: list[str] = []
    teller = Teller(lambda moment, what: said.append(line(moment, what)), lambda: FIRST)
    for who in ("NHS Fife", "NHS Tayside", "NHS Borders"):
        teller.aloud(who, "a review falls due")
    teller.hush()
    teller.hush()
    assert said == ["Mon  2 Mar 00:00  NHS Fife and 2 more: a review falls due."]


def test_a_week_counts_what_was_done_at_desks_and_what_was_told_by_events() -> None:
    said: list[str] = []
    teller = Teller(lambda moment, what: said.append(what), lambda: FIRST)
    reported = [
        Sent(written(FIRST, SENDERS[0], f"form-0007-14-{do}", "t", {}, "told")) for do in ("hold-session", "end")
    ]
    teller.over(Counter({"hold-session": 2}), reported)
    assert said == ["Week 1: 3 sessions held, 1 ended."]
