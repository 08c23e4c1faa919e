"""What the manual tells beside files and rights: marks, keys, memory, codes, answer to reset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sscard.apdu import atr, dol
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SUITES
from sscard.keys.key_entry import KeyEntry
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.profiles.certificates import CertificateApplication
from sscard.profiles.chips import load_chip
from sscard.profiles.codes import CodeTable
from sscard.profiles.facts import WHOLE, Stated
from sscard.profiles.fit import footprint_of
from sscard.profiles.interfaces import Contact, Contactless
from sscard.profiles.manual.layout import Cell, lines
from sscard.profiles.manual.places import slug
from sscard.profiles.model import Directory, Key, Profile, Setting

#: The chapters that tell of parts by their kind; directories have their own.
_CHAPTERS: Mapping[str, str] = {
    "settings": "settings",
    "bank": "bank",
    "groupings": "bank",
    "directories": "",
    "files": "",
    "elements": "",
    "keys": "keys",
    "contact": "reset",
    "historical": "reset",
    "contactless": "reset",
    "reach": "reset",
}
_CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of the profile with what the table of all keys knows of it; None: nothing."""

    key: Key
    loaded: int
    entry: KeyEntry | None


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that one directory takes of its partition, by what they are for."""

    partition: str
    directory: str
    keys: int
    files: int
    rest: int

    @property
    def size(self) -> int:
        """All of it."""
        return self.keys + self.files + self.rest


def anchors(parts: Iterable[Stated]) -> dict[str, str]:
    """Where the manual tells of each part, by its place; what has no chapter is in ``other``."""
    found: dict[str, str] = {}
    for part in parts:
        found[part.place] = _anchor(part, found)
    return found


def _anchor(part: Stated, known: Mapping[str, str]) -> str:
    if _CERTIFICATES in (part.kind, known.get(part.above)):
        return _CERTIFICATES
    match part.kind:
        case "directories":
            return slug(part.place)
        case "files":
            return f"{slug(part.above)}-{part.facts['fid']:04X}"
        case "elements":
            return known[part.above]
    return _CHAPTERS.get(part.kind, "other")


def mark_counts(parts: Iterable[Stated]) -> dict[str, int]:
    """How many facts have each mark, the most frequent first."""
    counts = Counter(part.mark for part in parts if part.mark)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def without_chapter(parts: Iterable[Stated]) -> tuple[Stated, ...]:
    """What no chapter of its own tells of; the model may get such parts at any time."""
    found = tuple(parts)
    known = anchors(found)
    return tuple(each for each in found if known[each.place] == "other" and each.place != WHOLE)


def key_rows(profile: Profile, directory: Directory) -> tuple[KeyRow, ...]:
    """The keys of ``directory``."""
    return tuple(
        KeyRow(key, profile.versions(key), KEYS_BY_NAME.get(key.name)) for key in directory.keys
    )


def key_size(profile: Profile, key: Key) -> int:
    """Bytes of the card's key in the profile's suite (ssc 4 row 6 [S])."""
    suite = SUITES.get(profile.suite)
    return max(key.size, suite.block) if suite else key.size


def pin_settings(profile: Profile) -> dict[str, Setting]:
    """The settings about PIN and PUK."""
    words = {"pin", "puk"}
    return {n: part for n, part in profile.settings.items() if words & set(n.split("_"))}


def pin_files(profile: Profile) -> tuple[tuple[Directory, tuple[str, ...]], ...]:
    """The files that the PIN helps to read or update, by directory."""
    found = (
        (d, tuple(f"{f.fid:04X}" for f in d.files if _asks_pin(f.read) or _asks_pin(f.update)))
        for d in profile.directories
    )
    return tuple((directory, files) for directory, files in found if files)


def _asks_pin(rule: object) -> bool:
    return "PIN" in str(getattr(rule, "condition", ""))


def partitions(profile: Profile) -> Mapping[str, int]:
    """The parts of the chip's memory in bytes."""
    return load_chip(profile.chip).partitions


def memory(profile: Profile) -> tuple[Memory, ...]:
    """What each directory takes, in the order of personalization."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for use in footprint_of(profile):
        kind = use.what if use.what in ("keys", "directory", "FCI", "PIN") else "files"
        kind = {"keys": "keys", "files": "files"}.get(kind, "rest")
        found.setdefault((use.partition, use.directory), Counter())[kind] += use.size
    return tuple(
        Memory(partition, directory, uses["keys"], uses["files"], uses["rest"])
        for (partition, directory), uses in found.items()
    )


def file_memory(profile: Profile) -> dict[tuple[str, str], int]:
    """What each file takes, by directory and four hexadecimal digits; keys as ``keys``."""
    return {(use.directory, use.what): use.size for use in footprint_of(profile)}


def code_tables(profile: Profile) -> tuple[CodeTable, ...]:
    """The code tables that elements of ``profile`` use, by name."""
    tables: dict[str, CodeTable] = {}
    for directory in profile.directories:
        for file in directory.files:
            used = (line.element.codes for line in lines(file))
            tables.update((table.name, table) for table in used if table is not None)
    return tuple(tables[name] for name in sorted(tables))


def atr_cells(contact: Contact) -> tuple[Cell, ...]:
    """The bytes of the answer to reset, the historical ones by field."""
    labels = ("TS", "T0", "TB1", "TC1")
    prefix = contact.prefix
    fixed = [
        Cell("tag", at, 1, raw=prefix[at : at + 1], zh=label, en=label)
        for at, label in zip(range(len(prefix)), labels, strict=False)
    ]
    return (*fixed, *_historical(contact, len(prefix)))


def ats_cells(contact: Contact, contactless: Contactless) -> tuple[Cell, ...]:
    """The bytes of the answer to select: TL, T0, interface bytes, the historical ones by field."""
    raw = bytes(contactless.ats(bytes(atr.HISTORICAL_SIZE)))
    own = raw[: -atr.HISTORICAL_SIZE]
    labels = ("TL", "T0", "TA", "TB", "TC")
    fixed = [
        Cell("tag", at, 1, raw=own[at : at + 1], zh=label, en=label)
        for at, label in zip(range(len(own)), labels, strict=True)
    ]
    return (*fixed, *_historical(contact, len(own)))


def _historical(contact: Contact, at: int) -> Iterator[Cell]:
    for field in contact.historical:
        zh, en = f"{field.zh} {field.place}", f"{field.en} {field.place}"
        yield Cell("value", at, field.size, zh=zh, en=en)
        at += field.size


def objects_asked(name: str, setting: Setting) -> tuple[tuple[str, int], ...]:
    """Tags and lengths of a data object list (PDOL, CDOL); nothing for any other setting."""
    if "dol" not in name:
        return ()
    try:
        return tuple((f"{tag:X}", size) for tag, size in dol.entries(setting.data))
    except (MalformedData, ProfileError):
        return ()


def certificate_facts(
    application: CertificateApplication, words: Mapping[str, str]
) -> tuple[tuple[str, object], ...]:
    """What is declared of the certificates themselves, each fact with its word."""
    found = ((word, getattr(application.certificate, name)) for name, word in words.items())
    return tuple((word, f.hex().upper() if isinstance(f, bytes) else f) for word, f in found)
