"""What a person reads when the embedded Kafka or PostgreSQL cannot do its work."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path


class EmbeddedError(RuntimeError):
    """Says what happened and what to do; `code` is stable for scripts and runbooks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, indented for an error message."""
    if not log.exists():
        return f"    ({log} was never written)"
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-count:])


async def together(*work: Coroutine[object, object, object]) -> None:
    """All of it is done; or one part failed, the others were cancelled, and that part's own error is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in work:
                tasks.create_task(part)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
