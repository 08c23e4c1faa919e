"""A run that is killed at its n-th step, for every n, and then run again; see test_crashes."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from sscard.issuance.files import replace_file
from sscard.issuance.issue_folder import IssueFolder, open_folder
from sscard.issuance.issued_csv import IssuedLine
from sscard.issuance.ledger import Ledger
from sscard.issuance.ledger_schema import CardRow
from sscard.issuance.states import CardState

AT = datetime(2025, 3, 4, tzinfo=UTC)
PROFILE = ("p", bytes(32))
PEOPLE = {bytes((1,)) * 32: "D2143569X", bytes((2,)) * 32: None}


def run(out: Path) -> None:
    """Issue to everybody who has no card; what a batch does, without cards."""
    with open_folder(out) as folder, Ledger.open(folder.ledger, profile=PROFILE) as ledger:
        found = folder.reconcile(ledger)
        with (out / "reconciled.jsonl").open("a") as log:
            log.write(json.dumps([found.kept, found.dropped, found.missing]) + "\n")
        for person, wanted in PEOPLE.items():
            row = ledger.live_card(person)
            if row is None or row.state is not CardState.ISSUED:
                issue(folder, ledger, person, row, wanted)


def issue(
    folder: IssueFolder, ledger: Ledger, person: bytes, row: CardRow | None, wanted: str | None
) -> None:
    """One card through both stations; ``row`` is a half-done one."""
    if row is not None and row.state is CardState.RESERVED:
        ledger.advance(row.card_number, CardState.SPOILED, AT, reason="interrupted")
        row = None
    if row is None:
        row = ledger.reserve(person, wanted_number=wanted, batch="B", at=AT)
        replace_file(folder.pending_image(row.card_number), b"half")
        ledger.advance(row.card_number, CardState.SSSE_DONE, AT)
    account = ledger.allocate_test_account(row.card_number)
    half = folder.pending_image(row.card_number).read_bytes()
    replace_file(folder.image(row.card_number), half + b", whole")
    line = IssuedLine(row.card_number, "王", "1" * 18, bytes(16), bytes(17), account, AT)
    folder.finish(ledger, line)


def kill_at(step: int) -> None:
    """Let this process die around its commits and file operations, at the ``step``-th chance."""
    steps = count(1)

    def pass_or_die(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def both_sides(*arguments: Any, **named: Any) -> Any:
            pass_or_die()
            answer = call(*arguments, **named)
            pass_or_die()
            return answer

        return both_sides

    event.listen(Engine, "commit", pass_or_die)
    os.fsync = guarded(os.fsync)
    Path.unlink = guarded(Path.unlink)  # type: ignore[method-assign]
    Path.replace = guarded(Path.replace)  # type: ignore[method-assign]


def in_a_child(out: Path, step: int) -> bool:
    """Whether a run in a process of its own came to its end."""
    child = os.fork()
    if child == 0:
        kill_at(step)
        run(out)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def main(home: Path) -> None:
    """Directories 1, 2, …: cut at that step, then run to the end.  The last was not cut."""
    for step in count(1):
        out = home / str(step)
        whole = in_a_child(out, step)
        if not in_a_child(out, 0):
            raise SystemExit(f"the second run after a cut at step {step} failed")
        if whole:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
