"""Ports on loopback that nobody else has, the same ones again after a restart when they are still free."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.embedded.errors import EmbeddedError

HOST = "127.0.0.1"
TRIES = 400


@contextmanager
def claimed(file: Path, preferred: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """A free port for each name: the one in `file`, else the preferred one, else the next above it; written to `file`.

    Held against other Kith starts on this machine until the context ends, so two that start at once never choose alike.
    """
    recorded: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    with ExitStack() as claims:
        chosen: dict[str, int] = {}
        for name, wish in preferred.items():
            wishes = [recorded[name]] if name in recorded else []
            for port in (*wishes, *range(wish, wish + TRIES)):
                if (claim := _claim(port)) is not None:
                    claims.enter_context(claim)
                    chosen[name] = port
                    break
            else:
                raise EmbeddedError("no-port", f"No free port from {wish} to {wish + TRIES} on {HOST} for {name}.")
        part = file.with_suffix(".part")
        part.write_text(json.dumps(chosen, indent=2) + "\n")
        part.rename(file)
        yield chosen


def _claim(port: int) -> socket.socket | None:
    """An abstract socket named after the port, which vanishes with its process; None when the port is not to be had."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0kith-port-{port}")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except OSError:
        claim.close()
        return None
    return claim


def listening(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0
