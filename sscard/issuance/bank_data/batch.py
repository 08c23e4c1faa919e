"""A checked file: which records it has and where, and one record again when its card is made.

What is kept in memory of a record is its place, its account and what finds its person; chip data
are read when they are written, and nothing of face or stripe is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sscard.issuance.bank_data.chip_account import ChipAccount, chip_account
from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import Layout
from sscard.issuance.bank_data.reader import BankRecord, Summary, open_reader
from sscard.issuance.bank_data.returned import Returned, ReturnReason
from sscard.issuance.bank_data.values import Value
from sscard.keys import BankStore
from sscard.perso.pse_groupings import Instance

#: Fields that say the account, where a layout has them: the face, and track 2.
_FACE, _TRACK2 = "emboss_number", "track2"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that could make a card: ``key`` is what the layout joins by."""

    record: int
    offset: int
    key: str = field(repr=False)
    account: ChipAccount = field(repr=False)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A record that can make no card; ``key`` as of an Entry, nothing where it cannot be read."""

    key: str = field(repr=False)
    returned: Returned


@dataclass(frozen=True, slots=True)
class Batch:
    """A file that is whole.  ``names`` are the applications of every card, in their order."""

    path: Path
    layout: Layout
    store: BankStore = field(repr=False)
    names: tuple[bytes, ...]
    summary: Summary
    entries: tuple[Entry, ...]
    faulty: tuple[Faulty, ...]

    def instances(self, entry: Entry) -> tuple[Instance, ...]:
        """The groupings of one record, in the order of ``names``; secret ones under their key.

        Raises BankDataError when the file is no longer the one that was checked.
        """
        with open_reader(self.path, self.layout, self.store) as reader:
            record = reader.record_at(entry.record, entry.offset)
            if _entry(record, self.layout, self.names) != entry:
                raise BankDataError(f"record {entry.record}", "changed since it was checked")
        return _ordered(record.instances, self.names)


def read_batch(path: Path, layout: Layout, store: BankStore, names: tuple[bytes, ...]) -> Batch:
    """Read the whole file; records whose chip data make no card go back.

    ``names`` are the applications that the card has, the one with the account last.  Raises
    BankDataError for a file that is damaged, of which nothing is used then.
    """
    entries: list[Entry] = []
    faulty: list[Faulty] = []
    with open_reader(path, layout, store) as reader:
        for record in reader:
            found = _judged(record, layout, names)
            if isinstance(found, Entry):
                entries.append(found)
            else:
                faulty.append(Faulty(_key(record, layout), found))
        summary = reader.summary
    return Batch(path, layout, store, names, summary, tuple(entries), tuple(faulty))


def _judged(record: BankRecord, layout: Layout, names: tuple[bytes, ...]) -> Entry | Returned:
    if {each.name for each in record.instances} != set(names):
        titles = ", ".join(each.title for each in record.instances)
        return Returned(record.number, ReturnReason.WRONG_APPLICATIONS, titles)
    if len(record.instances) != len(names):
        return Returned(record.number, ReturnReason.WRONG_APPLICATIONS, "twice")
    try:
        found = _entry(record, layout, names)
    except BankDataError as wrong:
        return Returned(record.number, ReturnReason.CHIP_DATA, str(wrong))
    for name in (_FACE, _TRACK2):
        if not _same_account(record.values, name, found.account):
            return Returned(record.number, ReturnReason.ACCOUNT_DIFFERS, f"field {name}")
    return found


def _entry(record: BankRecord, layout: Layout, names: tuple[bytes, ...]) -> Entry:
    account = chip_account(_ordered(record.instances, names)[-1])
    key = _key(record, layout) or account.number
    return Entry(record.number, record.offset, key, account)


def _key(record: BankRecord, layout: Layout) -> str:
    """What the record's own field says, nothing where records are joined by account."""
    return str(record.values.get(layout.join, "")).strip().upper()


def _ordered(instances: tuple[Instance, ...], names: tuple[bytes, ...]) -> tuple[Instance, ...]:
    by_name = {each.name: each for each in instances}
    return tuple(by_name[name] for name in names)


def _same_account(values: Mapping[str, Value], name: str, account: ChipAccount) -> bool:
    """Whether a field that is there says the chip's account, whatever stands around it."""
    said = str(values.get(name, "")).strip().upper()
    number = "".join(said.replace("D", "=").partition("=")[0].split())
    return not said or number.strip(";") == account.number
