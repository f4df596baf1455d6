"""Each story has a house of its own, because each begins on Monday 2 March 2026 and time only ever moves on."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.runtime import log
from tests.rig.house import Board, House, whole_house
from tests.rig.stage import until

log.configure("tests", form="json")


@dataclass(frozen=True)
class Letters:
    """Everything that was written to anybody, as files of one folder."""

    folder: Path

    def written(self) -> list[str]:
        """Each message, in full."""
        return [file.read_text() for file in sorted(self.folder.rglob("*")) if file.is_file()]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Letters:
    """The folder that messages to clients are put in."""
    return Letters(tmp_path_factory.mktemp("letters"))


@pytest.fixture(scope="module")
async def house(letters: Letters) -> AsyncIterator[House]:
    """Every service as a process of its own, on a Kafka and a PostgreSQL of their own, for one story."""
    home = Path(os.environ.get("KITH_HOUSE", "build/house") + "-story" + os.environ.get("PYTEST_XDIST_WORKER", ""))
    async with whole_house(home, {"KITH_MESSAGES": f"file:{letters.folder}"}) as running:

        async def can_seal() -> Any:
            return await running.sql("gateway", "select 1 from inbox where type like 'kith.referrals-key-published%'")

        await until(can_seal, 60)
        yield running


@pytest.fixture
def board(house: House) -> Board:
    """An organisation of the house that no other test has."""
    return house.board()
