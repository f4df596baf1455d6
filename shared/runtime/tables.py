"""The table of a read model, as the dataclass of its row says it."""

from dataclasses import fields
from datetime import date, datetime
from typing import get_args, get_type_hints
from uuid import UUID

_COLUMNS = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    tuple[str, ...]: "text[]",
}


def table_of(row: type) -> str:
    """The `create table` of a row's dataclass: a column a field, null only where the field may be None."""
    hints = get_type_hints(row)
    columns = []
    for field in fields(row):
        hint = hints[field.name]
        optional = type(None) in get_args(hint)
        kind = next(arg for arg in get_args(hint) if arg is not type(None)) if optional else hint
        key = " primary key" if field.name == "id" else "" if optional else " not null"
        columns.append(f"{field.name} {_COLUMNS[kind]}{key}")
    return f"create table {{table}} ({', '.join(columns)});"
