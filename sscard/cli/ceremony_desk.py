"""What every command of a ceremony does first and last: the desk, the store, the sheets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from sscard.cli.ceremony_talk import ask, interruptible, passphrase, say, until_right
from sscard.cli.ending import INTERRUPTED
from sscard.cli.passphrase import ask as ask_store
from sscard.errors import KeyStoreError
from sscard.issuance.machines import CHINA
from sscard.keys.ceremony.desk import RECORD, Desk, locked
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.record import Record
from sscard.keys.ceremony.sealed import SealedMasters
from sscard.keys.ceremony.sheets import Sheet, remove_sheets, write_sheets
from sscard.keys.stores.sealed_store import SealedStore


def now() -> datetime:
    """The time of an entry, to the second, where the cards are made."""
    return datetime.now(CHINA).replace(microsecond=0)


@contextmanager
def desk_at(folder: Path) -> Iterator[Desk]:
    """The ceremony in ``folder``, its officer signed in.  Raises CeremonyError, OSError."""
    with interruptible(), locked(folder):
        record = Record(folder / RECORD)
        minutes = record.minutes
        if minutes.closed:
            raise CeremonyError(f"ceremony {minutes.ceremony} is closed: open another one")
        officer = until_right(lambda: minutes.officer.sign_in(passphrase(minutes.officer.name)))
        cut = record.mend(officer, now())
        if cut:
            say(
                f"已截去未写完的末行 cut the last line, torn in a crash: {cut} bytes",
                color="yellow",
            )
        yield Desk(record, officer, now, os.urandom)


def masters_in(path: Path | None, kind: str) -> SealedMasters | None:
    """The sealed store at ``path``, opened once to see that it can be.  Raises KeyStoreError."""
    if path is None:
        return None
    store = SealedStore(path, ask_store(kind, str(path)), os.urandom)
    store.checked()
    if store.kind != kind:
        raise KeyStoreError(f"{path}: it is a {store.kind} key store, see --store-kind")
    return SealedMasters(store)


def hand_out(desk: Desk, folder: Path, sheets: Sequence[Sheet], *, keep: bool) -> None:
    """Write the sheets; on a terminal wait until they are printed, and remove them."""
    files = write_sheets(folder, desk.heading(), sheets)
    for file, sheet in zip(files, sheets, strict=True):
        say(f"  {file}  {sheet.custodian}")
    if keep or not sys.stdin.isatty():
        say("这些文件含有密钥分量 these files hold the values: print, then remove", color="yellow")
        return
    try:
        ask("打印并核对后按回车，文件即删除 print and check, then Enter: the files are removed")
    except (KeyboardInterrupt, CeremonyError):
        # To run the command again would make another set; these sheets may be printed already.
        say(
            f"\n文件未删除 the sheets are in the record, and their files are not removed: print "
            f"them, then remove {folder}",
            color="red",
        )
        raise typer.Exit(INTERRUPTED) from None
    remove_sheets(folder)


def done(document: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """The result on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else text)
