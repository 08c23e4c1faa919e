"""All keys of a social security card as one table (ssc 3.3, 3.4).

Usage bytes come from the specification's draft [S]; 47 and 48 beside 27 and 28 from a reader [1].
HSM addresses are those of one province's interface specification [S].  Whose a root is follows
from the address table (ministry 004C to 008F and 0170 to 019E, province 0090 to 00B7), or from
the ranges of PSAM ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys.key_entry import KeyEntry, KeyKind, Level, PsamUse

_N, _P, _L = Level.MINISTRY, Level.PROVINCE, Level.LOCAL


def _spec(usage: int, key_id: int) -> tuple[PsamUse, ...]:
    return (PsamUse(usage, key_id, "S"),)


def _both(usage: int, key_id: int) -> tuple[PsamUse, ...]:
    """Of the specification, one level; and of a reader, two levels of the same type."""
    return (*_spec(usage, key_id), PsamUse(usage + 0x20, key_id, "1"))


def _reader(usage: int, key_id: int) -> tuple[PsamUse, ...]:
    return (PsamUse(usage, key_id, "1"),)


def _id(key_id: int) -> tuple[PsamUse, ...]:
    return (PsamUse(None, key_id, "S"),)


def _key(
    name: str,
    kid: int,
    kind: KeyKind,
    psam: tuple[PsamUse, ...],
    hsm: int | tuple[int, ...] | None,
    owner: Level,
    mark: str,
    *,
    versions: int | None = 3,
    size: int = 16,
    note: str = "",
) -> KeyEntry:
    addresses = hsm if isinstance(hsm, tuple) else _groups(hsm, versions)
    held = psam[0].root if psam and owner is not Level.LOCAL else None
    root = held or owner
    return KeyEntry(
        name, "", kid, kind, versions, size, psam, addresses, owner, root, mark, note=note
    )


def _groups(first: int | None, versions: int | None) -> tuple[int, ...]:
    return () if first is None else tuple(range(first, first + (versions or 1)))


def _stk(name: str, kid: int, psam: tuple[PsamUse, ...], hsm: int, mark: str = "S") -> KeyEntry:
    return _key(name, kid, "maintenance", psam, hsm, _N, mark, versions=1, size=8)


def _use(
    name: str, kid: int, psam: tuple[PsamUse, ...], hsm: int | None, owner: Level, mark: str
) -> KeyEntry:
    """A UK or RK: three groups of 16 bytes, shown in EXTERNAL AUTHENTICATE."""
    return _key(name, kid, "external", psam, hsm, owner, mark)


def _master(name: str) -> KeyEntry:
    note = "issuer master key of the directory, outside the specification"
    return _key(name, 0x00, "master", (), None, _L, "S", versions=1, note=note)


def _local(name: str, kid: int, psam: tuple[PsamUse, ...], note: str) -> KeyEntry:
    return _key(name, kid, "external", psam, None, _L, "1", versions=None, note=note)


_ROWS: Mapping[str, tuple[KeyEntry, ...]] = {
    "MF": (_master("MKMF"),),
    "SSSE": (
        _master("MKSSSE"),
        _key("IRK", 0x00, "internal", _spec(0x67, 0x08), 0x0170, _N, "S"),
        _stk("STK", 0x02, _spec(0x26, 0x09), 0x0173),
        _key(
            "UKSSSE",
            0x04,
            "external",
            (*_both(0x28, 0x12), PsamUse(0x47, 0x12, "1")),
            0x0094,
            _P,
            "2+",
            note="also called UKMF",
        ),
        _key("BK", 0x05, "external", _spec(0x28, 0x11), 0x0091, _P, "S", versions=1),
        _key("PUK", 0x06, "external", _spec(0x28, 0x10), 0x0090, _P, "S", versions=1),
        _use("RKSSSE", 0x0A, (*_spec(0x67, 0x0A), *_reader(0x47, 0x0A)), 0x004C, _N, "2+"),
        _local("RKMFEF0C", 0x07, _reader(0x48, 0x5D), "reads SSSE/EF0C"),
        _local("UKMFEF0D", 0x0D, _reader(0x48, 0x13), "updates SSSE/EF0D; name inferred [I]"),
    ),
    "DF01": (
        _master("MKDF01"),
        _stk("STKDF01", 0x82, _spec(0x26, 0x20), 0x0174),
        _use("UK1DF01", 0x83, _both(0x28, 0x42), 0x0097, _P, "2+"),
        _use("UK2DF01", 0x84, _both(0x28, 0x43), 0x009A, _P, "2+"),
        _use("UK3DF01", 0x85, _both(0x27, 0x24), 0x0176, _N, "S"),
        _use("UK4DF01", 0x86, _both(0x27, 0x25), 0x0179, _N, "S"),
        _use("UK5DF01", 0x87, _both(0x28, 0x44), 0x009D, _P, "2+"),
        _use("RK1DF01", 0x88, _id(0x2E), 0x004F, _N, "I"),
        _use("UK6DF01", 0x89, _reader(0x47, 0x2F), 0x0052, _N, "1"),
        _use("UK7DF01", 0x8A, _reader(0x47, 0x30), 0x0055, _N, "1"),
        _use("UK8DF01", 0x8B, _reader(0x47, 0x31), 0x0058, _N, "1"),
        _use("UK9DF01", 0x8C, _reader(0x47, 0x32), 0x005B, _N, "1"),
        _use("UKADF01", 0x8D, _reader(0x47, 0x33), 0x005E, _N, "1"),
        _use("UKBDF01", 0x8E, _reader(0x47, 0x34), 0x0061, _N, "1"),
    ),
    "DF02": (
        _master("MKDF02"),
        _stk("STKDF02", 0x82, _spec(0x26, 0x21), 0x0185),
        _use("UK1DF02", 0x83, _both(0x27, 0x26), 0x0187, _N, "S"),
        _use("UK2DF02", 0x84, _both(0x28, 0x45), 0x00A0, _P, "2+"),
        _use("UK3DF02", 0x85, _both(0x28, 0x46), 0x00A3, _P, "2+"),
        _use("UK4DF02", 0x86, _both(0x27, 0x27), 0x018A, _N, "S"),
        _use("UK5DF02", 0x87, _both(0x27, 0x28), 0x018D, _N, "S"),
        _use("RK1DF02", 0x88, _id(0x35), 0x0064, _N, "I"),
        _use("UK6DF02", 0x89, _reader(0x47, 0x36), 0x0067, _N, "1"),
    ),
    "DF03": (
        _master("MKDF03"),
        _stk("STKDF03", 0x82, _spec(0x26, 0x22), 0x0186),
        _key("LKDF03", 0x83, "lock", _spec(0x28, 0x40), 0x0092, _P, "S", versions=1),
        _use("RK1DF03", 0x84, _spec(0x67, 0x2B), 0x0193, _N, "S"),
        _use("RK2DF03", 0x85, _spec(0x67, 0x2C), 0x0196, _N, "S"),
        _use("UK1DF03", 0x86, _both(0x28, 0x47), 0x00A6, _P, "S"),
        # One source reads its usage as 28 (ssc 10).
        _use("UK2DF03", 0x87, (*_both(0x27, 0x29), *_reader(0x28, 0x29)), 0x0190, _N, "S"),
        _use("UK3DF03", 0x88, _both(0x28, 0x48), 0x00A9, _P, "S"),
        _use("UK4DF03", 0x89, _reader(0x47, 0x37), 0x006A, _N, "1"),
        _use("UK5DF03", 0x8A, _reader(0x47, 0x38), 0x006D, _N, "1"),
        _use("UK6DF03", 0x8B, _reader(0x47, 0x39), 0x0070, _N, "1"),
        _use("UK7DF03", 0x8C, _reader(0x47, 0x3A), 0x0073, _N, "1"),
        _use("UK8DF03", 0x8D, _reader(0x47, 0x3B), 0x0076, _N, "1"),
        # Cards of version 1 with extension files: the same KIDs as the national keys above.
        _local("UK4DF03-local", 0x8C, _reader(0x28, 0x58), "updates DF03/EF0C on 1.0x cards"),
        _local("UK5DF03-local", 0x89, _reader(0x28, 0x59), "updates DF03/EF0D on 1.0x cards"),
        _local("UK6DF03-local", 0x8A, _reader(0x28, 0x5A), "updates DF03/EF0E on 1.0x cards"),
        _local("UK7DF03-local", 0x8B, _reader(0x28, 0x5B), "updates DF03/EF0F on 1.0x cards"),
    ),
    "DF04": (
        _master("MKDF04"),
        _stk("STKDF04", 0x82, _spec(0x26, 0x23), 0x0175),
        _key("LKDF04", 0x83, "lock", _spec(0x28, 0x41), 0x0093, _P, "S", versions=1),
        _use("RK1DF04", 0x84, _spec(0x67, 0x2D), 0x0182, _N, "S"),
        _use("UK1DF04", 0x85, _both(0x28, 0x49), 0x00AC, _P, "S"),
        _use("UK2DF04", 0x86, _both(0x27, 0x2A), 0x017C, _N, "S"),
        _local("UK6DF04-local", 0x87, _reader(0x28, 0x5C), "a local file of DF04"),
        _local("UK4DF04-local", 0x88, _reader(0x28, 0x54), "a local file of DF04"),
        _key(
            "DPK",
            0x01,
            "purchase",
            (*_spec(0x22, 0x01), *_spec(0x22, 0x02), *_spec(0x22, 0x03)),
            (0x017F, 0x0199, 0x019C),
            _N,
            "S",
            note="KID and PSAM id are the version: 01 to 03; each address has three groups",
        ),
        _key("DLK", 0x01, "load", _id(0x4B), 0x00B2, _P, "1", note="KID is the version"),
        _key("DTK", 0x01, "transaction", _id(0x4C), 0x00B5, _P, "1", note="KID is the version"),
        _key(
            "DSK", 0x89, "external", _id(0x4A), 0x00AF, _P, "assumed", note="no source has the KID"
        ),
    ),
    "DF05": (
        _master("MKDF05"),
        _stk("STKDF05", 0x82, _id(0xB3), 0x008C, "I"),
        _use("UK1DF05", 0x83, _reader(0x47, 0xB4), 0x008D, _N, "1"),
    ),
    "DF06": (
        _master("MKDF06"),
        _key(
            "STKDF06",
            0x82,
            "maintenance",
            (),
            None,
            _P,
            "assumed",
            versions=1,
            size=8,
            note="no source has it; APPLICATION BLOCK needs one",
        ),
        _key("RK1DF06", 0x83, "external", _reader(0x48, 0x52), None, _P, "1", versions=None),
        _key("LKDF06", 0x84, "lock", (), None, _P, "I", versions=None),
        _key("UK1DF06", 0x85, "external", _reader(0x48, 0x53), None, _P, "1", versions=None),
        _key("UK2DF06", 0x86, "external", _reader(0x48, 0x54), None, _P, "1", versions=None),
    ),
    "DF07": (
        _master("MKDF07"),
        _stk("STKDF07", 0x82, _id(0x3C), 0x0079, "I"),
        _use("RK1DF07", 0x83, _reader(0x47, 0x3D), 0x007A, _N, "1"),
        _use("RK2DF07", 0x84, _reader(0x47, 0x3F), 0x0080, _N, "1"),
        _use("RK3DF07", 0x85, _reader(0x47, 0xB1), 0x0086, _N, "1"),
        _use("UK1DF07", 0x86, _reader(0x47, 0x3E), 0x007D, _N, "1"),
        _use("UK2DF07", 0x87, _reader(0x47, 0xB0), 0x0083, _N, "1"),
        _use("UK3DF07", 0x88, _reader(0x47, 0xB2), 0x0089, _N, "1"),
    ),
}

#: Every key, directory by directory; the master keys of directories stand first.
KEYS: tuple[KeyEntry, ...] = tuple(
    replace(entry, directory=directory) for directory, rows in _ROWS.items() for entry in rows
)
KEYS_BY_NAME = MappingProxyType({entry.name: entry for entry in KEYS})


def key_entry(name: str) -> KeyEntry:
    """The key of this name, as key stores and profiles write it.  Raises KeyStoreError."""
    try:
        return KEYS_BY_NAME[name]
    except KeyError:
        raise KeyStoreError(f"no social security key is called {name}") from None
