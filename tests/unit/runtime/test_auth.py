"""A key becomes its principal until it expires, and neither key nor hash is ever shown."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.runtime import auth
from shared.runtime.auth import BadKeysFile, KeyRecord, Principal, keep_keys, keys_of, mint, read_keys, write_keys

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_minted_key_is_found_through_its_file(tmp_path: Path) -> None:
    key, record = mint("Ayr & Arran board", "ayrshire", ["coordinator", "peer"])
    path = tmp_path / "keys.json"
    path.write_bytes(write_keys([record]))
    assert key.startswith("kith_ayr-arran-board_")
    assert key not in path.read_text()
    found = read_keys(path).find(key.encode(), NOW)
    assert found == Principal("Ayr & Arran board", "ayrshire", frozenset({"coordinator", "peer"}))


def test_keys_are_never_alike() -> None:
    assert len({mint("a", "b", [])[0] for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("after", "known"), [(timedelta(seconds=-1), True), (timedelta(0), False), (timedelta(days=1), False)]
)
def test_a_key_is_unknown_from_the_moment_it_expires(after: timedelta, known: bool) -> None:
    key, record = mint("a", "b", ["c"], expires_at=NOW)
    assert (keys_of([record]).find(key.encode(), NOW + after) is not None) is known


@pytest.mark.parametrize("guess", [b"", b"\xff", b"kith_a_", b"x" * 100_000])
def test_anything_else_is_unknown(guess: bytes) -> None:
    assert keys_of([mint("a", "b", ["c"])[1]]).find(guess, NOW) is None
    assert read_keys(None).find(guess, NOW) is None


def test_nothing_printable_holds_the_key_or_its_hash() -> None:
    key, record = mint("a", "b", ["c"])
    for text in (repr(record), str(record), repr(keys_of([record])), repr(keys_of([record]).find(key.encode(), NOW))):
        assert key not in text
        assert record.sha256 not in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "file: "),
        (b'{"a": 1}', "file: "),
        (b'[{"name": "a", "sha256": "5ecre7", "organisation": "b", "roles": []}]', "0.sha256"),
        (b'[{"name": "a", "organisation": "b", "roles": []}]', "0.sha256"),
        (
            b'[{"name": "a", "sha256": "'
            + b"0" * 64
            + b'", "organisation": "b", "roles": [], "expires_at": "2026-01-01T00:00:00"}]',
            "0.expires_at",
        ),
    ],
)
def test_a_bad_file_names_the_place_and_shows_nothing(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(BadKeysFile, match=says) as raised:
        read_keys(path)
    assert "5ecre7" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_missing_file_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(BadKeysFile, match="KITH_API_KEYS"):
        read_keys(tmp_path / "none.json")


def test_one_key_is_one_principal() -> None:
    _, record = mint("a", "b", [])
    with pytest.raises(BadKeysFile, match="twice"):
        keys_of([record, record.model_copy(update={"organisation": "other"})])


async def test_a_key_that_was_taken_out_of_the_file_is_unknown_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "LOOK_SECONDS", 0.01)
    path, stopping = tmp_path / "keys.json", asyncio.Event()
    (gone, leaving), (kept, staying), (fresh, coming) = (mint(name, "b", ["sender"]) for name in ("x", "y", "z"))

    def write(records: Iterable[KeyRecord]) -> None:
        path.with_suffix(".part").write_bytes(write_keys(records))
        path.with_suffix(".part").replace(path)

    def known() -> list[bool]:
        return [keys.find(key.encode(), NOW) is not None for key in (gone, kept, fresh)]

    async def becomes(wanted: list[bool]) -> None:
        async with asyncio.timeout(5):
            while known() != wanted:
                await asyncio.sleep(0.01)

    write([leaving, staying])
    keys = read_keys(path)
    producers = dict(keys.producers())
    keeping = asyncio.create_task(keep_keys(path, keys, producers, stopping))
    assert known() == [True, True, False]
    write([staying, coming])
    await becomes([False, True, True])
    assert sorted(producers) == ["y", "z"]
    path.write_text("{")
    await asyncio.sleep(0.1)
    assert known() == [False, True, True], "a file that cannot be read changes nothing"
    write([coming])
    await becomes([False, False, True])
    stopping.set()
    await keeping


def test_a_form_submits_under_a_name_that_no_sender_and_no_topic_has() -> None:
    records = [mint("ask", "SC1", ["sender"])[1], mint("ask", "SC2", ["public-form"])[1]]
    assert keys_of(records).producers() == {"ask": "SC1", "form:ask": "SC2"}
    taken = mint("form:ask", "SC3", ["sender"])[1]
    assert keys_of([*records, taken]).producers()["form:ask"] == "SC2"
