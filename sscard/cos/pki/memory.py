"""The application as it lies in its partition: two directories, two PINs, six files, how it signs.

All are made before delivery and never move, so they are looked for once and not at each power-up;
what can change is read from the memory each time.

    directory: FID (2), state, limit and failures of its master key, that key (16), DF name
    PIN:       its reference, limit, failures, its key (16)
    file:      FID (2), state, content
    signing:   name of the way (16, zeros behind); cards of older images do not have it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sscard.apdu import pki
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.pki import pin_key
from sscard.cos.nvm import NVM
from sscard.cos.partition import Partition, Stored
from sscard.cos.pki.states import MASTERS, MasterState, Pair, PairState
from sscard.dialects.certificates import CertificateSettings
from sscard.dialects.footprint import OBJECT_HEAD
from sscard.dialects.footprint import PARTITION_HEAD as HEAD
from sscard.keys.types import SM4, SecretKey

DIRECTORY, PIN, FILE, SIGNING = 0xC1, 0xC2, 0xC3, 0xC4
_KINDS = (DIRECTORY, PIN, FILE, SIGNING)
#: The DDF has no FID that anybody has seen: it is found by its name.
DDF_FID = 0x0000
_STATE, _FILE_HEAD = 2, 3
_NAME = 21
_PUBLIC_HEAD = 2
#: What SELECT of the DDF answers beside its name: tag 92 = "30" (ssc-more 1.1 [T]).
DDF_TEMPLATE = bytes.fromhex("730492023330")
#: What a card has, in the order in which it lies there: kind, FID or reference.
_CONTENTS = (
    (DIRECTORY, DDF_FID),
    (DIRECTORY, pki.ADF_FID),
    (PIN, pki.USER),
    (PIN, pki.ADMIN),
    (FILE, pki.SIGNATURE_PUBLIC),
    (FILE, pki.SIGNATURE_PRIVATE),
    (FILE, pki.ENCRYPTION_PUBLIC),
    (FILE, pki.ENCRYPTION_PRIVATE),
    (FILE, pki.SIGNATURE_CERTIFICATE),
    (FILE, pki.ENCRYPTION_CERTIFICATE),
)
_LONGEST_NAME = 16


class Container(NamedTuple):
    """The files of one pair."""

    pair: Pair
    public: int
    private: int
    certificate: int


CONTAINERS = (
    Container(
        Pair.SIGNATURE, pki.SIGNATURE_PUBLIC, pki.SIGNATURE_PRIVATE, pki.SIGNATURE_CERTIFICATE
    ),
    Container(
        Pair.ENCRYPTION, pki.ENCRYPTION_PUBLIC, pki.ENCRYPTION_PRIVATE, pki.ENCRYPTION_CERTIFICATE
    ),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A PIN or a master key: limit (1), failures (1), key (16) from ``at`` on; limit 0 is none."""

    nvm: NVM
    at: int

    @property
    def key(self) -> SecretKey:
        """The key that is compared with."""
        return SM4(bytes(self.nvm.image[self.at + 2 : self.at + 2 + SM4.SIZE]))

    @property
    def left(self) -> int:
        """Tries left; 15 where there is no limit, as 63Cx then says (assumed)."""
        limit, failures = self.nvm.image[self.at : self.at + 2]
        return max(limit - failures, 0) if limit else 0x0F

    @property
    def limited(self) -> bool:
        """Whether tries are counted."""
        return self.nvm.image[self.at] != 0

    def fail(self) -> None:
        """Write a failure.  Raises StatusError 6983 when no try is left."""
        if not self.left:
            raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
        if self.limited:
            self.nvm.write(self.at + 1, bytes((self.nvm.image[self.at + 1] + 1,)))

    def succeed(self) -> None:
        """All tries are there again."""
        if self.limited:
            self.nvm.write(self.at + 1, b"\0")

    def replace(self, key: SecretKey) -> None:
        """Another key; who may do this has just shown the old one, so there are no failures."""
        self.nvm.write(self.at + 2, key.reveal())


@dataclass(frozen=True, slots=True)
class Directory:
    """DDF or ADF with its master key."""

    nvm: NVM
    fid: int
    name: bytes
    at: int

    @property
    def master(self) -> Counted:
        """Its master key."""
        return Counted(self.nvm, self.at + _STATE + 1)

    @property
    def state(self) -> MasterState:
        """Whether the key is the card's own."""
        return MasterState(self.nvm.image[self.at + _STATE])

    def replace_master(self, key: SecretKey) -> None:
        """Another master key, of this card."""
        self.nvm.write(self.at + _STATE, bytes((MASTERS[self.state],)))
        self.master.replace(key)


