"""Who is never to meet whom, whichever is named first and whoever is linked."""

from hypothesis import given
from hypothesis import strategies as st

from services.referrals.domain.keep_apart import apart_from_any, kept_apart, pairs_of
from tests.unit.referrals.story import one


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_it_holds_from_both_sides(said: list[tuple[int, int]]) -> None:
    pairs = pairs_of((one(a), one(b)) for a, b in said)
    for a in range(10):
        for b in range(10):
            assert kept_apart(pairs, one(a), one(b)) == ((a, b) in said or (b, a) in said)
            assert kept_apart(pairs, one(a), one(b)) == kept_apart(pairs, one(b), one(a))


def test_whoever_is_linked_as_one_person_is_kept_apart_alike() -> None:
    pairs = pairs_of([(one(1), one(2))], linked=[(one(1), one(3)), (one(3), one(4))])
    assert all(kept_apart(pairs, one(each), one(2)) for each in (1, 3, 4))
    assert not kept_apart(pairs, one(1), one(3))


def test_one_is_kept_apart_from_a_group_by_any_of_its_members() -> None:
    pairs = pairs_of([(one(1), one(2))])
    assert apart_from_any(pairs, one(2), [one(5), one(1)])
    assert not apart_from_any(pairs, one(2), [one(5), one(6)])
