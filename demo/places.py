"""Who refers: the fourteen boards, and charities that do not exist.

The weights are illustrative. They follow nothing but a rough sense of which boards are large; no published rate of
births or referrals stands behind them.
"""

from dataclasses import dataclass
from typing import Literal

Door = Literal["http", "kafka"]


@dataclass(frozen=True, slots=True)
class Sender:
    """One organisation that refers: the name it sends under, what it is called, and the door its system uses."""

    name: str
    organisation: str
    title: str
    door: Door
    weight: int

    @property
    def is_charity(self) -> bool:
        return self.organisation.startswith("SC")

    @property
    def intake(self) -> str:
        """The topic that is this sender's own."""
        return f"kith.intake.{self.name}"


BOARDS = (
    Sender("ayrshire-arran", "S08000015", "NHS Ayrshire & Arran", "http", 6),
    Sender("borders", "S08000016", "NHS Borders", "http", 2),
    Sender("dumfries-galloway", "S08000017", "NHS Dumfries & Galloway", "http", 2),
    Sender("forth-valley", "S08000019", "NHS Forth Valley", "kafka", 5),
    Sender("grampian", "S08000020", "NHS Grampian", "kafka", 10),
    Sender("highland", "S08000022", "NHS Highland", "http", 5),
    Sender("lothian", "S08000024", "NHS Lothian", "kafka", 17),
    Sender("orkney", "S08000025", "NHS Orkney", "http", 1),
    Sender("shetland", "S08000026", "NHS Shetland", "http", 1),
    Sender("western-isles", "S08000028", "NHS Western Isles", "http", 1),
    Sender("fife", "S08000029", "NHS Fife", "http", 7),
    Sender("tayside", "S08000030", "NHS Tayside", "http", 8),
    Sender("glasgow-clyde", "S08000031", "NHS Greater Glasgow & Clyde", "kafka", 23),
    Sender("lanarkshire", "S08000032", "NHS Lanarkshire", "kafka", 12),
)

CHARITIES = (
    Sender("rowan-and-wren", "SC099901", "Rowan and Wren", "kafka", 4),
    Sender("lantern-tide", "SC099902", "Lantern Tide", "http", 3),
    Sender("kittiwake-kin", "SC099903", "Kittiwake Kin", "http", 3),
)
"""Names and numbers are made up; nobody has them."""

SENDERS = (*BOARDS, *CHARITIES)
LATE = CHARITIES[2]
"""The charity that sends a week's forms in one batch at the end of the day."""
SCENES = Sender("heron-house", "SC099904", "Heron House", "http", 0)
"""The charity at whose desk the scenes are played; nothing comes in from it."""
