"""`kith keys`: making a key, shown once, and the record of it for a keys file."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, get_args

import typer

from shared.cli.key_file import read_added
from shared.cli.run import write_private
from shared.cli.terminal import Fault, Json, console, print_json
from shared.contracts import values as v
from shared.runtime.auth import mint, write_keys

app = typer.Typer(no_args_is_help=True, help="Keys to the services' doors.")

_USAGE = 2
HOUSE = "kith"
ROLES: Sequence[str] = get_args(v.KeyRole)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, as the audit will say.")],
    organisation: Annotated[str, typer.Option("--organisation", "-o", help="The one organisation it acts for.")],
    role: Annotated[list[str], typer.Option("--role", "-r", help="What it may do; once for each role.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="Until it expires.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="The keys file to add it to.")] = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown now and never again: only its hash is kept."""
    _refuse_unknown(organisation, role)
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)
    key, record = mint(name, organisation, role, until)
    if file is not None:
        before = read_added(file)
        if any(old.name == name for old in before):
            raise Fault(
                "name-taken", f"{file} has a key of that name already. Remove that one, or choose another name."
            )
        try:
            write_private(file, write_keys((*before, record)))
        except OSError as error:
            raise Fault("no-such-file", f"{file} cannot be written: {error.strerror}.", _USAGE) from None
    if json:
        print_json({"key": key, "record": record.model_dump(mode="json")})
        return
    console().print(key)
    if file is None:
        console(to_error=True).print("Its record, for the keys file:")
        console(to_error=True).print(record.model_dump_json())


def _refuse_unknown(organisation: str, roles: Iterable[str]) -> None:
    """Raises Fault for what would open nothing."""
    if organisation != HOUSE and not re.fullmatch(v.ORGANISATION_CODE, organisation):
        words = "Give an NHS board (S08...), a charity by its OSCR number (SC0...), or local:<name>."
        raise Fault("unknown-organisation", f"{organisation!r} is no code of an organisation. {words}", _USAGE)
    if unknown := set(roles) - set(ROLES):
        known = ", ".join(sorted(ROLES))
        raise Fault("unknown-role", f"There is no role {', '.join(sorted(unknown))}. Choose of: {known}.", _USAGE)
