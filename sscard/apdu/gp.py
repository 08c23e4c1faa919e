"""Builders for the card manager of GlobalPlatform: which applications there are (pboc 1.1, 7 [H]).

Each builds the command in plain; an SCP02 channel to the issuer security domain (ISD) wraps it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sscard.apdu import tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData

#: P1 of INSTALL: install and make selectable; for personalization.
MAKE_SELECTABLE, PERSONALIZATION = 0x0C, 0x20
#: P1 of SET STATUS: the ISD itself.
ISSUER_DOMAIN = 0x80
#: An AID in the data of DELETE.
_NAME = 0x4F


@dataclass(frozen=True, slots=True)
class Installation:
    """What INSTALL says: module of a package, the new application's name, what it may.

    ``privileges`` are 1 or 3 bytes, ``parameters`` data objects such as C9; no token.
    """

    package: bytes
    module: bytes
    name: bytes
    privileges: bytes = b"\0"
    parameters: bytes = b"\xc9\0"

    def __bytes__(self) -> bytes:
        parts = (self.package, self.module, self.name, self.privileges, self.parameters, b"")
        return b"".join(bytes((len(part),)) + part for part in parts)

    @classmethod
    def parse(cls, raw: bytes) -> Installation:
        """The data of INSTALL.  Raises MalformedData, also for one with a token."""
        package, module, name, privileges, parameters, token = fields(raw, 6)
        if token:
            raise MalformedData("an INSTALL with a token: there is no delegated management")
        list(tlv.parse(parameters))
        return cls(package, module, name, privileges, parameters)


def fields(raw: bytes, count: int) -> list[bytes]:
    """So many values behind their one-byte lengths, and nothing else.  Raises MalformedData."""
    found, at = [], 0
    for _ in range(count):
        end = at + 1 + (raw[at] if at < len(raw) else len(raw))
        if end > len(raw):
            raise MalformedData(f"a value at offset {at} runs past the end")
        found.append(raw[at + 1 : end])
        at = end
    if at != len(raw):
        raise MalformedData(f"{len(raw) - at} bytes behind the last value")
    return found


def delete(name: bytes) -> CommandAPDU:
    """Delete one application; 6A88 says that there was none (pboc 1.1 [H])."""
    return CommandAPDU(0x80, INS.DELETE, data=tlv.encode(_NAME, name))


def deleted(data: bytes) -> bytes:
    """The name in the data of DELETE.  Raises MalformedData."""
    found = list(tlv.parse(data))
    if [tag for tag, _ in found] != [_NAME]:
        raise MalformedData("DELETE names one application in tag 4F")
    return found[0][1]


def install(installation: Installation) -> CommandAPDU:
    """INSTALL [for install and make selectable] (pboc 1.1 [H])."""
    return CommandAPDU(0x80, INS.INSTALL, MAKE_SELECTABLE, data=bytes(installation))


def install_for_personalization(name: bytes) -> CommandAPDU:
    """Let the STORE DATA that follow go to this application (pboc 1.1 [H])."""
    data = bytes((0, 0, len(name))) + name + bytes(3)
    return CommandAPDU(0x80, INS.INSTALL, PERSONALIZATION, data=data)


def personalized(data: bytes) -> bytes:
    """The name in the data of INSTALL [for personalization].  Raises MalformedData."""
    before, module, name, *after = fields(data, 6)
    if before or module or any(after):
        raise MalformedData("INSTALL [for personalization] names an application and nothing else")
    return name


def set_status(state: int) -> CommandAPDU:
    """Bring the card manager into its next state, such as 07 or 0F (pboc 7 [H])."""
    return CommandAPDU(0x80, INS.SET_STATUS, ISSUER_DOMAIN, state)
