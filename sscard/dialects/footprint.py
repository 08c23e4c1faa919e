"""What objects cost in the memory of a COS of the reference dialect: one place for card and host.

The card lays its objects out with these sizes; a profile is measured with them before any chip is
touched.  All figures are bytes and, like the dialect, our own (assumed).
"""

from __future__ import annotations

from collections.abc import Sequence

#: Before the first object of a partition, and before the content of each object.
PARTITION_HEAD, OBJECT_HEAD = 2, 3
#: The directory an object belongs to.
_OWNER = 2
#: Life-cycle state; FID, structure, newest record, two rules, number of records; type, id, version,
#: limit, failures.
_STATE, _FILE, _KEY = 1, 9, 5
#: For each record its size.
_RECORD = 2


def directory(name: int) -> int:
    """A directory whose DF name has ``name`` bytes; 0 for the MF."""
    return OBJECT_HEAD + _OWNER + _STATE + name


def fci(proprietary: int) -> int:
    """The content of template A5; nothing when there is none."""
    return OBJECT_HEAD + _OWNER + proprietary if proprietary else 0


def file(records: Sequence[int]) -> int:
    """A file by the sizes of its records; a transparent or internal file is one record."""
    return OBJECT_HEAD + _OWNER + _FILE + sum(_RECORD + size for size in records)


def key(size: int) -> int:
    """One version of a key, or a PIN, whose value has ``size`` bytes."""
    return OBJECT_HEAD + _OWNER + _KEY + size


def certificates(certificate: int) -> int:
    """The whole certificate application, each certificate file of ``certificate`` bytes."""
    directories, pins, keys, signing = 2 * (21 + 12), 2 * 19, 2 * (66 + 32), 16
    files = 6 * 3 + keys + 2 * certificate
    return PARTITION_HEAD + 11 * OBJECT_HEAD + directories + pins + files + signing
