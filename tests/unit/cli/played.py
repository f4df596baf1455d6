"""Two services, played over real HTTP, and a run file that says they are up."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shared.cli import app
from shared.cli import run as runs
from shared.cli.run import Key, Run, Running

Answers = dict[tuple[str, str], Any]
HEALTHY = {"live": True, "serve": True, "consume": True, "fresh": {"kith.gateway": 0.3}, "reasons": []}


@dataclass
class House:
    """What each service answers by method and path, and what it was asked."""

    answers: dict[str, Answers]
    asked: list[tuple[str, str, str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


@contextmanager
def house(home: Path, answers: dict[str, Answers]) -> Iterator[House]:
    """The services answer until the context ends."""
    played = House(answers)
    servers = {service: ThreadingHTTPServer(("127.0.0.1", 0), _handler(played, service)) for service in answers}
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers.values()]
    for thread in threads:
        thread.start()
    me = runs.process_now(os.getpid())
    assert me is not None
    runs.write(
        Run(
            up=me,
            ready=True,
            started_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
            home=home,
            bootstrap="127.0.0.1:1",
            postgres={"databases": {}},
            services={
                service: Running(url=f"http://127.0.0.1:{server.server_port}", pid=1, log=home / f"{service}.log")
                for service, server in servers.items()
            },
            keys={"operator": Key(name="operator", key="the-key", organisation="kith", roles=("operator",))},
        )
    )
    try:
        yield played
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()


def _handler(played: House, service: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            played.asked.append((service, self.command, self.path, json.loads(body) if body else None))
            played.keys.add(self.headers["Authorization"])
            answer = played.answers[service].get((self.command, path))
            status = 200
            if answer is None:
                status, answer = 404, {"code": "not-found", "detail": "There is nothing here with this id."}
            elif isinstance(answer, tuple):
                status, answer = answer
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = _serve

        def log_message(self, *_: Any) -> None: ...

    return Handler


def kith(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of one command line."""
    monkeypatch.setattr(sys, "argv", ["kith", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        app()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err
