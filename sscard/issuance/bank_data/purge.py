"""Destroys a data-preparation file after its batch, and leaves a record that proves it was done.

What overwriting cannot do is part of every record: a flash disk writes elsewhere and keeps the old
cells, journals, snapshots and copy-on-write file systems keep old blocks, and a copy or a backup
that somebody made is not touched.  Where that matters, such files lie on an encrypted volume whose
key is destroyed after the batch.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sscard.durable import DRAFT, replace_file, sync_directory
from sscard.errors import LedgerError
from sscard.issuance.bank_data.layout import Layout
from sscard.issuance.bank_data.reader import Summary
from sscard.issuance.bank_data.tally import Tally, ranges
from sscard.keys import BankStore, KeyReference

_CHUNK = 1 << 20
_NOTHING = bytes(32).hex()
BEGUN, DONE = "begun", "done"
LIMITS = (
    "覆盖写入不能清除闪存磁盘的备用单元、文件系统日志、快照、写时复制的旧块以及其他副本和备份",
    "overwriting does not reach spare cells of flash disks, journals, snapshots, old blocks of "
    "copy-on-write file systems, nor copies and backups",
)


@dataclass(frozen=True, slots=True)
class Purge:
    """One destroyed file: where its record is, and what the record says of it."""

    record: Path
    batch: str
    records: int
    size: int
    sha256: str


def purge(
    path: Path,
    folder: Path,
    found: Summary,
    layout: Layout,
    *,
    store: BankStore,
    random: Callable[[int], bytes],
    now: datetime,
    tally: Tally | None = None,
) -> Purge:
    """Overwrite the file once with random bytes, cut it to nothing, take its name away; the same
    for what a crash left beside it when it was written.

    ``found`` is what ``check`` said of it, ``folder`` keeps the records, ``tally`` is what became
    of the file's cards where a ledger knows it.  The record is there, as begun, before the first
    byte is overwritten; each one has the hash of the one before it, and a MAC with the file's own
    MAC key, which the bank has, too.  Stopped halfway, ``resume`` goes on.

    Raises OSError, and LedgerError when a record in ``folder`` was changed, or is of a purge that
    was not finished.
    """
    facts: dict[str, Any] = {
        "batch": found.batch,
        "records": found.records,
        "content_sha256": found.digest.hex(),
        "purged_fields": list(layout.purged),
        "mac_key": [*found.mac_key],
        **_cards(tally),
    }
    return purge_file(path, folder, facts, store=store, random=random, now=now)


def purge_file(
    path: Path,
    folder: Path,
    said: Mapping[str, Any],
    *,
    store: BankStore,
    random: Callable[[int], bytes],
    now: datetime,
) -> Purge:
    """The same for any file of secrets of a batch: ``said`` is what its record tells of it.

    That is at least ``batch``, ``records``, ``purged_fields`` and ``mac_key``; a ``kind`` where it
    is no data-preparation file.  Raises as ``purge`` does.
    """
    before = last_hash(folder)
    for target, _ in _unfinished(folder):
        raise LedgerError(f"{target}: this purge was begun and not finished")
    facts: dict[str, Any] = {
        **said,
        "file": path.name,
        "size": path.stat().st_size,
        "file_sha256": _hash(path),
        "method": "one pass of random bytes, truncated, removed",
        "limits": list(LIMITS),
        "at": now.astimezone(UTC).isoformat(),
        "before": before,
    }
    target = folder / f"purge-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.json"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(target, _sealed({**facts, "state": BEGUN}, store))
    return _finish(path, target, facts, store, random)


def resume(
    path: Path, folder: Path, *, store: BankStore, random: Callable[[int], bytes]
) -> Purge | None:
    """Go on with a purge of this file that was stopped; None when there is none.

    What is left of the file, if anything, is no longer read.  Raises OSError, LedgerError.
    """
    for target, document in _unfinished(folder):
        if document.get("file") == path.name:
            facts = _proven(target, document, target.read_bytes(), store)
            return _finish(path, target, facts, store, random)
    return None


def _cards(tally: Tally | None) -> dict[str, Any]:
    if tally is None:
        return {}
    return {"cards_issued": tally.issued, "records_without_card": ranges(tally.without_card)}


def require_not_purged(folder: Path, path: Path, found: Summary | None = None) -> None:
    """Raises LedgerError when a record in ``folder`` says that this batch was destroyed, or is.

    ``found`` is what the file says of itself: a copy of it, and another file with its batch number,
    are refused, too.  Without it the name of a file that is not there any more decides.  Records of
    files of another kind, which are made of such a file, do not count.
    """
    for target, document in _documents(folder):
        if "kind" in document:
            continue
        if found is None:
            gone = document.get("file") == path.name and not path.exists()
        else:
            same = document.get("content_sha256") == found.digest.hex()
            gone = same or (bool(found.batch) and document.get("batch") == found.batch)
        begun = document.get("state") != DONE and document.get("file") == path.name
        if gone or begun:
            done = "its purge was begun" if begun else "it was destroyed after its cards were made"
            raise LedgerError(
                f"{path}: batch {document.get('batch')} is not issued any more: {done}, "
                f"{document.get('at')} ({target}).  For cards still to be made the bank sends "
                "another batch"
            )


def require_kind_not_purged(folder: Path, kind: str, batch: str) -> None:
    """Raises LedgerError when a record in ``folder`` says that files of this kind of the batch
    were destroyed, or are being destroyed: none is made again.
    """
    for target, document in _documents(folder):
        if (document.get("kind"), document.get("batch")) == (kind, batch):
            raise LedgerError(
                f"batch {batch}: 已销毁 its {kind} data were destroyed, {document.get('at')} "
                f"({target}), and are not written again.  For cards still to be made the bank "
                "sends another batch"
            )


def _finish(
    path: Path,
    target: Path,
    facts: dict[str, Any],
    store: BankStore,
    random: Callable[[int], bytes],
) -> Purge:
    for each in (path, *_drafts(path)):
        if each.exists():
            _destroy(each, random)
    replace_file(target, _sealed({**facts, "state": DONE}, store))
    size, sha256 = facts["size"], facts["file_sha256"]
    return Purge(target, facts["batch"], facts["records"], size, sha256)


def _drafts(path: Path) -> list[Path]:
    """What is left of writing this file where that was killed: it has the same data."""
    named = [(each, DRAFT.fullmatch(each.name)) for each in path.parent.iterdir()]
    return [each for each, draft in named if draft and draft["name"] == path.name]


def _unfinished(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path, document in _documents(folder):
        if document.get("state") != DONE:
            yield path, document


def _documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path, content in _records(folder):
        yield path, _document(path, content)


def last_hash(folder: Path) -> str:
    """SHA-256 of the newest record in ``folder``; zeros before the first.

    Raises LedgerError when a record does not follow the one before it.
    """
    hashed = _NOTHING
    for path, content in _records(folder):
        document = _document(path, content)
        if document.get("before") != hashed:
            raise LedgerError(f"{path}: does not follow the record before it")
        hashed = hashlib.sha256(content).hexdigest()
    return hashed


def verify(folder: Path, store: BankStore) -> int:
    """How many records there are, each with its MAC and in its place.

    Raises LedgerError, KeyStoreError for a MAC key that the store does not hold.
    """
    last_hash(folder)
    proven = [
        _proven(path, _document(path, content), content, store)
        for path, content in _records(folder)
    ]
    return len(proven)


def _records(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.glob("purge-*.json")):
        yield path, path.read_bytes()


def _document(path: Path, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise LedgerError(f"{path}: is no purge record")
    return document


def _proven(
    path: Path, document: dict[str, Any], content: bytes, store: BankStore
) -> dict[str, Any]:
    """What a record says; the MAC is over exactly these bytes."""
    facts = {name: value for name, value in document.items() if name != "mac"}
    key = facts.get("mac_key")
    named = isinstance(key, list) and [type(each) for each in key] == [str, int]
    if not named or _sealed(facts, store) != content:
        raise LedgerError(f"{path}: its MAC is wrong")
    return facts


def _sealed(facts: dict[str, Any], store: BankStore) -> bytes:
    message = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode("utf-8")
    key, digest = KeyReference(*facts["mac_key"]), hashlib.sha256(message).digest()
    document = {**facts, "mac": store.transport_mac(key, digest).hex()}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8")


def _destroy(path: Path, random: Callable[[int], bytes]) -> None:
    with path.open("r+b") as stream:
        size = os.fstat(stream.fileno()).st_size
        for at in range(0, size, _CHUNK):
            stream.write(random(min(_CHUNK, size - at)))
        _settle(stream)
        stream.truncate(0)
        _settle(stream)
    path.unlink()
    sync_directory(path.parent)


def _settle(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
