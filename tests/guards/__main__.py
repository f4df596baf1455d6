"""`python -m tests.guards [NAME ...]` switches guards off in a copy of the tree; a test of each must notice."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from deploy.embedded import cluster
from tests.guards.table import GUARDS, Guard
from tests.rig.ground import told

ROOT = Path(__file__).parents[2]


def copy_tree(to: Path) -> None:
    """What git knows of, as it lies here, and the environment by a link."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0"):
        source, target = ROOT / name, to / name
        if name and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (to / ".venv").symlink_to((ROOT / ".venv").resolve())


def stale(guard: Guard) -> str | None:
    """Why the guard cannot be switched off, if so: its text must stand exactly once in its file."""
    times = (ROOT / guard.file).read_text().count(guard.text) if (ROOT / guard.file).exists() else 0
    return None if times == 1 else f"its text stands {times} times in {guard.file}: mend tests/guards/table.py"


def run_without(guard: Guard, tree: Path, environment: dict[str, str]) -> str:
    """Runs the guard's test in the tree without the guard, and says what came of it: "noticed" is as it should be."""
    file, report = tree / guard.file, tree / "report.xml"
    whole = file.read_text()
    file.write_text(whole.replace(guard.text, guard.off))
    report.unlink(missing_ok=True)
    words = ["-q", "-x", f"--timeout={guard.seconds}", f"--junitxml={report}", guard.test]
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=tree,
            env=environment,
            capture_output=True,
            timeout=guard.seconds + 120,
        )
        (tree / f"{guard.name}.log").write_bytes(ran.stdout + ran.stderr)
    except subprocess.TimeoutExpired:
        return "noticed (by never ending)"
    finally:
        file.write_text(whole)
    return judged(ran.returncode, report)


def judged(code: int, report: Path) -> str:
    """A failure of the test itself counts; an error before it, or no test at all, does not."""
    if code == 0:
        return "NOT NOTICED: the test passes without it"
    if not report.exists():
        return f"UNCLEAR: pytest ended with {code} and no report"
    suite = next(ElementTree.parse(report).iter("testsuite"))
    failures, errors = int(suite.get("failures", 0)), int(suite.get("errors", 0))
    if failures:
        return "noticed"
    return f"UNCLEAR: pytest ended with {code}, {errors} errors before any test failed"


async def main(names: Sequence[str]) -> int:
    """Runs the chosen guards, prints a line for each, and returns how many went unnoticed; none while one is stale."""
    unknown = set(names) - {guard.name for guard in GUARDS}
    if unknown:
        print(f"No guard is called {', '.join(sorted(unknown))}.")
        return len(unknown)
    chosen = [guard for guard in GUARDS if not names or guard.name in names]
    if faults := [f"{guard.name}: {fault}" for guard in GUARDS if (fault := stale(guard))]:
        print("\n".join(faults))
        return len(faults)
    unnoticed = 0
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kith-guards-") as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        Path(folder).chmod(0o755)
        copy_tree(tree)
        async with cluster(ROOT / "build" / "guards") as running:
            environment = {**os.environ, **told(running)}
            print(f"{'promise':>7}  {'guard':42}{'seconds':>8}  without it", flush=True)
            for guard in chosen:
                begun = time.monotonic()
                said = await asyncio.to_thread(run_without, guard, tree, environment)
                well = said.startswith("noticed")
                unnoticed += not well
                print(f"{guard.promise:>7}  {guard.name:42}{time.monotonic() - begun:8.0f}  {said}", flush=True)
                if not well and (log := tree / f"{guard.name}.log").exists():
                    shutil.copy(log, ROOT / "build" / f"guard-{guard.name}.log")
    print(f"{len(chosen) - unnoticed} of {len(chosen)} guards are missed by their tests.")
    return unnoticed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(sys.argv[1:])) else 0)
