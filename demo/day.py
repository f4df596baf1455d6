"""A day of referrals from a seed: the same seed gives the same day, to the byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from demo import odd
from demo.calendar import OPENS, on
from demo.case import Case, Step
from demo.facts import FORMATS, facts, pick
from demo.places import BOARDS, CHARITIES, LATE, SENDERS, Sender
from demo.sending import EARLY, GOOD, REFERRAL, UPDATE, Sending, written
from demo.sending import LATE as LATE_KIND
from demo.stories import STORIES

HOURS = (6, 9, 12, 11, 7, 8, 10, 11, 9, 5)
"""How busy each hour is from eight in the morning on; illustrative, like every weight here."""

CAST = {
    "supported to a planned ending": 12,
    "less, and another way of meeting": 4,
    "another peer, as wished": 3,
    "practical help that arrived": 4,
    "a rest, then on": 3,
    "ended, and came back": 3,
    "lost touch, after trying again": 3,
    "told by events from a charity": 9,
    "help asked before the referral": 1,
    "raced for a peer's last place": 2,
    "another peer than first proposed": 2,
    "declined: outside the window": 4,
    "declined: another service fits": 3,
    "accepted against the rules": 1,
    "by phone, as the team asked": 1,
    "withdrawn before support": 2,
    "still waiting for a peer": 3,
}
"""How many clients have which story; a few more come as chance will have it."""
CHARITIES_ONLY = ("told by events from a charity", "help asked before the referral")
RACE = "raced for a peer's last place"
PER_PEER = 3


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer support worker, as an id and contracted hours."""

    id: UUID
    sender: Sender
    hours: int


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that is going to be sent and done."""

    seed: int
    sendings: Sequence[Sending]
    cases: Sequence[Case]
    steps: dict[int, tuple[Step, ...]]
    peers: Sequence[Peer]


def make_day(seed: int) -> Day:
    """The day of that seed, in the order of time."""
    rng = Random(f"kith-demo-{seed}")
    cases, peers = _cases(seed, rng)
    good = [_referral(case, _arrival(rng), rng) for case in cases]
    early = [_early(case, sent) for case, sent in zip(cases, good, strict=True) if "before the referral" in case.story]
    sendings = [*good, *early, *_odd(rng, seed, good)]
    steps = {case.number: tuple(sorted(STORIES[case.story](case), key=lambda step: step.day)) for case in cases}
    return Day(seed, sorted(sendings, key=lambda s: (s.at, s.event_id, s.kind)), cases, steps, peers)


def _cases(seed: int, rng: Random) -> tuple[list[Case], list[Peer]]:
    stories = [story for story, count in CAST.items() for _ in range(count)]
    stories += rng.choices([story for story in CAST if story not in (*CHARITIES_ONLY, RACE)], k=rng.randint(0, 5))
    raced = rng.choices(BOARDS, [board.weight for board in BOARDS])[0]
    senders = [_sender(rng, story, raced) for story in stories]
    peers = {
        sender: [_peer(seed, sender, n, 15) for n in range(-(-senders.count(sender) // PER_PEER) + 1)]
        for sender in SENDERS
        if sender in senders
    }
    last_place = _peer(seed, raced, 99, 3)
    cases = []
    for number, (story, sender) in enumerate(zip(stories, senders, strict=True), 1):
        of = peers[sender]
        main, other = (last_place, of[0]) if story == RACE else (of[number % len(of)], of[(number + 1) % len(of)])
        format = pick(rng, FORMATS)
        cases.append(
            Case(
                number=number,
                seed=seed,
                story=story,
                sender=sender,
                facts=facts(rng, sender, [board.organisation for board in BOARDS], format),
                peers=(main.id, other.id),
                weekday=rng.randint(1, 4),
                format=format,
            )
        )
    return cases, [*(peer for of in peers.values() for peer in of), last_place]


def _sender(rng: Random, story: str, raced: Sender) -> Sender:
    if story == RACE:
        return raced
    among = CHARITIES if story in CHARITIES_ONLY else SENDERS
    return rng.choices(among, [sender.weight for sender in among])[0]


def _peer(seed: int, sender: Sender, number: int, hours: int) -> Peer:
    return Peer(uuid5(NAMESPACE_URL, f"kith-demo:{seed}:{sender.name}:peer-{number}"), sender, hours)


def _arrival(rng: Random) -> datetime:
    hour = rng.choices(range(len(HOURS)), HOURS)[0]
    return on(0, OPENS) + timedelta(hours=hour, seconds=rng.randrange(3600))


def _referral(case: Case, at: datetime, rng: Random) -> Sending:
    """A referral as it comes in life; one charity sends the week's forms together when the day is done."""
    if case.sender == LATE:
        sent = written(at - timedelta(days=3), LATE, case.event_id, REFERRAL, case.facts, LATE_KIND)
        return replace(sent, at=on(0, time(17, 45)), mode="batch", case=case.number)
    mode = rng.choice(("structured", "binary"))
    return written(at, case.sender, case.event_id, REFERRAL, case.facts, GOOD, case=case.number, mode=mode)


def _early(case: Case, referral: Sending) -> Sending:
    """What a charity asks for a client whose referral is still on its way."""
    wish = {"do": "request-help", "kind": "foodbank-voucher"}
    data = {"referral_event_id": case.event_id, "update": wish}
    at = referral.at - timedelta(minutes=20)
    return written(at, case.sender, early_id(case), UPDATE, data, EARLY)


def early_id(case: Case) -> str:
    """The id of the event that came before the case's referral."""
    return f"{case.event_id}-early"


def _odd(rng: Random, seed: int, good: Sequence[Sending]) -> Iterator[Sending]:
    numbers = iter(range(1, 1000))
    for kind in odd.AFTER:
        single = [s for s in good if s.mode != "batch" and s.door == (kind.door if "HTTP" not in kind.kind else "http")]
        for chosen in rng.sample(single, kind.how_many):
            later = kind.of(chosen, "")
            yield replace(later, at=chosen.at + timedelta(minutes=rng.randint(2, 9)))
    for kind in odd.INSTEAD:
        fitting = [s for s in good if s.mode != "batch" and s.door == kind.door]
        chosen = rng.choice(fitting)
        made = kind.of(chosen, f"odd-{seed}-{next(numbers):03}")
        at = chosen.at + timedelta(minutes=rng.randint(1, 9))
        if dict(made.attributes).get("time") == chosen.at.isoformat():
            made = replace(
                made, attributes=tuple((n, at.isoformat() if n == "time" else v) for n, v in made.attributes)
            )
        yield replace(made, at=at)
