"""Who of a closed service is offered something together: all who wish it, and never two who are kept apart."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.referrals.domain.keep_apart import Pairs, apart_from_any


def offers(persons: Iterable[UUID], apart: Pairs) -> Sequence[Sequence[UUID]]:
    """The persons in their order, as few offers as that order allows; who is kept apart is in different ones."""
    found: list[list[UUID]] = []
    for person in persons:
        for offer in found:
            if not apart_from_any(apart, person, offer):
                offer.append(person)
                break
        else:
            found.append([person])
    return found
