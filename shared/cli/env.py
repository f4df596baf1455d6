"""`kith env`: the addresses and keys of what is up, as shell variables, so that a line of the README can be pasted."""

import re

from shared.cli import run as runs
from shared.cli.terminal import HOME, Home


def env(home: Home = HOME) -> None:
    """Print `export` lines; use it as `eval "$(kith env)"`."""
    run = runs.read(home)
    values = {name.upper(): running.url for name, running in run.services.items()}
    values |= {f"{name.upper()}_KEY": key.key for name, key in run.keys.items()}
    for name, value in {**values, "KAFKA": run.bootstrap}.items():
        print(f"export {re.sub(r'[^A-Z0-9_]', '_', name)}={value}")
