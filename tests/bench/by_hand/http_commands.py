"""Commands over HTTP by hand: a bare Starlette route that parses, inserts in one statement and answers.

Its relay is the same as the other side's, so that both do the same work behind the door.
"""

import asyncio
import os
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.runtime.engine import make_engine
from shared.runtime.health import Health
from shared.runtime.relay import relay
from shared.runtime.settings import Settings
from tests.bench.by_hand.append import say
from tests.rig.language import Counted
from tests.rig.teller import CountBody, teller


async def serve() -> None:
    """Serves on KITH_PORT with a pool of KITH_POOL_SIZE connections."""
    service = teller(os.environ["RIG"])
    settings = Settings(service=service.name)
    pool = await asyncpg.create_pool(
        **settings.login("worker"), min_size=settings.pool_size, max_size=settings.pool_size
    )

    async def count(request: Request) -> Response:
        body = CountBody.model_validate_json(await request.body())
        event = Counted(number=body.number, shared_with=body.shared_with, note=body.note)
        tally, identity = request.path_params["id"], uuid4()
        async with pool.acquire() as connection:
            await say(
                connection,
                service.topic,
                tally,
                "SC012345",
                identity,
                event.number,
                datetime.now(UTC),
                event.model_dump_json().encode(),
            )
        said = {"id": str(identity), "type": event.type(), "subject": f"tally/{tally}", "sequence": 1}
        answer = {"subject": f"tally/{tally}", "sequence": 1, "events": [said]}
        return Response(orjson.dumps(answer), media_type="application/json", headers={"etag": '"1"'})

    app = Starlette(routes=[Route("/tallies/{id:uuid}/counts", count, methods=["POST"])])
    config = uvicorn.Config(app, port=settings.port, log_config=None, access_log=False, lifespan="off")
    engine = make_engine(service, settings, {})
    await engine.database.open()
    sending = asyncio.create_task(relay(engine, Health(), asyncio.Event()))
    await uvicorn.Server(config).serve()
    sending.cancel()


if __name__ == "__main__":
    uvloop.run(serve())
