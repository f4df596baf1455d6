"""The picture on a terminal while it happens: services, what came in, the last referral's way, and what is told."""

import asyncio
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from demo.calendar import HERE, words
from demo.hops import follow
from demo.house import House
from demo.telling import SUMMED, Picture
from shared.cli.stack import SERVICES

LOOK_EVERY = 0.5
HOPS = ("to Kafka", "to referrals", "to Kafka", "to evaluation", "in all")
AT_DESKS = {what: word for what, word in SUMMED.items() if what not in ("cancel-session", "hold-review")}
STAMP = 16
TAKEN = 17
"""Lines of the screen that are not for what is told."""


@contextmanager
def live(house: House, picture: Picture, console: Console) -> Iterator[None]:
    """The picture stays on the screen, anew eight times a second."""
    watching = asyncio.create_task(watch(house, picture))
    try:
        with Live(
            get_renderable=lambda: render(picture, console.width, console.height),
            console=console,
            refresh_per_second=8,
        ):
            yield
    finally:
        watching.cancel()


def render(picture: Picture, width: int, height: int) -> RenderableType:
    """The picture in so many lines."""
    day = picture.now.astimezone(HERE)
    date = f"  {day:%A} {day.day} {day:%B %Y, %H:%M}"
    head = Text.assemble((" Kith ", "bold reverse"), (date, "bold"))
    above: list[RenderableType] = [head, Text(), _services(picture), Text(), _counts(picture), Rule(style="dim")]
    return Group(*above, _told(picture, width, max(3, height - TAKEN)))


def _told(picture: Picture, width: int, room: int) -> Table:
    """The last lines that fit, none of them cut."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", width=STAMP)
    table.add_column(overflow="fold")
    lines = []
    for moment, what in reversed(picture.lines):
        room -= len(textwrap.wrap(what, max(20, width - STAMP - 2))) or 1
        if room < 0:
            break
        lines.append((words(moment), escape(what)))
    for row in reversed(lines):
        table.add_row(*row)
    return table


def _services(picture: Picture) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (("service", "left"), ("state", "left"), ("process", "right"), ("restarts", "right")):
        table.add_column(name, justify=side, min_width=12)  # type: ignore[arg-type]
    table.add_column("not yet on Kafka", justify="right")
    table.add_column("behind", justify="right", min_width=10)
    for row in picture.services:
        state = Text(row["state"], "green" if row["state"] == "well" else "bold red")
        table.add_row(row["service"], state, str(row["pid"]), str(row["restarts"]), row["unsent"], row["behind"])
    return table


def _counts(picture: Picture) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", width=10)
    table.add_column(overflow="fold")
    told = ", ".join(f"{n} {fate}" for fate, n in picture.fates.most_common())
    table.add_row("over HTTP", f"{picture.sent['http']} came in{f'; answered: {told}' if told else ''}")
    table.add_row("by Kafka", f"{picture.sent['kafka']} came in; what became of them is looked up at the end")
    done = ", ".join(f"{picture.wishes[what]} {word}" for what, word in AT_DESKS.items() if picture.wishes[what])
    table.add_row("at desks", done or "-")
    table.add_row("a referral", ", ".join(f"{ms:.0f} ms {name}" for name, ms in picture.hops) or "-")
    return table


async def watch(house: House, picture: Picture) -> None:
    """Looks at the services and at the last referral's way, until it is cancelled."""
    while True:
        picture.services = [await _state(house, service) for service in SERVICES]
        picture.now = max(picture.now, house.now)
        well = all(row["state"] == "well" for row in picture.services)
        if well and picture.last and (way := await follow(house, picture.last)):
            picture.hops = list(zip(HOPS, way.steps().values(), strict=True))
        await asyncio.sleep(LOOK_EVERY)


async def _state(house: House, service: str) -> Mapping[str, Any]:
    kept = house.up.kept[service]
    row = {"service": service, "pid": kept.pid or "-", "restarts": kept.restarts, "unsent": "-", "behind": "-"}
    headers = {"Authorization": f"Bearer {house.key('operator')}"}
    try:
        health = (await house.http.get(f"{house.url(service)}/ops/health", headers=headers)).json()
        relay = (await house.http.get(f"{house.url(service)}/ops/relay", headers=headers)).json()
    except (httpx.TransportError, ValueError):
        return {**row, "state": "gone"}
    behind = f"{max(health['fresh'].values(), default=0.0):.1f} s"
    state = "well" if health["consume"] else "not hearing"
    return {**row, "state": state, "unsent": str(relay["unsent"]), "behind": behind}
