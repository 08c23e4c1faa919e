"""The hand-over area (公共区), where the social-security station tells the bank whose card it is.

EF 001C under the MF: state byte ‖ ``08 12 id18`` ‖ ``09 1E name30`` ‖ fill (decision 11, assumed).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from sscard.apdu import iso7816, record_tlv
from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData, NotVerified
from sscard.keys import SUITES, SecretKey
from sscard.perso.data import show_key
from sscard.perso.plan import POWER_UP, Plan
from sscard.perso.structure import MF_FID
from sscard.profiles import Profile

CARRYING, CLOSED = 0xA5, 0x5A
_ID, _NAME = 0x08, 0x09
_ID_SIZE, _NAME_SIZE = 18, 30


@dataclass(frozen=True, slots=True)
class Holder:
    """The person a semi-finished card belongs to."""

    id_number: str = field(repr=False)
    name: str = field(repr=False)

    def encode(self, size: int) -> bytes:
        """The carrying area, ``size`` bytes.  The name's first 30 bytes are enough to compare."""
        name = self.name.encode("gbk")[:_NAME_SIZE].ljust(_NAME_SIZE, b"\0")
        body = record_tlv.encode(_ID, self.id_number.encode("ascii").ljust(_ID_SIZE, b"\0"))
        return (bytes((CARRYING,)) + body + record_tlv.encode(_NAME, name)).ljust(size, b"\0")

    def as_carried(self) -> Holder:
        """The same holder as the area tells it: of a long name only what fits."""
        return Holder.parse(self.encode(1 + 2 + _ID_SIZE + 2 + _NAME_SIZE))

    @classmethod
    def parse(cls, raw: bytes) -> Holder:
        """The holder in an area that was read.  Raises MalformedData."""
        end = 1 + 2 + _ID_SIZE + 2 + _NAME_SIZE
        if len(raw) < end or raw[0] != CARRYING:
            raise MalformedData("the hand-over area carries nobody")
        items = dict(record_tlv.parse(raw[1:end]))
        if items.keys() != {_ID, _NAME}:
            raise MalformedData("the hand-over area is not laid out as declared")
        id_number, name = _text(items[_ID], "ascii"), _text(items[_NAME], "gbk")
        if id_number is None or name is None:
            raise MalformedData("the hand-over area does not hold text")
        return cls(id_number, name)


def write(profile: Profile, key: SecretKey, holder: Holder) -> Plan[None]:
    """Put the holder into the area and read it back: the bank depends on it."""
    area = holder.encode(profile.setting("exchange_size").number)
    yield from _select_with_key(profile, key)
    sfi = _sfi(profile)
    (yield iso7816.update_binary(area, sfi=sfi)).require("write the hand-over area")
    back = (yield iso7816.read_binary(len(area), sfi=sfi)).require("read the hand-over area")
    if back != area:
        raise NotVerified("the hand-over area does not hold what was written")


@dataclass(frozen=True, slots=True)
class SemiFinished:
    """What the bank station learns from the card in its slot: whose it is, and its ATR."""

    holder: Holder
    historical: bytes


def read(profile: Profile) -> Plan[SemiFinished]:
    """Power up and read whose card this is.  Raises StatusError, MalformedData."""
    answer = (yield POWER_UP).require("power up")
    (yield iso7816.select_fid(MF_FID)).require("select MF")
    size = profile.setting("exchange_size").number
    raw = (yield iso7816.read_binary(size, sfi=_sfi(profile))).require("read the hand-over area")
    return SemiFinished(Holder.parse(raw), historical_bytes(answer))


def never_used(profile: Profile) -> Plan[bool]:
    """Whether the area, which anybody reads once it is used, is there and never was."""
    (yield iso7816.select_fid(MF_FID)).require("select MF")
    area = profile.setting("exchange_fid").number
    (yield iso7816.select_fid(area)).require("select the hand-over area")
    return (yield iso7816.read_binary(1, sfi=_sfi(profile))).sw == (
        StatusWord.SECURITY_NOT_SATISFIED
    )


def close(profile: Profile, key: SecretKey) -> Plan[None]:
    """Clear the area and lock it for good."""
    yield from _select_with_key(profile, key)
    command = iso7816.update_binary(bytes((CLOSED,)), sfi=_sfi(profile))
    (yield command).require("close the hand-over area")


def closed(profile: Profile) -> Plan[bool]:
    """Whether the area, by its FID and to its end, is closed and empty (for the audit)."""
    (yield iso7816.select_fid(MF_FID)).require("select MF")
    area = profile.setting("exchange_fid").number
    (yield iso7816.select_fid(area)).require("select the hand-over area")
    size = profile.setting("exchange_size").number
    raw = (yield iso7816.read_binary(size, sfi=_sfi(profile))).require("read the hand-over area")
    behind = yield iso7816.read_binary(1, offset=size)
    return raw == bytes((CLOSED,)).ljust(size, b"\0") and behind.sw != StatusWord.OK


def _select_with_key(profile: Profile, key: SecretKey) -> Plan[None]:
    (yield iso7816.select_fid(MF_FID)).require("select MF")
    kid = profile.setting("exchange_kid").number
    yield from show_key(SUITES[profile.suite], key, kid, "exchange key")


def _sfi(profile: Profile) -> int:
    return profile.setting("exchange_fid").number & 0x1F


def _text(raw: bytes, encoding: str) -> str | None:
    """The text, which may end in half a character, because a name is cut at 30 bytes; or None.

    The decoder's own error holds the whole text.  It ends here, and nothing is raised on top of it.
    """
    text = raw.rstrip(b"\0")
    for whole in (text, text[:-1]):
        with suppress(UnicodeDecodeError):
            return whole.decode(encoding)
    return None
