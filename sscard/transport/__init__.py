"""How bytes reach a card (PC/SC readers, the simulator's TCP connection), and how long it takes.

What connects to a card has ``reset`` and ``transmit`` as ``sscard.perso.plan.Connection`` says.
"""

from __future__ import annotations

from sscard.transport.errors import (
    CardMute,
    CardRemoved,
    NoCard,
    NoReader,
    NoService,
    ReaderInUse,
)
from sscard.transport.pcsc import Service
from sscard.transport.pcsc_connection import PcscConnection
from sscard.transport.readers import Reader, ReaderState, by_antenna, chosen
from sscard.transport.tcp import TcpConnection, TcpProtocol

__all__ = [
    "CardMute",
    "CardRemoved",
    "NoCard",
    "NoReader",
    "NoService",
    "PcscConnection",
    "Reader",
    "ReaderInUse",
    "ReaderState",
    "Service",
    "TcpConnection",
    "TcpProtocol",
    "by_antenna",
    "chosen",
]
