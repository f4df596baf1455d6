"""OpenAPI 3.1 of a service, made from its routes."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.runtime.http import Route

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; `code` is stable, `field` and `errors` name what to put right.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_OUTCOME: dict[str, Any] = {
    "type": "object",
    "description": "What was said: the events, and the subject's newest sequence (also the ETag).",
    "required": ["subject", "sequence", "events"],
    "properties": {
        "subject": {"type": "string"},
        "sequence": {"type": "integer"},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type", "subject", "sequence"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "type": {"type": "string"},
                    "subject": {"type": "string"},
                    "sequence": {"type": "integer"},
                },
            },
        },
    },
}


def document(service: str, routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes; the same routes give the same document."""
    asked: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    for route in routes:
        asked += [(model, "validation") for model in (route.body, route.params) if model]
        asked += [(route.model, "serialization")] if route.model else []
    references, schemas = models_json_schema(list(dict.fromkeys(asked)), ref_template="#/components/schemas/{model}")
    components = {**schemas.get("$defs", {}), "Problem": _PROBLEM, "Outcome": _OUTCOME}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Kith: {service}", "version": "1"},
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": {name: components[name] for name in sorted(components)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(route: Route, references: Any, components: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if route.model:
        done["content"] = {"application/json": {"schema": references[route.model, "serialization"]}}
    elif route.command:
        done["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Outcome"}}}
    refused = _refused()
    if route.pages:
        for answer in (done, refused):
            answer["content"] = answer.get("content", {}) | {"text/html": {"schema": {"type": "string"}}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": re.sub(r"\W+", "_", f"{route.method}{route.path}".lower()).strip("_"),
        "parameters": [*_path_parameters(route), *_query_parameters(route, references, components), *_headers(route)],
        "responses": {str(route.status): done, "4XX": refused, "503": refused},
    }
    if route.roles is not None:
        operation["security"] = [{"bearer": []}, {"key": []}]
        operation["x-roles"] = list(route.roles)
    if route.body:
        schema = references[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {media: {"schema": schema} for media in route.accepts}}
    return operation


def _refused() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "Not done; says why.", "content": {"application/problem+json": {"schema": schema}}}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if re.fullmatch(r"id|\w+_id", name) else {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)", route.path)
    ]


def _query_parameters(route: Route, references: Any, components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.params is None:
        return []
    schema = components[references[route.params, "validation"]["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema.get("properties", {}).items()
    ]


def _headers(route: Route) -> list[dict[str, Any]]:
    if not route.command:
        return []
    text = {"type": "string"}
    return [
        {"name": "If-Match", "in": "header", "description": "The ETag this wish was decided on.", "schema": text},
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key again has no second effect and gives the first answer.",
            "schema": text,
        },
    ]
