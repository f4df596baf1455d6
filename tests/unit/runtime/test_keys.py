"""Keys open what they sealed, where it was sealed, whole; anything else is a clear error and never data."""

import json
import stat
from pathlib import Path
from uuid import UUID

import pytest

from shared.runtime.keys import DataKey, WrongKey, digest, seal, unseal
from shared.runtime.master_keys import BadMasterKeys, MasterKeys, make_file

ANNA, BINA = UUID(int=1), UUID(int=2)
ONE, OTHER = bytes(32), bytes([1]) * 32
CONTENT = b"something of somebody"


def test_what_was_sealed_opens_with_its_key_in_its_place() -> None:
    assert unseal(ONE, seal(ONE, CONTENT, b"here"), b"here") == CONTENT
    assert unseal(ONE, seal(ONE, b"", b"here"), b"here") == b""


def test_the_same_content_is_never_sealed_to_the_same_bytes() -> None:
    assert seal(ONE, CONTENT, b"here") != seal(ONE, CONTENT, b"here")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27, 28, 40])
def test_truncated_bytes_do_not_open(length: int) -> None:
    with pytest.raises(WrongKey):
        unseal(ONE, seal(ONE, CONTENT, b"here")[:length], b"here")


def test_another_key_another_place_or_one_changed_bit_does_not_open() -> None:
    sealed = seal(ONE, CONTENT, b"here")
    for key, bytes_, place in ((OTHER, sealed, b"here"), (ONE, sealed, b"there"), (ONE, sealed, b"")):
        with pytest.raises(WrongKey):
            unseal(key, bytes_, place)
    for at in range(len(sealed)):
        with pytest.raises(WrongKey):
            unseal(ONE, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], b"here")


def test_a_digest_tells_its_parts_apart() -> None:
    assert digest(ONE, b"ab", b"c") == digest(ONE, b"ab", b"c")
    assert (
        len({digest(ONE, b"ab", b"c"), digest(ONE, b"a", b"bc"), digest(ONE, b"abc"), digest(OTHER, b"ab", b"c")}) == 4
    )


def test_a_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = make_file(tmp_path / "keys" / "a.json")
    before = path.read_bytes()
    assert make_file(path).read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_data_key_is_unwrapped_by_its_master_key_under_its_own_id_only(tmp_path: Path) -> None:
    masters, others = (MasterKeys(make_file(tmp_path / name)) for name in ("a", "b"))
    bare, key = masters.make(masters.current, ANNA)
    assert masters.unwrap(key) == bare
    with pytest.raises(WrongKey):
        masters.unwrap(DataKey(BINA, key.wrapped, key.master))
    with pytest.raises(BadMasterKeys, match=key.master):
        others.unwrap(key)


def test_a_key_that_another_process_added_is_found_without_a_restart(tmp_path: Path) -> None:
    one, other = (MasterKeys(make_file(tmp_path / "a")) for _ in range(2))
    old = one.current
    kid = one.add(frozenset({old}))
    bare, key = one.make(kid, ANNA)
    assert other.unwrap(key) == bare
    one.drop(frozenset({old}), kid)
    assert MasterKeys(one.path).kids == {kid}


def test_a_key_that_a_crash_left_in_the_file_is_taken_and_no_other_is_made(tmp_path: Path) -> None:
    masters = MasterKeys(make_file(tmp_path / "a"))
    known = masters.kids
    left = masters.add(known)
    assert MasterKeys(masters.path).add(known) == left
    assert len(MasterKeys(masters.path).kids) == 2


def test_the_current_key_is_never_taken_out_of_the_file(tmp_path: Path) -> None:
    masters = MasterKeys(make_file(tmp_path / "a"))
    masters.drop(masters.kids, masters.current)
    assert MasterKeys(masters.path).current == masters.current


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": "c2hvcnQ="}}', '{"keys": 1}'],
)
def test_a_file_that_holds_no_keys_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(BadMasterKeys) as refused:
        MasterKeys(path)
    assert str(refused.value) == f"KITH_MASTER_KEYS: {path} is not a file of master keys."
    with pytest.raises(BadMasterKeys, match="cannot be read"):
        MasterKeys(tmp_path / "none")


def test_no_key_shows_in_what_is_printed_of_its_holder(tmp_path: Path) -> None:
    masters = MasterKeys(make_file(tmp_path / "a"))
    [text] = json.loads(masters.path.read_text())["keys"].values()
    assert text not in f"{masters!r} {vars(masters).keys()}"
