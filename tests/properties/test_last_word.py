"""In whatever order a client's words arrive, what stands is what they said last."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.referrals.domain import referral
from services.referrals.projections import PROJECTIONS
from shared.contracts import life_updates as life
from shared.contracts import values as v
from shared.runtime.envelope import Envelope
from shared.runtime.service import Refusal
from tests.unit.referrals.story import ID, POLICY, create, day, one, tell

SCOPES: tuple[v.ConsentScope, ...] = ("share-with-journey", "messages-text", "evaluation")
[ROW] = [projection for projection in PROJECTIONS if projection.table == "referral"]
minutes = st.lists(st.integers(0, 5000), min_size=1, max_size=8, unique=True)


@given(st.data(), minutes)
def test_for_any_order_of_arrival_the_latest_agreement_stands(data: st.DataObject, said_at: list[int]) -> None:
    """`said_at` is the order of arrival; those of the referral itself come first, together."""
    words = [
        v.Consent(
            scope=data.draw(st.sampled_from(SCOPES)),
            given=data.draw(st.booleans()),
            at=day(0) - timedelta(minutes=minute),
            how="spoken",
            text_version="c-1",
        )
        for minute in said_at
    ]
    first = data.draw(st.integers(0, len(words)))
    command = create(referral_date=day(-4).date(), consents=tuple(words[:first]))
    state, row, number, codes = referral.NEW, None, 0, set()
    for each in (command, *(_told(word) for word in words[first:])):
        try:
            said = referral.decide(state, each)
        except Refusal as refusal:
            codes.add(refusal.code)
            continue
        for event in said:
            number += 1
            state = referral.evolve(state, event)
            row = ROW.apply(row, _envelope(event, number))
    assert codes <= {"overtaken"}
    last: dict[str, tuple[datetime, bool]] = {}
    for word in words:
        last[word.scope] = max(last.get(word.scope, (word.at, word.given)), (word.at, word.given))
    assert state.consents == {scope: given for scope, (_, given) in last.items()}
    assert state.consented_at == {scope: at for scope, (at, _) in last.items()}
    assert row is not None
    assert row.consents == tuple(sorted(scope for scope, (_, given) in last.items() if given))


def _told(word: v.Consent) -> object:
    wish = life.ChangeConsent(
        scopes=(word.scope,), given=word.given, how=word.how, text_version=word.text_version, at=word.at
    )
    return tell(wish, 1, policy=POLICY)


def _envelope(event: object, number: int) -> Envelope:
    return Envelope(
        id=one(number), type=type(event).type(), source="kith.referrals", subject=f"referral/{ID}", time=day(1),
        recorded_at=day(1), organisation="SC012345", sequence=number, actor_role="coordinator", correlation_id=ID,
        causation_id=None, traceparent=None, data=event,
    )  # fmt: skip
