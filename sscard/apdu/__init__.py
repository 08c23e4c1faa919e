"""What goes over the wire: commands, responses, status words, TLV, ATR; builders per standard."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord

__all__ = ["INS", "CommandAPDU", "ResponseAPDU", "StatusError", "StatusWord"]
