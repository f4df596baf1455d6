"""What the rules of matching say of those gathered, as it is answered; loads numpy and scipy."""

from collections.abc import Iterable

from services.referrals.domain.ranking import Ranking
from services.referrals.matches.answers import (
    Candidate,
    Candidates,
    FactorView,
    NotAvailable,
    Preview,
    PreviewRow,
    WaitView,
)
from services.referrals.matches.gathering import Gathered
from services.referrals.matching.assignment import assign, tie_order, whole_list
from services.referrals.matching.columns import Pairs, pairs
from services.referrals.matching.explain import (
    YOU_DECIDE,
    Explained,
    Wait,
    explain,
    in_points,
    in_points_each,
    wait_of,
)
from services.referrals.matching.explain import Factor as Term
from services.referrals.matching.rules import allowed
from services.referrals.matching.terms import FLOOR, RULESET, score
from services.referrals.matching.transportation import NOWHERE
from shared.contracts.referrals.matching import Factor


def ranking_in(gathered: Gathered) -> Ranking:
    """Of the one client and the one peer gathered, as a decision needs it."""
    pair = explain(_pairs(gathered))[0][0]
    return Ranking(
        ruleset_version=RULESET,
        against=pair.against,
        score=in_points(pair.score),
        is_candidate=pair.is_candidate,
        factors=tuple(Factor(code=f.code, points=n) for f, n in _factors(pair)),
        matched_on_experience=any(f.code == "shared-experience" and f.points for f in pair.factors),
    )


def _pairs(gathered: Gathered) -> Pairs:
    return pairs(gathered.clients, gathered.peers, gathered.policy.travel_minutes)


def candidates_of(gathered: Gathered) -> Candidates:
    """Every peer for the one client gathered, with the reasons; the others are only counted."""
    one = _pairs(gathered)
    order = {peer_id: place for place, peer_id in enumerate(tie_order(one))}
    found = sorted(explain(one)[0], key=lambda pair: (-pair.score, order[pair.peer_id]))
    others = max(0, gathered.on_list - 1)
    free = sum(0 if p.paused else max(0, p.places - p.used) for p in gathered.peers) // 100
    return Candidates(
        referral_id=one.clients[0].id,
        ruleset_version=RULESET,
        wait=_wait(wait_of(one, 0)),
        candidates=[_candidate(pair) for pair in found if pair.is_candidate],
        below_the_floor=[_candidate(pair) for pair in found if not pair.against and not pair.is_candidate],
        not_available=sorted(
            (
                NotAvailable(peer_id=pair.peer_id, because=list(dict.fromkeys(words for _, words in pair.against)))
                for pair in found
                if pair.against
            ),
            key=lambda each: each.peer_id,
        ),
        others_waiting=others,
        others_without_place=max(0, others - max(0, free - 1)),
        you_decide=YOU_DECIDE,
    )


def _candidate(pair: Explained) -> Candidate:
    return Candidate(
        peer_id=pair.peer_id,
        score=in_points(pair.score),
        shared_and_met=[factor.words for factor in pair.factors if factor.points],
        not_met=[factor.words for factor in pair.factors if not factor.points],
        factors=[FactorView(code=f.code, points=n, how=f.how, words=f.words) for f, n in _factors(pair)],
        formats=list(pair.formats),
    )


def _factors(pair: Explained) -> Iterable[tuple[Term, int]]:
    return zip(pair.factors, in_points_each(f.points for f in pair.factors), strict=True)


def _wait(wait: Wait) -> WaitView:
    return WaitView(days=wait.days, red_days=wait.red_days, points=in_points(wait.points), past=wait.past)


def preview_of(gathered: Gathered) -> Preview:
    """The whole list at once."""
    everybody = _pairs(gathered)
    scores = score(everybody)
    may = allowed(everybody) & (scores >= FLOOR)
    plan = assign(whole_list(everybody, scores, may))
    rows = []
    for row, client in enumerate(everybody.clients):
        column = int(plan.peer[row])
        placed = column != NOWHERE
        rows.append(
            PreviewRow(
                referral_id=client.id,
                peer_id=everybody.peers[column].id if placed else None,
                score=in_points(int(scores[row, column])) if placed else None,
                wait=_wait(wait_of(everybody, row)),
                without_place=None if placed else "no-place-left" if may[row].any() else "nobody-fits",
            )
        )
    placed_rows = sum(each.peer_id is not None for each in rows)
    return Preview(
        ruleset_version=RULESET,
        exact=plan.exact,
        waiting=len(rows),
        placed=placed_rows,
        rows=rows,
        you_decide=YOU_DECIDE,
    )
