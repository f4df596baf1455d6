"""Asking the services: each one's own /ops API, and nothing behind it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from shared.cli.run import Run
from shared.cli.terminal import REFUSED, UNREACHABLE, Fault

_SECONDS = 10.0
_SECONDS_TO_CHANGE = 3600.0


def chosen(run: Run, service: str | None) -> tuple[str, ...]:
    """The one service, or all; raises Fault when there is no such one."""
    if service is None:
        return tuple(run.services)
    if service not in run.services:
        raise Fault("unknown-service", f"There is no service {service!r} here: {', '.join(run.services)}.", REFUSED)
    return (service,)


def get(run: Run, service: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
    """The answer to a question; raises Fault."""
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return _ask(run, service, "GET", path, _SECONDS, params=given)


def post(run: Run, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The answer to a change, however long it takes; raises Fault."""
    return _ask(run, service, "POST", path, _SECONDS_TO_CHANGE, json=body)


def as_officer(run: Run, method: str, path: str, key: str | None, **asked: Any) -> Any:
    """The answer of referrals to whoever decides about people's data, by their own key; raises Fault."""
    mine = run.keys.get("officer")
    if key is None and mine is None:
        raise Fault("no-officer-key", "Name the officer's key with --key or KITH_OFFICER_KEY.", REFUSED)
    return _ask(run, "referrals", method, path, _SECONDS_TO_CHANGE, key=key or (mine.key if mine else None), **asked)


def _ask(run: Run, service: str, method: str, path: str, seconds: float, key: str | None = None, **asked: Any) -> Any:
    (service,) = chosen(run, service)
    at = run.services[service]
    timeout = httpx.Timeout(seconds, connect=3.0)
    try:
        with httpx.Client(base_url=at.url, timeout=timeout, trust_env=False) as client:
            answer = client.request(method, path, headers={"Authorization": f"Bearer {key or run.operator}"}, **asked)
            said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Fault(
            "service-unreachable",
            f"{service} does not answer at {at.url} ({type(error).__name__}). See `kith status`, and its log {at.log}.",
            UNREACHABLE,
        ) from None
    if answer.is_success:
        return said
    detail = said.get("detail") or said.get("title") or f"HTTP {answer.status_code}"
    raise Fault(str(said.get("code", "refused")), f"{service}: {detail}", REFUSED)


def each(
    run: Run, services: Iterable[str], path: str, params: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, Any]]:
    """Every service's answer; a Fault in place of the answer of one that gives none."""
    for service in services:
        try:
            yield service, get(run, service, path, params)
        except Fault as fault:
            yield service, fault


def rows(
    run: Run, services: Iterable[str], path: str, params: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The rows of every service, each with the service's name, and the faults of those that gave none."""
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for service, answer in each(run, services, path, params):
        if isinstance(answer, Fault):
            faults.append(answer)
        else:
            found += [{"service": service, **row} for row in answer["rows"]]
    return found, faults
