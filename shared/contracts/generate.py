"""Writes everything that follows from the event classes, or with `--check` says where the tree differs from it.

Nothing is written, and the exit code is 1, when a class is incomplete, when a published example no longer decodes, or
when a published schema would change in a way that breaks a reader.
"""

import argparse
import difflib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.contracts import asyncapi, catalogue, completeness, golden, schema, topics
from shared.contracts.compatibility import breaks
from shared.contracts.registry import Registry, published

HERE = Path(__file__).parent
SHOWN = 40

Published = Mapping[str, str]
"""What was published before: the text of schema and example files by their path below the folder."""


def wanted(registry: Registry, folder: Path) -> dict[str, str]:
    """Every file that the classes ask for, by path below the folder; published examples are left as they are."""
    schemas = {f"schemas/{_stem(event.type())}.json": schema.of(event) for event in registry.events}
    documents = {
        **schemas,
        **{f"examples/{name}": body for name, body in golden.unpublished(folder / "examples", registry).items()},
        "asyncapi.json": asyncapi.document(registry.events),
        "topics.json": topics.document(registry.events),
    }
    texts = {path: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for path, value in documents.items()}
    return texts | {"catalogue.md": catalogue.document(registry.events)}


def problems(registry: Registry, folder: Path, *before: Published) -> list[str]:
    """Why the classes may not be published as they are: incomplete, or breaking what was published before."""
    found = completeness.lacking(registry) + golden.unreadable(folder / "examples", registry)
    for publication in before or (in_folder(folder),):
        found += _broken(registry, folder, publication)
    return list(dict.fromkeys(found))


def differences(registry: Registry, folder: Path) -> dict[str, str]:
    """The files of the tree that are not what the classes generate, each with a readable difference."""
    found = {}
    for path, text in sorted(wanted(registry, folder).items()):
        file = folder / path
        now = file.read_text("utf-8") if file.exists() else ""
        if now != text:
            lines = list(
                difflib.unified_diff(
                    now.splitlines(), text.splitlines(), f"{path} in the tree", f"{path} generated", "", "", 2, ""
                )
            )
            more = [f"... {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
            found[path] = "\n".join(lines[:SHOWN] + more)
    return found


def in_folder(folder: Path) -> dict[str, str]:
    """What is published in a folder."""
    files = (*folder.glob("schemas/*.json"), *folder.glob("examples/*.json"))
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in sorted(files)}


def in_commit(folder: Path, commit: str) -> dict[str, str]:
    """What was published in a folder as of a commit; raises OSError when git does not know it."""
    names = _git(folder, "ls-tree", "-r", "--name-only", commit, "--", "schemas", "examples").splitlines()
    return {name: _git(folder, "show", f"{commit}:./{name}") for name in names}


def _broken(registry: Registry, folder: Path, publication: Published) -> Iterator[str]:
    newest = {f"schemas/{_stem(event.type())}.json": event for event in registry.events}
    for path, text in publication.items():
        if path.startswith("examples/"):
            if not (folder / path).exists() or (folder / path).read_text("utf-8") != text:
                yield f"{path} was published and is gone or changed; published examples stay as they are."
            continue
        old = json.loads(text)
        event = newest.get(path)
        if event is None:
            if not registry.knows(old["x-type"]):
                readers = ", ".join(old["x-readers"])
                yield f"{old['x-type']} is removed. Breaks {readers}. Keep the class, or add a newer and an upcaster."
            elif not (folder / path).exists() or (folder / path).read_text("utf-8") != text:
                yield f"{path} was published and is gone or changed; the schema of an older version stays as it is."
            continue
        for found in breaks(old, schema.of(event)):
            what = f"{found.path} {found.what}".strip()
            yield (
                f"{event.type()}: {what}. Breaks {', '.join(found.readers) or 'nobody yet'}. Publish "
                f"kith.{event.name}.v{event.version + 1} instead, with an upcaster from {event.type()} in upcasters.py."
            )


def _stem(type: str) -> str:
    return type.removeprefix("kith.")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise OSError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def main(arguments: list[str] | None = None, registry: Registry | None = None, folder: Path = HERE) -> int:
    """The command; answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the tree is not what the classes generate"
    )
    parser.add_argument("--against", metavar="COMMIT", help="also compare with what was published in that commit")
    wish = parser.parse_args(arguments)
    registry = registry or published()
    before: list[Published] = [in_folder(folder)]
    if wish.against:
        before.append(in_commit(folder, wish.against))
    if found := problems(registry, folder, *before):
        _say(
            *found,
            "",
            "Nothing was written. What was never released may begin anew: delete its files in schemas/ and examples/.",
        )
        return 1
    different = differences(registry, folder)
    if wish.check and different:
        _say(
            *different.values(),
            "",
            "The tree is not what the classes generate: run `make contracts` and commit the result.",
        )
        return 1
    for path, text in wanted(registry, folder).items() if different else ():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    _say(f"{len(registry.events)} event types, {len(different)} files {'differ' if wish.check else 'written'}.")
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
