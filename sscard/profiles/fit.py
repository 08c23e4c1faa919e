"""Does it fit?  What a profile needs of its chip's memory, object by object, in bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sscard.dialects import footprint
from sscard.profiles.file import File
from sscard.profiles.model import Directory, Profile

#: The partition of the hand-over area, and that of the social-security side.
EXCHANGE, SOCIAL = "exchange", "ssse"
MF = "MF"
_MASTER_KEY, _PIN = 16, 8
_ROOT = "SSSE"
_ONE_PLACE = ("transparent", "internal")


@dataclass(frozen=True, slots=True)
class Use:
    """``size`` bytes of a partition.

    ``what`` is ``directory``, ``FCI``, ``keys``, ``PIN`` or the FID of a file; ``directory`` is
    ``MF`` in the exchange partition.
    """

    partition: str
    directory: str
    what: str
    size: int


def footprint_of(profile: Profile) -> tuple[Use, ...]:
    """Everything the social-security station puts on the chip, in its order.

    Keys count with the versions and the master key that a card gets.
    """
    return (*_main_file(profile), *(u for d in profile.directories for u in _contents(profile, d)))


def needed(profile: Profile) -> Mapping[str, int]:
    """Bytes needed of each partition, its head included."""
    total = dict.fromkeys((EXCHANGE, SOCIAL), footprint.PARTITION_HEAD)
    for use in footprint_of(profile):
        total[use.partition] += use.size
    return total


def _main_file(profile: Profile) -> Iterator[Use]:
    yield Use(EXCHANGE, MF, "directory", footprint.directory(0))
    yield Use(EXCHANGE, MF, "keys", 2 * footprint.key(_MASTER_KEY))  # the exchange key, too
    size = profile.setting("exchange_size").number
    fid = profile.setting("exchange_fid").number
    yield Use(EXCHANGE, MF, f"{fid:04X}", footprint.file([size]))


def _contents(profile: Profile, directory: Directory) -> Iterator[Use]:
    sizes = [key.size for key in directory.keys for _ in range(profile.versions(key))]
    parts = [
        ("directory", footprint.directory(len(directory.df_name))),
        ("FCI", footprint.fci(len(directory.fci_proprietary))),
        ("keys", sum(map(footprint.key, (_MASTER_KEY, *sizes)))),
        ("PIN", footprint.key(_PIN) if directory.name == _ROOT else 0),
        *((f"{file.fid:04X}", _file(file)) for file in directory.files),
    ]
    yield from (Use(SOCIAL, directory.name, what, size) for what, size in parts if size)


def _file(file: File) -> int:
    if file.structure in _ONE_PLACE:
        return footprint.file([file.length])
    return footprint.file([template.size for template in file.record_templates()])
