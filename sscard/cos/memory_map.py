"""What lies where in a card's memory: every byte of it, by name and size, never by value.

The map shows the memory as the next power-up will make it of the cells, a torn command finished or
forgotten.  Keys are named by identifier, type and version; no content is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, unique
from itertools import count, groupby

from sscard.cos import journal
from sscard.cos.files import Directory, ElementaryFile, Files, StoredKey
from sscard.cos.nvm import NVM
from sscard.cos.partition import Divided, Partition, Stored, split
from sscard.cos.pki import memory as pki
from sscard.cos.pse.instance import DOMAIN, GROUPING, NOBODY, Instance, load_all
from sscard.cos.pse.state import State
from sscard.dialects.chip import PAGE
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.dialects.footprint import PARTITION_HEAD as HEAD

#: Before a grouping's value: number of its application, DGI, length in use.
_GROUPING_HEAD = 5
#: Who makes applications; and what is said of one that is no more.
_DOMAIN, _DELETED = "issuer security domain", "deleted"


@unique
class Kind(Enum):
    """What a region is for."""

    INDEX = "journal index"
    MARK = "recovery mark"
    WITNESSES = "journal witnesses"
    SLOTS = "journal slots"
    SYSTEM = "system"
    HEAD = "partition head"
    DIRECTORY = "directory"
    FCI = "FCI"
    FILE = "file"
    KEY = "key"
    INSTANCE = "application"
    GROUPING = "data grouping"
    CERTIFICATE = "certificate application"
    FREE = "free"
    UNASSIGNED = "unassigned"


_UNUSED = (Kind.FREE, Kind.UNASSIGNED)


@dataclass(frozen=True, slots=True)
class Region:
    """``size`` bytes from ``at`` on, of which ``content`` hold what the object is there for.

    ``owner`` is the directory or application it belongs to, ``identifier`` and ``detail`` say
    which object it is.
    """

    part: str
    kind: Kind
    at: int
    size: int
    content: int
    owner: str = ""
    identifier: str = ""
    detail: str = ""

    @property
    def header(self) -> int:
        """Bytes that describe the content."""
        return self.size - self.content

    @property
    def pages(self) -> range:
        """The pages on which it lies, some of them perhaps with others."""
        return range(self.at // PAGE, (self.at + self.size - 1) // PAGE + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """The journal, a partition, or what no partition has.  Sizes are bytes."""

    name: str
    at: int
    size: int
    free: int

    @property
    def used(self) -> int:
        """Bytes that hold something."""
        return self.size - self.free


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """``regions`` cover the whole memory in order; ``wear`` counts programmings, page by page."""

    chip: str
    regions: tuple[Region, ...]
    wear: tuple[int, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the memory in order."""
        return tuple(
            _part(name, tuple(regions))
            for name, regions in groupby(self.regions, key=lambda region: region.part)
        )

    def on_page(self, page: int) -> tuple[Region, ...]:
        """What lies on a page, wholly or partly."""
        return tuple(region for region in self.regions if page in region.pages)


def memory_map(nvm: NVM, chip: Divided) -> MemoryMap:
    """The map of a memory; the memory itself is left alone."""
    whole = NVM(bytearray(nvm.cells))
    regions = [*_journal()]
    for name, partition in split(whole, chip).items():
        regions += (replace(region, part=name) for region in _partition(name, partition))
    end = regions[-1].at + regions[-1].size
    if end < chip.size:
        regions.append(Region("unassigned", Kind.UNASSIGNED, end, chip.size - end, 0))
    return MemoryMap(chip.name, tuple(regions), tuple(nvm.wear))


def _part(name: str, regions: tuple[Region, ...]) -> Part:
    free = sum(region.size for region in regions if region.kind in _UNUSED)
    return Part(name, regions[0].at, sum(region.size for region in regions), free)


def _journal() -> Iterator[Region]:
    for kind, pages in (
        (Kind.INDEX, (journal.INDEX,)),
        (Kind.MARK, (journal.MARK,)),
        (Kind.WITNESSES, journal.WITNESS),
        (Kind.SLOTS, journal.SLOTS),
    ):
        size = len(pages) * PAGE
        yield Region("journal", kind, pages[0] * PAGE, size, size)


def _partition(name: str, partition: Partition) -> Iterator[Region]:
    """The regions of one partition; the system's places are fixed and have no heads."""
    if name == "system":
        yield Region(name, Kind.SYSTEM, partition.base, partition.size, partition.size)
        return
    yield Region(name, Kind.HEAD, partition.base, HEAD, HEAD)
    yield from _INSIDE.get(name, _files)(partition)
    if partition.free:
        end = partition.base + partition.size
        yield Region(name, Kind.FREE, end - partition.free, partition.free, 0)


