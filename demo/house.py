"""The ways into the running house: its HTTP doors, Kafka, and its clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from demo.calendar import FIRST
from demo.doors import Record, Request
from demo.places import SCENES, SENDERS, Sender
from shared.cli.key_file import OPERATOR, KeyWish
from shared.cli.run import Run
from shared.cli.stack import SERVICES, Stack
from shared.cli.terminal import Fault

ROLES = ("coordinator", "service-lead", "clinician", "peer", "evaluator")
KEYS = (
    OPERATOR,
    *(KeyWish(sender.name, sender.organisation, ("sender",)) for sender in SENDERS),
    *(KeyWish(f"{role}@{s.name}", s.organisation, (role,)) for s in SENDERS for role in ROLES),
    *(KeyWish(f"{role}@{SCENES.name}", SCENES.organisation, (role,)) for role in ROLES),
)
"""Each sender's system has a key, and so has each kind of person in each organisation."""

TRY_FOR = 60.0
WAIT_FOR = 60.0


@dataclass
class House:
    """Everything that runs. A question or a wish is asked again, with its Idempotency-Key, until it is answered."""

    up: Stack
    run: Run
    http: httpx.AsyncClient
    kafka: AIOKafkaProducer
    now: datetime = FIRST
    asked_again: int = 0
    answers: dict[str, list[float]] = field(default_factory=dict)
    """How long each kind of call took to be answered, in seconds; without those that had to be asked again."""
    ahead: dict[str, list[tuple[datetime, timedelta]]] = field(default_factory=dict)
    """How far each service's clock was moved, and from which of its moments on."""

    def url(self, service: str) -> str:
        return self.run.services[service].url

    def key(self, name: str) -> str:
        return self.run.keys[name].key

    async def ask(self, service: str, path: str, who: str = "operator", **params: Any) -> Any:
        """The answer to a question, or None when there is nothing there; raises Fault for any other no."""
        answer = await self._call("GET", service, path, who, kind="question", params=params)
        return None if answer.status_code == 404 else _good(answer)

    async def tell(self, service: str, path: str, who: str, wish: Mapping[str, Any]) -> httpx.Response:
        """The answer to a wish, yes or no; however often it must be asked, it takes effect once."""
        headers = {"Idempotency-Key": str(uuid4())}
        return await self._call("POST", service, path, who, kind="wish", json=dict(wish), headers=headers)

    async def submit(self, sender: Sender, request: Request, with_key: bool = True) -> httpx.Response:
        """The gateway's answer to an event or a batch."""
        who = sender.name if with_key else ""
        headers = dict(request.headers)
        return await self._call(
            "POST", "gateway", "/events", who, kind="event", content=request.content, headers=headers
        )

    async def produce(self, record: Record) -> RecordMetadata:
        """Where Kafka put the record."""
        sent = await self.kafka.send(record.topic, record.value, key=record.key, headers=record.headers)
        return await sent

    async def _call(self, method: str, service: str, path: str, who: str, *, kind: str, **more: Any) -> httpx.Response:
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {self.key(who) if who else 'nobody'}"}
        until, first = time.monotonic() + TRY_FOR, True
        while True:
            begun = time.perf_counter()
            try:
                answer = await self.http.request(method, self.url(service) + path, headers=headers, **more)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    if first:
                        self.answers.setdefault(kind, []).append(time.perf_counter() - begun)
                    return answer
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise Fault("no-answer", f"{service} did not answer within {TRY_FOR:.0f} s.") from None
            self.asked_again += first
            first = False
            await asyncio.sleep(0.1)

    async def turn(self, now: datetime) -> None:
        """It is that moment in every service; whatever was due until then comes due. Time only moves on.

        A service that is dead finds the time in the file that all of them share, when it begins again.
        """
        wish = {"now": now.isoformat(), "why": "the demonstration goes on"}
        headers = {"Authorization": f"Bearer {self.key('operator')}"}
        ahead = timedelta()
        for service in sorted(SERVICES):
            before = datetime.now(UTC)
            with suppress(httpx.TransportError):
                answer = await self.http.post(f"{self.url(service)}/ops/clock", json=wish, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    real = before + (datetime.now(UTC) - before) / 2
                    ahead = datetime.fromisoformat(_good(answer)["now"]) - real
            self.ahead.setdefault(service, []).append((now, ahead))
        self.now = now

    def real(self, service: str, moment: datetime) -> datetime:
        """When that was by this machine's clock, given the service's own time of it."""
        return moment - next(ahead for since, ahead in reversed(self.ahead[service]) if since <= moment)

    async def settled(self) -> bool:
        """Whether everything said is on Kafka, and everything on Kafka is heard, now."""
        for service in SERVICES:
            if any(row["behind"] for row in (await self.ask(service, "/ops/lag"))["rows"]):
                return False
            if (await self.ask(service, "/ops/relay"))["unsent"]:
                return False
        return True


def _good(answer: httpx.Response) -> Any:
    said = answer.json()
    if not answer.is_success:
        detail = f"{said.get('detail')} [{said.get('code')}]"
        raise Fault("unexpected-no", f"{answer.request.method} {answer.request.url.path}: {detail}")
    return said


async def side_by_side(work: Iterable[Coroutine[Any, Any, Any]], at_once: int = 4) -> list[Any]:
    """The results of all of it, in order, so many under way at a time; raises what the first of them raises."""
    free = asyncio.Semaphore(at_once)

    async def one(task: Coroutine[Any, Any, Any]) -> Any:
        async with free:
            return await task

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(task)) for task in work]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def until(what: str, condition: Any, within: float = WAIT_FOR) -> Any:
    """The first true answer of the condition; raises Fault, naming what was awaited."""
    end = time.monotonic() + within
    while not (answer := await condition()):
        if time.monotonic() > end:
            raise Fault("waited-too-long", f"Within {within:.0f} s this did not come true: {what}.")
        await asyncio.sleep(0.03)
    return answer


@asynccontextmanager
async def entered(up: Stack) -> AsyncIterator[House]:
    """The house, with a producer for those who speak Kafka."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
    kafka = AIOKafkaProducer(bootstrap_servers=up.cluster.bootstrap, acks="all", enable_idempotence=True)
    async with httpx.AsyncClient(timeout=20, trust_env=False, limits=limits) as http:
        await kafka.start()
        try:
            yield House(up, up.run, http, kafka)
        finally:
            await kafka.stop()
