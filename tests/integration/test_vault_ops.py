"""An operator looks at the keys of every service and changes them while all goes on; the audit says who and why."""

import asyncio
import json
import sys
from typing import Any

from shared.runtime.master_keys import MasterKeys
from tests.rig.house import Board, House, referral
from tests.rig.stage import until

CANARY = "Canary-Wilhelmina"
TABLES = "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'keys')"


async def kith(house: House, *words: str) -> Any:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", *words, "--home", str(house.stack.home), "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    return json.loads(out)


async def contents(house: House, board: Board) -> list[Any]:
    return await house.sql("referrals", "select name, sealed from vault where organisation = $1", board.name)


async def test_who_a_client_is_reaches_the_vault_by_kafka_and_stands_nowhere_in_the_clear(board: Board) -> None:
    house, said = board.house, referral(person={"given": CANARY, "family": CANARY, "birth_date": "1990-04-02"})
    answer = await board.submit(board.event("referral-submitted", said))
    assert answer.status_code == 202, answer.text
    kept = await until(lambda: contents(house, board))
    assert "identity" in {row["name"] for row in kept}
    for service in ("gateway", "referrals", "supervision", "evaluation"):
        for table in await house.sql(
            service,
            "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'keys')",
        ):
            found = await house.sql(
                service, f"select 1 from {table['name']} t where t::text like $1 or t::text like $2",
                f"%{CANARY}%", f"%{CANARY.encode().hex()}%",
            )  # fmt: skip
            assert not found, (service, table["name"])
    for log in (house.stack.home / "logs").glob("*"):
        assert CANARY not in log.read_text(errors="replace"), log


async def test_keys_are_changed_by_a_command_and_what_was_kept_opens_afterwards(house: House, board: Board) -> None:
    receipt = (await board.submit(board.event("referral-submitted", referral()))).json()
    before = {row["service"]: row["current"] for row in (await kith(house, "vault", "status"))["rows"]}
    assert before.keys() == {"gateway", "referrals", "supervision"}
    rows = (await kith(house, "vault", "rotate", "--why", "a key was lost", "--who", "an officer"))["rows"]
    assert all(row["current"] != before[row["service"]] for row in rows)
    assert all((row["asked"], row["leaving"], row["to_wrap"]) == (0, 0, 0) for row in rows)
    for row in rows:
        masters = MasterKeys(house.stack.home / "master-keys" / f"{row['service']}.json")
        assert masters.kids == {masters.current} == {row["current"]}
    ((_, record),) = await house.raw("event_id = $1", receipt["receipt_id"])
    assert b"health-visitor" in (record.body or b"")
    audit = await board.house.sql("referrals", "select who, why from ops_audit where action = 'vault.rotate'")
    assert ("an officer (key: operator)", "a key was lost") in [tuple(row) for row in audit]


async def test_no_key_is_shown(house: House) -> None:
    answer = await house.http.get(
        f"{house.url('referrals')}/ops/vault", headers={"Authorization": f"Bearer {house.key('operator')}"}
    )
    assert answer.status_code == 200
    text = (house.stack.home / "master-keys" / "referrals.json").read_text()
    assert not any(key in answer.text for key in json.loads(text)["keys"].values())
