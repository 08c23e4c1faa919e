"""What a terminal asks an issuer and what it answers: the chip's part of both messages.

The values travel as TLVs, in field 55 of the messages between banks; the response code travels
outside of it (field 39).  Neither side's data ever print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sscard.apdu import tlv
from sscard.apdu.command import CommandAPDU
from sscard.errors import MalformedData

_ARPC, _CODE = 8, 2
_AUTHENTICATION = 0x91
_BEFORE, _FINAL, _IDENTIFIER, _COMMAND = 0x71, 0x72, 0x9F18, 0x86
#: Response codes by which an issuer says yes: approved, and approved for part of the amount.
APPROVED = frozenset({b"00", b"10", b"11"})
#: What a terminal itself writes in their place: offline approved and declined, and the same when
#: the issuer could not be reached (EMV book 4, A6 [G]).
OFFLINE_APPROVED, OFFLINE_DECLINED = b"Y1", b"Z1"
UNREACHED_APPROVED, UNREACHED_DECLINED = b"Y3", b"Z3"


@dataclass(frozen=True, slots=True)
class IssuerRequest:
    """One cryptogram with everything that went into it, for the issuer to check.

    ``account`` and ``sequence`` are digits (tags 5A or 57, and 5F34), ``values`` are by tag and
    those that were in force when the card made the cryptogram.  ``pin_block`` is whatever the PIN
    pad made for this issuer, enciphered.
    """

    account: str = field(repr=False)
    sequence: str
    values: Mapping[int, bytes] = field(repr=False)
    pin_block: bytes | None = field(default=None, repr=False)

    def field_55(self) -> bytes:
        """The values as TLVs, in their order."""
        return b"".join(tlv.encode(tag, value) for tag, value in self.values.items())


@dataclass(frozen=True, slots=True)
class Script:
    """Commands for the card, each with its MAC.

    ``final`` ones go after the second GENERATE AC (72), others before it (71); ``identifier`` is
    the issuer's own number for it, 4 bytes or none (9F18).
    """

    commands: tuple[CommandAPDU, ...] = field(repr=False)
    final: bool = True
    identifier: bytes = b""

    def __post_init__(self) -> None:
        if len(self.identifier) not in (0, 4):
            raise ValueError("a script's identifier has 4 bytes")

    def __bytes__(self) -> bytes:
        head = tlv.encode(_IDENTIFIER, self.identifier) if self.identifier else b""
        commands = (tlv.encode(_COMMAND, bytes(command)) for command in self.commands)
        return tlv.encode(_FINAL if self.final else _BEFORE, head + b"".join(commands))

    @classmethod
    def parse(cls, tag: int, value: bytes) -> Script:
        """From a template and its value.  Raises MalformedData."""
        objects = list(tlv.parse(value))
        identifier = b""
        if objects and objects[0][0] == _IDENTIFIER:
            identifier = objects.pop(0)[1]
        strange = [each for each, _ in objects if each != _COMMAND]
        if tag not in (_BEFORE, _FINAL) or strange or len(identifier) not in (0, 4):
            raise MalformedData("no issuer script: template, content or identifier is wrong")
        return cls(tuple(CommandAPDU.parse(raw) for _, raw in objects), tag == _FINAL, identifier)


@dataclass(frozen=True, slots=True)
class IssuerAnswer:
    """Response code of 2 characters, the cryptogram that proves whose it is, and scripts."""

    response_code: bytes
    arpc: bytes | None = None
    scripts: tuple[Script, ...] = ()

    def __post_init__(self) -> None:
        if len(self.response_code) != _CODE:
            raise ValueError("a response code has 2 bytes")
        if self.arpc is not None and len(self.arpc) != _ARPC:
            raise ValueError("an ARPC has 8 bytes")

    @property
    def approved(self) -> bool:
        """Whether the code says yes."""
        return self.response_code in APPROVED

    def field_55(self) -> bytes:
        """91 (ARPC ‖ response code), where there is one, and the scripts."""
        proof = b""
        if self.arpc is not None:
            proof = tlv.encode(_AUTHENTICATION, self.arpc + self.response_code)
        return proof + b"".join(map(bytes, self.scripts))

    @classmethod
    def parse(cls, response_code: bytes, raw: bytes) -> IssuerAnswer:
        """From the response code and field 55.  Raises MalformedData.

        The code in 91 is that of the message, or the message is not one.
        """
        if len(response_code) != _CODE:
            raise MalformedData("a response code has 2 bytes")
        arpc, scripts = None, []
        for tag, value in tlv.parse(raw):
            if tag == _AUTHENTICATION:
                if len(value) != _ARPC + _CODE or value[_ARPC:] != response_code:
                    raise MalformedData("issuer authentication data are not of this answer")
                arpc = value[:_ARPC]
            else:
                scripts.append(Script.parse(tag, value))
        return cls(response_code, arpc, tuple(scripts))
