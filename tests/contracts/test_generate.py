"""What is generated is deterministic, is never changed to break a reader, and a difference is shown."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from shared.contracts import asyncapi, topics
from shared.contracts.event import Event
from shared.contracts.generate import main
from shared.contracts.registry import Registry
from shared.contracts.values import example
from tests.contracts.invented import ID, KettleScorched, Small, TeaPoured, Text, tea

REGISTRY = Registry([TeaPoured, KettleScorched], {})


def shown(made: type[Event], *bodies: Any) -> type[Event]:
    made.model_config = {**made.model_config, **example(*bodies)}
    return made


def files(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert main([], REGISTRY, tmp_path) == 0
    return tmp_path


def test_everything_is_written_once_and_then_stays_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(folder)
    assert sorted(before) == [
        "asyncapi.json",
        "catalogue.md",
        "examples/kettle-scorched.v1.json",
        "examples/tea-poured.v1.2.json",
        "examples/tea-poured.v1.json",
        "schemas/kettle-scorched.v1.json",
        "schemas/tea-poured.v1.json",
        "topics.json",
    ]
    assert main(["--check"], REGISTRY, folder) == 0
    assert main([], Registry([KettleScorched, TeaPoured], {}), folder) == 0
    assert files(folder) == before
    assert "0 files written" in capsys.readouterr().out


def test_a_schema_says_what_the_class_says(folder: Path) -> None:
    schema = json.loads((folder / "schemas/tea-poured.v1.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "/schemas/tea-poured/v1"
    assert schema["x-readers"] == ["evaluation"]
    assert schema["required"] == ["cup_id", "at", "minutes"]
    reader = jsonschema_rs.validator_for(schema, validate_formats=True)
    for file in folder.glob("examples/tea-poured*.json"):
        assert reader.is_valid(json.loads(file.read_text()))
    assert not reader.is_valid({"cup_id": ID, "at": "2026-03-02T09:00:00Z", "minutes": "4"})


@pytest.mark.parametrize(
    "path",
    ["schemas/tea-poured.v1.json", "examples/kettle-scorched.v1.json", "asyncapi.json", "topics.json", "catalogue.md"],
)
def test_a_check_shows_what_differs(folder: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / path).unlink()
    assert main(["--check"], REGISTRY, folder) == 1
    said = capsys.readouterr().out
    assert f"--- {path} in the tree" in said
    assert "make contracts" in said
    assert not (folder / path).exists()
    assert main([], REGISTRY, folder) == 0
    assert main(["--check"], REGISTRY, folder) == 0


@pytest.mark.parametrize("mode", [[], ["--check"]])
def test_a_change_that_breaks_a_reader_is_refused_and_nothing_is_written(
    folder: Path, mode: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(folder)
    assert main(mode, Registry([shown(tea(minutes=Small), {"minutes": 1}), KettleScorched], {}), folder) == 1
    said = capsys.readouterr().out
    assert "kith.tea-poured.v1: cup_id is removed. Breaks evaluation. Publish kith.tea-poured.v2 instead" in said
    assert "upcaster from kith.tea-poured.v1 in upcasters.py" in said
    assert files(folder) == before


def test_a_type_is_never_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], Registry([TeaPoured], {}), folder) == 1
    said = capsys.readouterr().out
    assert "kith.kettle-scorched.v1 is removed. Breaks evaluation, supervision." in said
    assert "kettle-scorched.v1.json: no class or upcaster reads kith.kettle-scorched.v1 any more." in said


def test_a_new_version_stands_beside_the_old_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(folder)
    newer = shown(tea(2, seconds=Small), {"seconds": 9})
    assert main([], Registry([newer, KettleScorched], {}), folder) == 1
    assert "no class or upcaster reads kith.tea-poured.v1" in capsys.readouterr().out
    steps = {"kith.tea-poured.v1": lambda body: {"seconds": body["minutes"]}}
    assert main([], Registry([newer, KettleScorched], steps), folder) == 0
    after = files(folder)
    kept = {path for path in before if path.startswith(("schemas/", "examples/"))}
    assert {path: after[path] for path in kept} == {path: before[path] for path in kept}
    assert after.keys() - before.keys() == {"schemas/tea-poured.v2.json", "examples/tea-poured.v2.json"}
    assert main(["--check"], Registry([newer, KettleScorched], steps), folder) == 0


def test_an_upcaster_that_cannot_read_what_was_published(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = shown(tea(2, seconds=Small), {"seconds": 9})
    steps = {"kith.tea-poured.v1": lambda body: {"seconds": body["hours"]}}
    assert main([], Registry([newer, KettleScorched], steps), folder) == 1
    assert "tea-poured.v1.json does not decode as kith.tea-poured.v1" in capsys.readouterr().out


def test_a_changed_example_is_added_and_the_published_one_stays(folder: Path) -> None:
    before = files(folder)
    shapes = {"kettle_id": Text, "dented": (bool, False)}
    first = Registry([shown(tea(name="kettle-dented", **shapes), {"kettle_id": "a"}), TeaPoured, KettleScorched], {})
    second = Registry([shown(tea(name="kettle-dented", **shapes), {"kettle_id": "b"}), TeaPoured, KettleScorched], {})
    assert main([], first, folder) == 0
    assert main(["--check"], second, folder) == 1
    assert main([], second, folder) == 0
    added = {path: json.loads(text) for path, text in files(folder).items() if "examples/kettle-dented" in path}
    assert added == {
        "examples/kettle-dented.v1.json": {"kettle_id": "a"},
        "examples/kettle-dented.v1.2.json": {"kettle_id": "b"},
    }
    assert files(folder).items() >= {p: t for p, t in before.items() if p.startswith("examples/")}.items()


def test_an_example_that_no_longer_decodes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "examples/tea-poured.v1.old.json").write_text('{"cup_id": "17"}')
    assert main(["--check"], REGISTRY, folder) == 1
    assert "tea-poured.v1.old.json does not decode as kith.tea-poured.v1: cup_id:" in capsys.readouterr().out


def test_an_incomplete_class_is_not_published(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], Registry([TeaPoured, KettleScorched, tea(name="cup-cracked", email=Text)], {}), folder) == 1
    assert "email could carry identity" in capsys.readouterr().out
    assert not (folder / "schemas/cup-cracked.v1.json").exists()


def test_against_a_commit_even_deleted_files_count(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "core.hooksPath=/dev/null"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "published")
    assert main(["--check", "--against", "HEAD"], REGISTRY, folder) == 0
    for path in [*folder.glob("schemas/tea*"), *folder.glob("examples/tea*")]:
        path.unlink()
    changed = Registry([shown(tea(minutes=Small), {"minutes": 1}), KettleScorched], {})
    assert main([], changed, folder) == 0
    assert main(["--check"], changed, folder) == 0
    capsys.readouterr()
    assert main(["--check", "--against", "HEAD"], changed, folder) == 1
    said = capsys.readouterr().out
    assert "kith.tea-poured.v1: cup_id is removed. Breaks evaluation." in said
    assert "examples/tea-poured.v1.json was published and is gone or changed" in said


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in references(inner)]
    return [ref for inner in value for ref in references(inner)] if isinstance(value, list) else []


def test_asyncapi_says_who_sends_and_who_receives() -> None:
    document = asyncapi.document(REGISTRY.events)
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    assert document["asyncapi"] == "3.0.0"
    assert list(document["channels"]) == ["referrals"]
    assert document["channels"]["referrals"]["address"] == "kith.referrals"
    operations = document["operations"]
    assert {name: operation["action"] for name, operation in operations.items()} == {
        "referrals-says": "send",
        "supervision-hears-referrals": "receive",
        "evaluation-hears-referrals": "receive",
    }
    heard = [reference["$ref"] for reference in operations["supervision-hears-referrals"]["messages"]]
    assert heard == ["#/channels/referrals/messages/kettle-scorched"]
    message = document["components"]["messages"]["tea-poured"]
    assert message["name"] == "kith.tea-poured.v1"
    assert message["headers"]["properties"]["ce_type"]["const"] == "kith.tea-poured.v1"


def test_topics_keep_what_was_said_and_let_in_only_who_reads() -> None:
    document = topics.document(REGISTRY.events)
    by_name = {topic["name"]: topic for topic in document["topics"]}
    for owner in ("gateway", "referrals", "supervision", "evaluation"):
        topic = by_name[f"kith.{owner}"]
        assert (topic["partitions"], topic["config"]["retention.ms"], topic["config"]["cleanup.policy"]) == (
            12,
            "-1",
            "delete",
        )
        assert topic["config"]["min.insync.replicas"] == "2"
    assert by_name["kith.intake.{producer}"]["config"]["retention.ms"] == str(14 * 24 * 60 * 60 * 1000)
    assert by_name["kith.referrals"]["readers"] == ["evaluation", "referrals", "supervision"]
    rights = {(right["principal"], right["name"], *right["operations"]) for right in document["acls"]}
    assert ("User:referrals", "kith.referrals", "Describe", "Read", "Write") in rights
    assert ("User:evaluation", "kith.referrals", "Describe", "Read") in rights
    assert ("User:{producer}", "kith.intake.{producer}", "Describe", "Write") in rights
    assert not any(principal == "User:gateway" and name == "kith.referrals" for principal, name, *_ in rights)
    writers = [(right["principal"], right["name"]) for right in document["acls"] if "Write" in right["operations"]]
    assert len(writers) == len({name for _, name in writers}) == 5


def test_the_catalogue_shows_owner_readers_urgency_and_fields(folder: Path) -> None:
    catalogue = (folder / "catalogue.md").read_text()
    assert "| [kettle-scorched](#kettle-scorched) | referrals | kettle | yes | evaluation, supervision |" in catalogue
    assert "| minutes | integer 0..100 | yes | clear |  |" in catalogue
    assert "| biscuits | list of Biscuit {kind, crumbs} |  | clear |  |" in catalogue
    assert "Urgent: it is never merely parked or held." in catalogue
