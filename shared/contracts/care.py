"""What only the vault keeps of a life event: the exact day, and what is not said in the clear."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Value

LossKind = Literal[
    "miscarriage",
    "ectopic",
    "molar",
    "termination",
    "stillbirth",
    "neonatal-death",
    "infant-death",
    "other",
    "not-said",
]
Babies = Annotated[int, Field(ge=0, le=8)]


class CareDetails(Value):
    """The exact day of an expected birth, a birth or a loss, with what was told of it; one of twins may live."""

    on: dt.date | None = None
    stage_weeks: Annotated[int, Field(ge=0, le=260)] | None = None
    loss_kind: LossKind | None = None
    babies: Babies | None = None
    living: Babies | None = None
