"""PostgreSQL's wire protocol by hand, to stop where no driver stops: after Parse, before anything else."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

READY, ERROR, PARSED = b"Z", b"E", b"1"


@dataclass
class Frontend:
    """One connection, message by message."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def query(self, text: str) -> None:
        """The statement has been carried out."""
        self._say(b"Q", text.encode() + b"\0")
        await self._until(READY)

    async def parse_and_stand_still(self, text: str) -> None:
        """The statement is parsed, so a transaction is open, and nothing follows: neither Execute nor Sync."""
        self._say(b"P", b"\0" + text.encode() + b"\0" + struct.pack(">H", 0))
        self._say(b"H", b"")
        await self._until(PARSED)

    def _say(self, kind: bytes, body: bytes) -> None:
        self.writer.write(kind + struct.pack(">I", len(body) + 4) + body)

    async def _until(self, wanted: bytes) -> None:
        async with asyncio.timeout(20):
            while True:
                kind, length = struct.unpack(">cI", await self.reader.readexactly(5))
                body = await self.reader.readexactly(length - 4)
                if kind == ERROR:
                    raise ConnectionError(body)
                if kind == wanted:
                    return


@asynccontextmanager
async def frontend(host: str, port: int, settings: Mapping[str, str]) -> AsyncIterator[Frontend]:
    """A session with these start-up settings (`user` and `database` among them), ended on leaving."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        made = Frontend(reader, writer)
        words = b"".join(f"{name}\0{value}\0".encode() for name, value in settings.items()) + b"\0"
        writer.write(struct.pack(">II", len(words) + 8, 196608) + words)
        await made._until(READY)
        yield made
    finally:
        writer.close()
