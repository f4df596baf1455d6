"""`kith`: one command for whoever starts, watches and mends the services, through their own /ops APIs."""

import sys

import typer

from shared.cli import dead_letters, demo, doctor, env, keys, lag, person, projections, trace, up, vault
from shared.cli.terminal import Fault, print_fault

kith = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__, rich_markup_mode=None
)
for command in (up.up, up.down, up.status, env.env, demo.demo, doctor.doctor, lag.lag, trace.trace):
    kith.command()(command)
kith.add_typer(dead_letters.app, name="dead-letters")
kith.add_typer(projections.app, name="projections")
kith.add_typer(keys.app, name="keys")
kith.add_typer(vault.app, name="vault")
kith.add_typer(person.app, name="person")


def app() -> None:
    """Runs the command line; a fault is told in words or JSON and ends with its own status."""
    try:
        kith()
    except Fault as fault:
        print_fault(fault, as_json="--json" in sys.argv)
        sys.exit(fault.status)
