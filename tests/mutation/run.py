"""Breaks the card OS on purpose, one fault at a time, and counts the faults that tests notice.

    python tests/mutation/run.py [--only NAME] [--seconds 120] [--json FILE]
    python tests/mutation/run.py --check

The faults are in ``mutants.toml``.  Each is made in a copy of the tree; this one stays as it is.  A
fault counts as killed when one of its tests fails, or hangs for longer than the limit.  Exit code
0, 1 when less than 90 % are killed, 2 when the list is wrong or a test fails without any fault.
``--check`` runs no tests: it only looks whether the list still fits the code.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import track
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Of a hundred faults, so many must be noticed.
GOAL = 90
KILLED, HANGS, SURVIVED = "killed", "killed (hangs)", "survived"
_NOT_COPIED = (".git", ".*_cache", ".hypothesis", ".venv", "__pycache__", "*.egg-info")
_OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0")
#: Exit codes of pytest.
_PASSED, _FAILED = 0, 1
_LOG_SHOWN = 3000


class ListError(Exception):
    """A mutant that does not apply or does not run, or a test that fails without any."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: ``old``, which stands exactly once in ``file``, becomes ``new``."""

    name: str
    file: str
    old: str
    new: str
    #: What the card then does wrong.
    breaks: str
    #: Paths for pytest: who should notice.
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The text of the file with the fault in it.  Raises ListError."""
        if text.count(self.old) != 1:
            raise ListError(f"{self.name}: stands {text.count(self.old)} times in {self.file}")
        mutated = text.replace(self.old, self.new)
        try:
            ast.parse(mutated)
        except SyntaxError as error:
            raise ListError(f"{self.name}: {error}") from None
        return mutated


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one mutant."""

    mutant: Mutant
    verdict: str
    #: The first test that failed.
    noticed_by: str
    seconds: float


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    console = Console()
    try:
        chosen = [each for each in mutants() if arguments.only in (None, each.name)]
        if not chosen:
            raise ListError(f"no mutant {arguments.only}")
        if arguments.check:
            console.print(f"{len(chosen)} mutants fit the code")
            return 0
        results = run(chosen, arguments.seconds)
    except ListError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    console.print(_table(results))
    share = 100 * sum(each.verdict != SURVIVED for each in results) / len(results)
    verdicts = Counter(each.verdict for each in results)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    console.print(f"{len(results)} mutants: {counted}; {share:.1f} % of them noticed")
    if arguments.json:
        arguments.json.write_text(_json(results, share), encoding="utf-8")
    return 0 if share >= GOAL else 1


def mutants() -> tuple[Mutant, ...]:
    """The list.  Raises ListError where it does not fit the tree."""
    document = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))
    found = [Mutant(**{**each, "tests": tuple(each["tests"])}) for each in document["mutants"]]
    for name, count in Counter(each.name for each in found).items():
        if count > 1:
            raise ListError(f"{name}: {count} mutants have this name")
    for mutant in found:
        missing = [path for path in (mutant.file, *mutant.tests) if not (ROOT / path).exists()]
        if missing or not mutant.tests:
            raise ListError(f"{mutant.name}: there is no {missing or 'test'}")
        whole = (ROOT / mutant.file).read_text(encoding="utf-8")
        if mutant.applied(whole) == whole:
            raise ListError(f"{mutant.name}: changes nothing")
    return tuple(found)


def run(chosen: Iterable[Mutant], seconds: int) -> list[Result]:
    """Try them one after the other.  Raises ListError."""
    chosen = list(chosen)
    with tempfile.TemporaryDirectory(prefix="sscard-mutation-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        # Without a fault all must pass, else a failure says nothing.
        tests = sorted({test for mutant in chosen for test in mutant.tests})
        code, log = _pytest(tree, tests, seconds * len(tests))
        if code != _PASSED:
            raise ListError(f"tests fail or hang without any mutant\n{log[-_LOG_SHOWN:]}")
        steps = track(chosen, "mutants", console=Console(stderr=True), transient=True)
        return [_try(mutant, tree, seconds) for mutant in steps]


def _try(mutant: Mutant, tree: Path, seconds: int) -> Result:
    started = monotonic()
    with _broken(mutant, tree):
        code, log = _pytest(tree, mutant.tests, seconds)
    if code not in (_PASSED, _FAILED, None):
        raise ListError(f"{mutant.name}: pytest ends with {code}\n{log[-_LOG_SHOWN:]}")
    verdict = {_PASSED: SURVIVED, _FAILED: KILLED, None: HANGS}[code]
    noticed = re.search(r"^(?:FAILED|ERROR) (\S+)", log, re.MULTILINE)
    return Result(mutant, verdict, noticed[1] if noticed else "", monotonic() - started)


@contextmanager
def _broken(mutant: Mutant, tree: Path) -> Iterator[None]:
    file = tree / mutant.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(mutant.applied(whole), encoding="utf-8")
    yield
    file.write_text(whole, encoding="utf-8")


def _pytest(tree: Path, tests: Iterable[str], seconds: int) -> tuple[int | None, str]:
    """Exit code, None when the time was over, and what was printed."""
    # Found examples would help the next mutant, and compiled files could outlive their mutant.
    shutil.rmtree(tree / ".hypothesis", ignore_errors=True)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *_OPTIONS, *tests],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


def _table(results: Iterable[Result]) -> Table:
    table = Table()
    table.add_column("mutant", no_wrap=True)
    for column in ("what it breaks", "result", "first noticed by", "s"):
        table.add_column(column, overflow="fold")
    for each in results:
        style = "red" if each.verdict == SURVIVED else None
        noticed = each.noticed_by.rpartition("/")[2]
        row = (each.mutant.name, each.mutant.breaks, each.verdict, noticed, f"{each.seconds:.1f}")
        table.add_row(*row, style=style)
    return table


def _json(results: Iterable[Result], share: float) -> str:
    rows = [
        {
            "name": each.mutant.name,
            "file": each.mutant.file,
            "breaks": each.mutant.breaks,
            "result": each.verdict,
            "noticed_by": each.noticed_by,
            "seconds": round(each.seconds, 1),
        }
        for each in results
    ]
    killed = sum(row["result"] != SURVIVED for row in rows)
    summary = {"mutants": len(rows), "killed": killed, "percentage": round(share, 1)}
    return json.dumps({**summary, "results": rows}, indent=2, ensure_ascii=False) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", help="the name of one mutant")
    parser.add_argument("--seconds", type=int, default=120, help="limit for one mutant's tests")
    parser.add_argument("--check", action="store_true", help="only look whether the list fits")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
