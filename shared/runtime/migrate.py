"""Bringing a service's database to the shape its code expects."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import asyncpg
from asyncpg import Connection

from shared.runtime.service import Projection, Service
from shared.runtime.settings import Settings

RUNTIME_MIGRATIONS = Path(__file__).parent / "sql" / "migrations"
_LOCK = 0x6B697468  # "kith"


class ChangedMigration(Exception):
    """A migration that was applied is not the same file any more."""


async def provision(superuser: Mapping[str, Any], settings: Settings) -> None:
    """Makes the service's database and its three roles, which can reach no other; repeatable.

    `superuser` are asyncpg's keyword arguments for an administrator of the cluster.
    """
    connection = await asyncpg.connect(**superuser)
    try:
        owner, worker, api = (settings.user(role) for role in ("owner", "worker", "api"))
        for role in ("owner", "worker", "api"):
            user, password = settings.user(role), settings.login(role)["password"]
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", user):
                await connection.execute(f'create role "{user}" login nosuperuser nocreatedb nocreaterole nobypassrls')
            if password:
                quoted = await connection.fetchval("select quote_literal($1::text)", password)
                await connection.execute(f'alter role "{user}" password {quoted}')
        if not await connection.fetchval("select 1 from pg_database where datname = $1", settings.database):
            await connection.execute(f'create database "{settings.database}" owner "{owner}"')
        await connection.execute(f'revoke all on database "{settings.database}" from public')
        await connection.execute(f'grant connect on database "{settings.database}" to "{worker}", "{api}"')
    finally:
        await connection.close()


def roles_of(settings: Settings) -> dict[str, str]:
    """The names that stand for {owner}, {worker} and {api} in SQL."""
    return {role: settings.user(role) for role in ("owner", "worker", "api")}


def _substitute(sql: str, roles: Mapping[str, str]) -> str:
    return re.sub(r"\{(owner|worker|api)\}", lambda match: f'"{roles[match[1]]}"', sql)


def migrations_of(service: Service) -> list[Path]:
    """The files to apply, in order: the runtime's own, then the service's."""
    return [*sorted(RUNTIME_MIGRATIONS.glob("*.sql")), *sorted((service.home / "migrations").glob("*.sql"))]


async def migrate(connection: Connection, service: Service, settings: Settings) -> list[str]:
    """Applies what is not applied yet, each file in one transaction, and names it; safe from many processes at once.

    Raises ChangedMigration when an applied file was edited.
    """
    roles = roles_of(settings)
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(
            "create table if not exists migration (name text primary key, checksum text not null, "
            "applied_at timestamptz not null default now())"
        )
        applied = {row["name"]: row["checksum"] for row in await connection.fetch("select * from migration")}
        done = []
        for path in migrations_of(service):
            name, text = f"{path.parent.parent.name}/{path.name}", path.read_text()
            checksum = hashlib.sha256(text.encode()).hexdigest()
            if name in applied:
                if applied[name] != checksum:
                    raise ChangedMigration(f"{name} was changed after it was applied; undo that and add a new file")
                continue
            async with connection.transaction():
                await connection.execute(_substitute(text, roles))
                await connection.execute("insert into migration (name, checksum) values ($1, $2)", name, checksum)
            done.append(name)
        async with connection.transaction():
            for projection in service.projections:
                if await connection.fetchval("select to_regclass($1)", f"public.{projection.table}") is None:
                    await create_read_model(connection, projection, roles, "public")
                    if await connection.fetchval(
                        "select exists (select from stream where topic = $1)", projection.topic
                    ):
                        await connection.execute(f'comment on table "{projection.table}" is null')
                    done.append(f"read model {projection.table}")
            if not await outdated(connection, service.projections):
                await connection.execute(write_rows_function(service))
        return done
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def create_read_model(
    connection: Connection, projection: Projection, roles: Mapping[str, str], schema: str
) -> None:
    """Makes a read model's table with its indexes, policies and grants, in the given schema."""
    table = f'{schema}."{projection.table}"'
    await connection.execute(f"set local search_path = {schema}, public")
    await connection.execute(projection.ddl.replace("{table}", projection.table))
    await connection.execute(
        _substitute(
            f"""
            alter table {table} enable row level security;
            alter table {table} force row level security;
            create policy everything on {table} to {{owner}}, {{worker}} using (true) with check (true);
            create policy own_organisation on {table} to {{api}}
                using (organisation = public.organisation()) with check (organisation = public.organisation());
            {_granted(projection, table)}
            grant select, insert, update, delete on {table} to {{worker}}, {{api}};
            comment on table {table} is '{projection.key}';
            """,
            roles,
        )
    )
    await connection.execute("set local search_path = public")


def _granted(projection: Projection, table: str) -> str:
    """The policy by which a row is read, and only read, by the organisations that its `granted_to` names."""
    if "granted_to" not in columns_of(projection):
        return ""
    return (
        f"create policy granted on {table} for select to {{api}} "
        "using (public.organisation() is not null and public.organisation() = any(granted_to));"
    )


async def outdated(connection: Connection, projections: Iterable[Projection]) -> list[str]:
    """The read models whose tables are not of this program's shape, or were made when there was something to fold."""
    found = await connection.fetch(
        "select relname, obj_description(oid, 'pg_class') as key from pg_class "
        "where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    keys = {row["relname"]: row["key"] for row in found}
    return [projection.table for projection in projections if keys.get(projection.table) != projection.key]


def columns_of(projection: Projection) -> list[str]:
    """The columns of a read model, in order."""
    return [field.name for field in fields(projection.row)]


def write_rows_function(service: Service) -> str:
    """The SQL function that puts and drops rows of this service's read models, by table.

    It raises KP002 when asked by a program whose read models have another shape, in the first place of `r_table`.
    """

    def branch(projection: Projection) -> str:
        table, names = projection.table, columns_of(projection)
        columns = ", ".join(names)
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        return f"""
    n := array_position(r_table, '{table}');
    if n is not null then
        insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, r_put[n]::json)
        on conflict (id) do update set {updates};
        delete from {table} where id in (select value::uuid from json_array_elements_text(r_drop[n]::json));
    end if;"""

    body = "".join(branch(projection) for projection in service.projections)
    return (
        "create or replace function write_rows(r_table text[], r_put text[], r_drop text[]) returns void "
        "language plpgsql as $$ declare n integer; "
        f"begin if r_table[1] is distinct from '{service.shape}' then raise exception "
        "'the read models are of another version of this program, which waits to be replaced' using errcode = 'KP002'; "
        f"end if;{body} end $$"
    )
