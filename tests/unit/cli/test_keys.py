"""`kith keys new` makes no key that would open nothing."""

from pathlib import Path

import pytest

from services.evaluation.service import SERVICE as EVALUATION
from services.gateway.service import SERVICE as GATEWAY
from services.referrals.service import SERVICE as REFERRALS
from services.supervision.service import SERVICE as SUPERVISION
from shared.cli.keys import ROLES, new
from shared.cli.terminal import Fault
from shared.runtime import ops
from shared.runtime.health import Health


@pytest.mark.parametrize(
    ("organisation", "role", "code"),
    [
        ("S08000015", "boss", "unknown-role"),
        ("nonsense", "coordinator", "unknown-organisation"),
        ("S0800001", "coordinator", "unknown-organisation"),
    ],
)
def test_what_would_open_nothing_is_refused_and_nothing_is_written(
    tmp_path: Path, organisation: str, role: str, code: str
) -> None:
    file = tmp_path / "keys.json"
    with pytest.raises(Fault) as raised:
        new("rowan", organisation, [role], file=file)
    assert raised.value.code == code
    assert not file.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Fault) as raised:
        new("rowan", "S08000015", ["sender"], file=tmp_path / "nowhere" / "keys.json")
    assert raised.value.code == "no-such-file"


def test_every_role_that_a_route_is_open_to_is_one_that_a_key_may_have() -> None:
    routes = [
        *ops.routes(Health(1.0)),
        *(route for s in (EVALUATION, GATEWAY, REFERRALS, SUPERVISION) for route in s.routes),
    ]
    assert {role for route in routes for role in route.roles or ()} <= set(ROLES)
