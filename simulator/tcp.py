"""The card over TCP for sscard's own transport: power and protocol are part of it, pcscd is not.

A frame is ``length`` (4 bytes, of what follows), ``kind`` (1 byte), body; numbers are big-endian.
The card speaks first, HELLO, and then answers each request with one frame.  docs/simulator.md has
the whole format; ``FRAME`` and ``HELLO`` describe it for construct.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType

from sscard.cos.protocol import Protocol

MAGIC, VERSION = b"SSCARD", 1
#: The longest frame behind its length: kind and an extended APDU.
LONGEST = 1 + 0x10100
_HEAD = struct.Struct(">IB")  # length and kind
_LENGTH = 4


@unique
class Request(IntEnum):
    """What a program asks for."""

    #: Power or a reset; the body is the protocol, the answer ATR or ATS.
    RESET = 1
    #: One command: on T=0 a TPDU, else an APDU.
    TRANSMIT = 2
    POWER_OFF = 3
    #: Protocol and parameters selection, straight after the reset.
    PPS = 4


@unique
class Answer(IntEnum):
    """What the card's side says; all but DONE have a text for people as body."""

    #: Also HELLO: magic, version, and the protocols that the card has.
    DONE = 0
    NO_POWER = 1
    #: Removed, or it did not answer.
    NO_CARD = 2
    #: The request cannot be read, or asks for what the card has not.
    REFUSED = 3
    IN_USE = 4


#: Protocols as numbers.
PROTOCOLS: Mapping[int, Protocol] = MappingProxyType(
    {0: Protocol.T0, 1: Protocol.T1, 2: Protocol.CONTACTLESS}
)
