"""The coarse facts of one invented referral. Nothing here is a person: no name, no address, no date of birth."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from demo.calendar import iso
from demo.places import Sender

Weighted = Sequence[tuple[Any, int]]

FROM_BOARDS: Weighted = (
    ("health-visitor", 28), ("midwife", 24), ("gp", 14), ("community-team", 10), ("maternity-psychology", 6),
    ("self", 6), ("neonatal-unit", 4), ("family-nurse", 4), ("bereavement-midwife", 2), ("mbu", 1), ("social-work", 1),
)  # fmt: skip
FROM_CHARITIES: Weighted = (("self", 45), ("third-sector", 30), ("health-visitor", 15), ("family", 10))
PARENTS: Weighted = (("birth-parent", 84), ("father", 9), ("co-parent", 3), ("partner", 2), ("carer", 2))
FORMATS: Weighted = (("home", 35), ("phone", 20), ("community", 20), ("video", 15), ("group", 10))
LANGUAGES: Weighted = (("en", 88), ("pl", 4), ("ar", 3), ("uk", 2), ("ti", 2), ("bfi", 1))


def pick(rng: Random, weighted: Weighted) -> Any:
    """One of them, the heavier the likelier."""
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def facts(rng: Random, sender: Sender, boards: Sequence[str], format: str) -> Mapping[str, Any]:
    """The data of a `referral-submitted` as the sender's form fills it; `boards` are where a charity's people live."""
    board = sender.organisation if not sender.is_charity else rng.choice(boards)
    language = pick(rng, LANGUAGES)
    role = pick(rng, FROM_CHARITIES if sender.is_charity else FROM_BOARDS)
    return {
        "board_of_treatment": board,
        "board_of_residence": board,
        "sender": sender.organisation,
        "referrer_role": role,
        "client_agreed": True,
        "referral_date": iso(-rng.choice((0, 0, 0, 1, 3, 5))),
        "parent_role": pick(rng, PARENTS),
        "setting": "third-sector" if sender.is_charity else "mbu" if role == "mbu" else "cpmht",
        "formats_wanted": sorted({format, "phone"}),
        "language": language,
        "interpreter_needed": language != "en",
    }