def _files(partition: Partition) -> Iterator[Region]:
    directories = Files(partition).directories
    known = [each for directory in directories.values() for each in _known(directory)]
    for stored in partition.objects():
        inside = range(stored.at, stored.at + stored.size)
        found = next((each for each in known if each.at in inside), None)
        yield _placed(stored, found or _fci(partition.read(stored)))


def _known(directory: Directory) -> Iterator[Region]:
    """The objects of a directory, each at some address inside it."""
    owner, name = f"{directory.fid:04X}", directory.name
    yield _object(Kind.DIRECTORY, len(name), owner, owner, _text(name), inside=directory.state_at)
    for file in directory.by_fid.values():
        size = sum(size for _, size in file.places)
        fid, inside = f"{file.fid:04X}", file.places[0][0]
        yield _object(Kind.FILE, size, owner, fid, _structure(file), inside=inside)
    for key in directory.keys.values():
        kid = f"kid {key.kid:02X}"
        yield _object(Kind.KEY, key.size, owner, kid, _use(key), inside=key.at)


def _fci(raw: bytes) -> Region:
    """What is neither a directory nor in one: the FCI's template, behind its directory's FID."""
    return _object(Kind.FCI, len(raw) - 2, raw[:2].hex().upper(), "A5")


def _instances(partition: Partition) -> Iterator[Region]:
    """Applications and their groupings; one that outgrew its place has left it behind."""
    applications = load_all(partition)
    numbers = count()
    for stored in partition.objects():
        if stored.kind == GROUPING:
            raw = partition.read(stored)
            dgi, size = int.from_bytes(raw[1:3], "big"), stored.size - _GROUPING_HEAD
            owner, detail = "", _DELETED
            if raw[0] != NOBODY:
                application = applications[raw[0]]
                owner, detail = _text(application.name), _use_of(application, dgi, stored)
            yield _placed(stored, _object(Kind.GROUPING, size, owner, f"DGI {dgi:04X}", detail))
        elif stored.kind == DOMAIN:
            yield _placed(stored, _object(Kind.INSTANCE, stored.size, _DOMAIN, _DOMAIN))
        else:
            application = applications[next(numbers)]
            name = _text(application.name)
            detail = _DELETED if application.state is State.DELETED else ""
            yield _placed(stored, _object(Kind.INSTANCE, stored.size, name, name, detail))


def _certificates(partition: Partition) -> Iterator[Region]:
    """Directories with their master keys, PINs, key pairs and certificates."""
    for stored in pki.objects(partition):
        kind, number = pki.key_of(partition, stored)
        head, what = _CERTIFICATE_OBJECTS[kind]
        content, identifier = stored.size - head, what.format(number)
        use = _CERTIFICATE_USES.get(identifier, "")
        yield _placed(stored, _object(Kind.CERTIFICATE, content, "PKI", identifier, use))


def _use_of(application: Instance, dgi: int, stored: Stored) -> str:
    if application.state is State.DELETED:
        return _DELETED
    return "" if application.place(dgi) == stored.at + _GROUPING_HEAD else "replaced"


def _object(
    kind: Kind, content: int, owner: str, identifier: str, detail: str = "", *, inside: int = 0
) -> Region:
    return Region("", kind, inside, 0, content, owner, identifier, detail)


def _placed(stored: Stored, what: Region) -> Region:
    return replace(what, at=stored.at - OBJECT_HEAD, size=stored.size + OBJECT_HEAD)


def _structure(file: ElementaryFile) -> str:
    places = f", {len(file.places)} records" if len(file.places) > 1 else ""
    return file.structure.name.lower() + places


def _use(key: StoredKey) -> str:
    return f"{key.type.name.lower()}, version {key.version}"


def _text(name: bytes) -> str:
    """A DF name as people write it; an AID and whatever is no text in hexadecimal."""
    try:
        text = name.decode("gbk")
    except UnicodeDecodeError:
        return name.hex().upper()
    return text if text.isprintable() else name.hex().upper()


#: Of an object of the certificate application: bytes before what it is there for, and its name.
_CERTIFICATE_OBJECTS = {
    pki.DIRECTORY: (5, "directory {:04X}"),
    pki.PIN: (3, "PIN {:02X}"),
    pki.FILE: (3, "{:04X}"),
    pki.SIGNING: (0, "way to sign"),
}
#: What they are for, by identifier.
_CERTIFICATE_USES = {
    "directory 0000": "environment and its master key",
    "directory DF01": "application and its master key",
    "PIN 81": "user PIN",
    "PIN 00": "admin PIN",
    "0012": "signature public key",
    "0013": "signature private key",
    "0014": "encryption public key",
    "0015": "encryption private key",
    "0018": "signature certificate",
    "0019": "encryption certificate",
}
_INSIDE = {"pse": _instances, "pki": _certificates}
