"""The page that explains referrals says what the tables in the code say."""

from pathlib import Path

import services.referrals
from services.referrals.api import WISHES, routes
from services.referrals.domain.policy import Policies
from services.referrals.domain.referral import DECIDE, EVOLVE
from services.referrals.domain.stages import MOVES, STAYS
from services.referrals.roles import DECIDERS
from shared.contracts import referrals
from shared.contracts.event import Event

README = (Path(services.referrals.__file__).parent / "README.md").read_text()


def diagram() -> str:
    """The moves as mermaid draws them."""
    lines = [f"    {stage} --> {then}: {do}" for (stage, do), thens in MOVES.items() for then in thens]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> received: create", *lines, "```"])


def test_the_diagram_is_the_table() -> None:
    assert diagram() in README, f"put this in services/referrals/README.md:\n\n{diagram()}"


def test_every_wish_is_in_the_table_has_a_rule_and_a_route() -> None:
    dos = {do for _, do in MOVES} - {"settle-match"} | STAYS.keys()
    assert dos == DECIDE.keys()
    here = "/referrals/{referral_id}/"
    offered = {route.path.removeprefix(here) for route in routes(Policies()) if route.path.startswith(here)}
    assert dos <= offered
    assert all(roles == DECIDERS or "peer" in roles or roles == ("clinician",) for _, roles, _ in WISHES)


def test_every_event_changes_something() -> None:
    said = {c for c in vars(referrals).values() if isinstance(c, type) and issubclass(c, Event)}
    assert {c for c in said if c.subject == "referral"} == EVOLVE.keys()


def test_every_file_of_the_domain_is_named() -> None:
    home = Path(services.referrals.__file__).parent
    for file in home.glob("domain/*.py"):
        assert file.name == "__init__.py" or f"`{file.stem}.py`" in README, file.name
