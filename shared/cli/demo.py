"""`kith demo`: a day of invented referrals through the whole house, told as it happens."""

import importlib
from typing import Annotated

import typer

from shared.cli.terminal import HOME, Fault, Home, Json


def demo(
    home: Home = HOME,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same day.")] = 1,
    json: Json = False,
) -> None:
    """Start everything, live through a day of invented referrals, show what became of each, and end."""
    try:
        demonstration = importlib.import_module("demo")
    except ModuleNotFoundError:
        raise Fault("no-demo", "The demonstration is not part of this installation. Run it from a checkout.") from None
    raise typer.Exit(demonstration.main(home=home, seed=seed, json=json))
