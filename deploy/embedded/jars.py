"""Kafka's jars: named by Maven coordinates, pinned by sha256, fetched in parallel into a cache that checkouts share."""

import asyncio
import hashlib
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.embedded.errors import EmbeddedError, together
from deploy.embedded.progress import Steps, quiet

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
LIST = Path(__file__).with_name("kafka.jars")

# Named by Kafka's POM, but used only by tools, OAuth or YAML configuration that no broker of ours runs.
NOT_NEEDED = frozenset({
    "commons-beanutils",
    "commons-collections",
    "commons-digester",
    "commons-logging",
    "jackson-dataformat-csv",
    "jackson-dataformat-yaml",
    "jose4j",
    "jspecify",
    "scala-reflect",
    "snakeyaml",
})  # fmt: skip


@dataclass(frozen=True)
class Jar:
    """One file of a Maven repository and what its bytes must be."""

    coordinates: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        return "-".join(self.coordinates.split(":")[1:]) + ".jar"

    @property
    def path(self) -> str:
        group, artifact, version, *_ = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.name}"


def listed(file: Path = LIST) -> tuple[Jar, ...]:
    """The jars a broker and its storage tool need, in class path order."""
    fields = (line.split() for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return tuple(Jar(coordinates, sha256, int(size)) for coordinates, sha256, size in fields)


def cache() -> Path:
    """Where every checkout of this person keeps downloads."""
    base = os.environ.get("KITH_CACHE")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kith"


def repository() -> str:
    """The Maven repository: `KITH_MAVEN_REPOSITORY` (a mirror, say), else the one the resolver jgo knows."""
    from jgo.constants import MAVEN_CENTRAL_URL

    return (os.environ.get("KITH_MAVEN_REPOSITORY") or str(MAVEN_CENTRAL_URL)).rstrip("/")


async def fetch(steps: Steps = quiet, jars: tuple[Jar, ...] | None = None) -> tuple[Path, ...]:
    """Every listed jar is in the cache with the right bytes; raises `jar-checksum`, `jar-unreachable` or
    `tls-not-trusted`.
    """
    jars = listed() if jars is None else jars
    folder = cache() / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / jar.name for jar in jars)
    right = await asyncio.gather(*(asyncio.to_thread(_is, path, jar) for path, jar in zip(paths, jars, strict=True)))
    missing = [jar for jar, ok in zip(jars, right, strict=True) if not ok]
    if missing:
        limit, base = asyncio.Semaphore(8), repository()
        async with httpx.AsyncClient(timeout=30, follow_redirects=True) as client:
            with steps("Fetching Kafka", sum(jar.size for jar in missing)) as advance:

                async def one(jar: Jar) -> None:
                    async with limit:
                        _keep(folder / jar.name, jar, await _download(client, f"{base}/{jar.path}", jar))
                        advance(jar.size)

                await together(*(one(jar) for jar in sorted(missing, key=lambda jar: -jar.size)))
    return paths


async def _download(client: httpx.AsyncClient, url: str, jar: Jar, tries: int = 4) -> bytes:
    for attempt in range(tries):
        try:
            answer = await client.get(url)
            answer.raise_for_status()
        except httpx.HTTPError as failed:
            if (why := _distrusted(failed)) is not None:
                raise EmbeddedError(
                    "tls-not-trusted",
                    f"Could not fetch {jar.coordinates}: the certificate of {httpx.URL(url).host} is not trusted here "
                    f"({why}). If a proxy on this network inspects TLS, name the file with its CA certificates in "
                    "SSL_CERT_FILE (for pip, in PIP_CERT), or a mirror in KITH_MAVEN_REPOSITORY, and start again.",
                ) from None
            if attempt == tries - 1:
                raise EmbeddedError(
                    "jar-unreachable",
                    f"Could not fetch {jar.coordinates}: {failed or type(failed).__name__}. Check the network, "
                    "or name a mirror in KITH_MAVEN_REPOSITORY, and start again.",
                ) from None
            await asyncio.sleep(2**attempt / 2)
        else:
            return answer.content
    raise AssertionError(url)


def _distrusted(failed: BaseException) -> str | None:
    """Why the other side's certificate was not believed, or None where that is not what failed."""
    cause: BaseException | None = failed
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return None


def _is(path: Path, jar: Jar) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _keep(path: Path, jar: Jar, content: bytes) -> None:
    """Renames whole files only, so two fetchers at once cannot harm each other."""
    if (found := hashlib.sha256(content).hexdigest()) != jar.sha256:
        raise EmbeddedError(
            "jar-checksum",
            f"{jar.coordinates} came with sha256 {found}, but {LIST.name} says {jar.sha256}. It was not kept. "
            "Somebody changed the file on its way: check the network or mirror before trying again.",
        )
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).chmod(0o644)
    Path(part.name).rename(path)


def lock() -> None:
    """Writes `kafka.jars` from what the resolver answers today for `KAFKA`."""
    import jgo

    resolved = jgo.resolve(KAFKA)
    log4j = next(artifact.version for artifact in resolved if artifact.artifactId == "log4j-core")
    # Kafka's distribution adds this binding beside its POM; resolved alone, or its BOM would change Kafka's versions.
    resolved += jgo.resolve(f"org.apache.logging.log4j:log4j-slf4j-impl:{log4j}")[:1]
    rows = []
    for artifact in sorted(resolved, key=lambda artifact: (artifact.groupId, artifact.artifactId)):
        if artifact.artifactId not in NOT_NEEDED:
            content = artifact.resolve().read_bytes()
            parts = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier)
            rows.append(f"{':'.join(filter(None, parts))} {hashlib.sha256(content).hexdigest()} {len(content)}")
    LIST.write_text("# coordinates, sha256, bytes; made by `python -m deploy.embedded lock`\n" + "\n".join(rows) + "\n")
