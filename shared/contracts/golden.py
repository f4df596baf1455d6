"""Published examples: files that are added to and never changed, so that old bodies stay readable for ever."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from shared.contracts.event import Event
from shared.contracts.registry import Registry
from shared.runtime.service import UnknownType


def given(event: type[Event]) -> list[dict[str, Any]]:
    """The bodies that the class itself shows, from `json_schema_extra["examples"]` of its own configuration."""
    extra = event.model_config.get("json_schema_extra")
    shown = extra.get("examples", ()) if isinstance(extra, Mapping) else ()
    return [to_jsonable_python(body) for body in shown] if isinstance(shown, list | tuple) else []


def type_of(file: Path) -> str:
    """The type that an example file is of: `session-held.v1.json` and `session-held.v1.2.json` alike."""
    return "kith." + ".".join(file.name.split(".")[:2])


def unreadable(folder: Path, registry: Registry) -> list[str]:
    """What is wrong with the published examples: each must decode with today's classes, whatever its version."""
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            registry.decode(type_of(file), file.read_bytes())
        except UnknownType:
            found.append(f"{file.name}: no class or upcaster reads {type_of(file)} any more.")
        except ValueError as error:
            found.append(f"{file.name} does not decode as {type_of(file)}: {error}")
    return found


def unpublished(folder: Path, registry: Registry) -> dict[str, Any]:
    """The bodies that classes show and no file holds yet, under their file names; what is published keeps its name."""
    new: dict[str, Any] = {}
    for event in registry.events:
        stem = event.type().removeprefix("kith.")
        files = [file for file in folder.glob(f"{stem}*.json") if type_of(file) == event.type()]
        bodies = [json.loads(file.read_bytes()) for file in files]
        names = (f"{stem}.{n}.json" if n > 1 else f"{stem}.json" for n in range(1, 1000))
        free = (name for name in names if not (folder / name).exists())
        new |= {next(free): body for body in given(event) if body not in bodies}
    return new
