"""Keys outlive the wish that made them, so that what was shown with one can be looked at again later."""

from pathlib import Path

from shared.cli.key_file import KeyWish, kept_keys
from shared.runtime.auth import mint, read_keys, read_records, write_keys

OLD, NEW = KeyWish("forms", "SC099901", ("sender",)), KeyWish("operator", "kith", ("operator",))


def test_a_key_of_an_earlier_start_still_opens(tmp_path: Path) -> None:
    first = kept_keys(tmp_path, [OLD])["forms"]
    later = kept_keys(tmp_path, [NEW])
    assert later["forms"] == first
    assert read_keys(tmp_path / "api-keys.json").organisations_of("sender") == {"forms": "SC099901"}


def test_a_key_wished_for_another_organisation_is_a_new_one(tmp_path: Path) -> None:
    first = kept_keys(tmp_path, [OLD])["forms"]
    assert kept_keys(tmp_path, [KeyWish("forms", "SC099902", ("sender",))])["forms"].key != first.key


def test_a_key_of_ones_own_stays_and_has_its_topic_from_the_next_start(tmp_path: Path) -> None:
    kept_keys(tmp_path, [OLD])
    file = tmp_path / "api-keys.json"
    _, mine = mint("rowan", "SC099999", ["sender"])
    file.write_bytes(write_keys((*read_records(file), mine)))
    kept_keys(tmp_path, [OLD])
    assert mine in read_records(file)
    assert read_keys(file).organisations_of("sender") == {"forms": "SC099901", "rowan": "SC099999"}
