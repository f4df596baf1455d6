"""`kith keys`: making a key, shown once, and the record of it for a keys file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.run import write_private
from shared.cli.terminal import Fault, Json, console, print_json
from shared.runtime.auth import BadKeysFile, mint, read_records, write_keys

app = typer.Typer(no_args_is_help=True, help="Keys to the services' doors.")


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
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)
    key, record = mint(name, organisation, role, until)
    if file is not None:
        try:
            before = read_records(file) if file.exists() else ()
        except BadKeysFile as error:
            raise Fault("bad-keys-file", str(error)) from None
        if any(old.name == name for old in before):
            raise Fault(
                "name-taken", f"{file} has a key of that name already. Remove that one, or choose another name."
            )
        write_private(file, write_keys((*before, record)))
    if json:
        print_json({"key": key, "record": record.model_dump(mode="json")})
        return
    console().print(key)
    if file is None:
        console(to_error=True).print("Its record, for the keys file:")
        console(to_error=True).print(record.model_dump_json())
