"""The JSON Schemas (2020-12) of the published language, made from the classes alone."""

from typing import Any

from pydantic.json_schema import models_json_schema

from shared.contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def path(event: type[Event]) -> str:
    """Where the schema is served, and what `ce_dataschema` says: `/schemas/referral-created/v1`."""
    return f"/schemas/{event.name}/v{event.version}"


def of(event: type[Event]) -> dict[str, Any]:
    """The schema of the body as readers may rely on it; `x-` keys say what a change may not touch either."""
    body = event.model_json_schema(mode="validation")
    for definition in (body, *body.get("$defs", {}).values()):
        _tidy(definition)
    return {
        "$schema": DIALECT,
        "$id": path(event),
        **{key: body.pop(key) for key in ("title", "description") if key in body},
        "x-type": event.type(),
        "x-owner": event.owner,
        "x-subject": event.subject,
        "x-urgent": event.urgent,
        "x-readers": list(event.readers),
        **body,
    }


def components(events: tuple[type[Event], ...], template: str) -> tuple[dict[type[Event], Any], dict[str, Any]]:
    """All schemas in one place for a document that holds many: the reference of each event, and the definitions."""
    references, body = models_json_schema([(event, "validation") for event in events], ref_template=template)
    definitions = body.get("$defs", {})
    for definition in definitions.values():
        _tidy(definition)
    return {event: references[event, "validation"] for event in events}, definitions


def _tidy(definition: dict[str, Any]) -> None:
    """Leaves JSON Schema that says what the class does.

    Examples are files of their own; `discriminator` is a word of OpenAPI; and a field of one single value is a tag,
    which must be there for a reader to choose by.
    """
    definition.pop("examples", None)
    fields, needed = definition.get("properties", {}), definition.get("required", ())
    for field in fields.values():
        _without_discriminator(field)
    tags = [name for name, field in fields.items() if "const" in field]
    for name in tags:
        fields[name].pop("default", None)
    if tags:
        definition["required"] = [name for name in fields if name in needed or name in tags]


def _without_discriminator(field: dict[str, Any]) -> None:
    field.pop("discriminator", None)
    items = [field["items"]] if "items" in field else []
    for inner in (*field.get("anyOf", ()), *field.get("oneOf", ()), *items):
        _without_discriminator(inner)
