"""`kith person`: what an officer decides about somebody's data; each decision is theirs, and in the audit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic_core import from_json

from shared.cli import ask
from shared.cli import run as runs
from shared.cli.terminal import HOME, Fault, Home, Json, cell, console, print_fields, print_json

app = typer.Typer(no_args_is_help=True, help="A person's data rights: erase, correct, restrict, hold, copy.")

Id = Annotated[UUID, typer.Argument(metavar="PERSON", help="The person's id, as a referral shows it.")]
Key = Annotated[str | None, typer.Option("--key", envvar="KITH_OFFICER_KEY", help="The deciding officer's own key.")]
Ground = Annotated[str, typer.Option("--ground", help="person-asked, retention-ended, sent-in-error, court-order, ...")]
Ref = Annotated[str, typer.Option("--decision-ref", help="Under which reference the officer keeps the decision.")]


@app.command()
def erase(
    person: Id,
    ground: Ground,
    decision_ref: Ref,
    retention_class: Annotated[str, typer.Option("--retention-class", help="Of which class the records are.")],
    receipt: Annotated[
        list[UUID] | None, typer.Option("--receipt", help="A submission of theirs that names no referral.")
    ] = None,
    key: Key = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Destroy all that says who somebody is; refused, with why, while support runs or something holds the record."""
    body = {
        "ground": ground,
        "decision_ref": decision_ref,
        "retention_class": retention_class,
        "receipts": [str(each) for each in receipt or ()],
    }
    _told(_post(home, person, "erase", key, body), json, "Erased: nothing that says who this was can be opened again.")


@app.command()
def correct(
    person: Id,
    file: Annotated[Path, typer.Argument(help="JSON: identity, contact, needs; each in place of what stood there.")],
    key: Annotated[str | None, typer.Option("--key", envvar="KITH_COORDINATOR_KEY", help="The deciding key.")] = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Put right what is kept of somebody."""
    run = runs.read(home)
    if key is None and "coordinator" in run.keys:
        key = run.keys["coordinator"].key
    try:
        content = from_json(file.read_bytes())
    except OSError as error:
        raise Fault("no-such-file", f"{file} cannot be read: {error.strerror}.", 2) from None
    except ValueError as error:
        raise Fault("not-json", f"What {file} holds is not JSON: {error}.", 2) from None
    _told(ask.as_officer(run, "POST", f"/people/{person}/correct", key, json=content), json, "Put right.")


@app.command()
def restrict(
    person: Id,
    decision_ref: Ref,
    ground: Annotated[
        str, typer.Option("--ground", help="person-asked, complaint, under-review, ...")
    ] = "person-asked",
    lift: Annotated[bool, typer.Option("--lift", help="Use the data again.")] = False,
    key: Key = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Keep somebody's data and do not use them: no match, no message, no sharing."""
    do, body = "restrict", {"ground": ground, "decision_ref": decision_ref}
    if lift:
        do, body = "lift-restriction", {"decision_ref": decision_ref}
    _told(_post(home, person, do, key, body), json, "In use again." if lift else "Restricted.")


@app.command()
def hold(
    person: Id,
    kind: Annotated[str, typer.Option("--kind", help="legal, open-concern or complaint.")] = "legal",
    lift: Annotated[UUID | None, typer.Option("--lift", help="The hold that no longer stands.")] = None,
    key: Key = None,
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Let nothing of somebody be erased while this stands."""
    do, body = ("hold", {"kind": kind}) if lift is None else ("lift-hold", {"hold_id": str(lift)})
    _told(_post(home, person, do, key, body), json, "Held." if lift is None else "Lifted.")


@app.command()
def copy(person: Id, key: Key = None, home: Home = HOME, json: Json = False) -> None:
    """What is kept of somebody, for themselves, without what tells of others; that it was made is in the audit."""
    found = ask.as_officer(runs.read(home), "GET", f"/people/{person}/copy", key)
    if json:
        print_json(found)
        return
    print_fields({"person": found["person_id"], "made at": found["made_at"], **dict(_plain(found["kept"]))})
    for referral in found["referrals"]:
        console().print(f"\nReferral {referral['referral_id']}")
        for said in referral["said"]:
            console().print(f"  {said['at']}  {said['type']}  by {said['by_role']}")
            for name, value in _plain(said["data"]):
                console().print(f"      {name}: {cell(value)}")
    for said in found["decisions"]:
        console().print(f"{said['at']}  {said['type']}  by {said['by_role']}")
    for linked in found["linked_people"]:
        console().print(f"Linked as the same person: {linked}; copy that as well.")
    if found["withheld"]:
        console().print("Something is kept that tells of third persons; it is not in this copy.")


def _plain(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of it that says something, under its name."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _plain(inner, f"{name} {key}".strip().replace("_", " "))
        case [dict(), *_]:
            for number, inner in enumerate(value, 1):
                yield from _plain(inner, f"{name} {number}")
        case list():
            yield from _plain(", ".join(map(str, value)), name)
        case None | "":
            return
        case _:
            yield name, value


def _post(home: Path, person: UUID, do: str, key: str | None, body: dict[str, Any]) -> Any:
    return ask.as_officer(runs.read(home), "POST", f"/people/{person}/{do}", key, json=body)


def _told(outcome: Any, json: bool, words: str) -> None:
    if json:
        print_json(outcome)
    else:
        console().print(words)
