"""What a person reads when the embedded Kafka or PostgreSQL cannot do its work."""

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
