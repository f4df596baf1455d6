"""Clients that post counts over kept-alive connections as fast as they are answered; prints the rate."""

import asyncio
import sys
from time import perf_counter
from uuid import uuid4

import uvloop


async def client(port: int, key: str, requests: int) -> None:
    """One connection that posts so many counts, each to a tally of its own; raises when one is not answered 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(requests):
        body = b'{"number":%d}' % number
        writer.write(
            f"POST /tallies/{uuid4()}/counts HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{head!r} {answer!r}")
    writer.close()


async def main(port: int, key: str, clients: int, requests: int) -> None:
    begun = perf_counter()
    await asyncio.gather(*(client(port, key, requests // clients) for _ in range(clients)))
    print(requests // clients * clients / (perf_counter() - begun))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
