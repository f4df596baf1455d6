"""The page that explains supervision names every file of its rules, and every list that can be read."""

from pathlib import Path

import services.supervision
from services.supervision.peers.questions import PEERS_QUESTIONS

HOME = Path(services.supervision.__file__).parent
README = (HOME / "README.md").read_text()


def test_every_file_of_the_domain_is_named() -> None:
    for file in HOME.glob("domain/*/*.py"):
        assert file.name == "__init__.py" or f"`{file.name}`" in README, file.name


def test_every_list_is_shown() -> None:
    for route in PEERS_QUESTIONS:
        if "{" not in route.path:
            assert f"_KEY {route.path.removeprefix('/')} " in README, route.path