@dataclass(frozen=True, slots=True)
class File:
    """An EF: ``size`` bytes of content."""

    nvm: NVM
    fid: int
    at: int
    size: int

    @property
    def content(self) -> bytes:
        """All of it."""
        start = self.at + _FILE_HEAD
        return bytes(self.nvm.image[start : start + self.size])

    def write(self, offset: int, data: bytes) -> None:
        """Write a part."""
        self.nvm.write(self.at + _FILE_HEAD + offset, data)

    @property
    def state(self) -> PairState:
        """Of the pair, if this is its public key."""
        return PairState(self.nvm.image[self.at + _STATE])

    def become(self, state: PairState) -> None:
        """Set that state."""
        self.nvm.write(self.at + _STATE, bytes((state,)))


class Memory:
    """What is in the partition: nothing on an older card, whose chip had no such partition."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.nvm = partition.nvm
        self.directories: dict[int, Directory] = {}
        self.pins: dict[int, Counted] = {}
        self.files: dict[int, File] = {}
        #: The way to sign that the card was made with; None where it does not say.
        self.signing: str | None = None
        self.load()

    def load(self) -> None:
        """Find the objects.  What is not whole, on a card of an older split, is not there."""
        found = tuple(objects(self.partition))
        self.directories, self.pins, self.files, self.signing = {}, {}, {}, None
        known = tuple(key_of(self.partition, each) for each in found if each.kind != SIGNING)
        if known == _CONTENTS:
            for each in found:
                self._know(each)

    def manufacture(self, master: SecretKey, settings: CertificateSettings) -> None:
        """What the maker does: empty files, the PINs and the master key of blank cards."""
        for kind, content in _blank(master.reveal(), settings):
            self.partition.add(kind, content)
        self.nvm.commit()
        self.load()

    def _know(self, stored: Stored) -> None:
        raw = self.partition.read(stored)
        fid = int.from_bytes(raw[:2], "big")
        if stored.kind == DIRECTORY:
            self.directories[fid] = Directory(self.nvm, fid, raw[_NAME:], stored.at)
        elif stored.kind == PIN:
            self.pins[raw[0]] = Counted(self.nvm, stored.at + 1)
        elif stored.kind == SIGNING:
            self.signing = raw.rstrip(b"\0").decode("ascii", "replace")
        else:
            self.files[fid] = File(self.nvm, fid, stored.at, stored.size - _FILE_HEAD)


def objects(partition: Partition) -> Iterator[Stored]:
    """The objects as far as they are this application's and lie in the partition."""
    image, at, end = partition.nvm.image, partition.base + HEAD, partition.base + partition.size
    used = int.from_bytes(image[partition.base : partition.base + HEAD], "big")
    end = min(end, partition.base + used)
    while at + OBJECT_HEAD <= end and image[at] in _KINDS:
        size = int.from_bytes(image[at + 1 : at + OBJECT_HEAD], "big")
        if at + OBJECT_HEAD + size > end:
            return
        yield Stored(image[at], at + OBJECT_HEAD, size)
        at += OBJECT_HEAD + size


def key_of(partition: Partition, stored: Stored) -> tuple[int, int]:
    """Kind, and the FID or reference by which an object is known; 0 where there is but one."""
    raw = partition.read(stored)
    sizes = {PIN: 1, SIGNING: 0}
    return stored.kind, int.from_bytes(raw[: sizes.get(stored.kind, 2)], "big")


def _blank(master: bytes, settings: CertificateSettings) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each object of a new card."""
    for fid, name in ((DDF_FID, pki.DDF_NAME), (pki.ADF_FID, pki.ADF_NAME)):
        head = bytes((MasterState.TRANSPORT, settings.master_tries, 0))
        yield DIRECTORY, fid.to_bytes(2, "big") + head + master + name
    for reference, digits, tries in (
        (pki.USER, settings.user_pin, settings.user_tries),
        (pki.ADMIN, settings.admin_pin, settings.admin_tries),
    ):
        key = pin_key(bytes.fromhex(digits))
        yield PIN, bytes((reference, tries, 0)) + key.reveal()
    public, certificate = _PUBLIC_HEAD + pki.POINT, settings.certificate_size
    for container in CONTAINERS:
        yield FILE, _empty(container.public, public)
        yield FILE, _empty(container.private, pki.NUMBER)
    for container in CONTAINERS:
        yield FILE, _empty(container.certificate, certificate)
    yield SIGNING, settings.signing.encode("ascii").ljust(_LONGEST_NAME, b"\0")


def _empty(fid: int, size: int) -> bytes:
    return fid.to_bytes(2, "big") + bytes((PairState.EMPTY,)) + bytes(size)
