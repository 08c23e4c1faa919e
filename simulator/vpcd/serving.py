"""What a card does with the messages of the virtual reader's protocol.

Two bytes of length, then a message: one byte is a control, more are a command.  0 power off, 1
power on, 2 reset, 4 give the ATR; only the ATR is answered, and commands.  Whoever asks for the ATR
wants to know whether a card is there: the end of the connection is a removed card.
"""

from __future__ import annotations

import socket
from enum import IntEnum, unique

from ..frames import Frames
from ..reader import Reader

_LENGTH, _LONGEST = 2, 0xFFFF


@unique
class Control(IntEnum):
    """Messages of one byte; others are not answered."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


def frames(connection: socket.socket) -> Frames:
    """Messages as this protocol sends them, for either side."""
    return Frames(connection, size=_LENGTH, longest=_LONGEST)


def serve(connection: socket.socket, reader: Reader) -> None:
    """Be the card until the other side ends; then it has no power.

    Raises TransportError when the card does not answer, and OSError when the connection breaks.
    """
    messages = frames(connection)
    receive, send, transmit = messages.receive, messages.send, reader.transmit
    try:
        while (message := receive()) is not None:
            if len(message) > 1:
                send(transmit(message))
            elif message:
                _control(message[0], messages, reader)
    finally:
        reader.power_off()


def _control(code: int, messages: Frames, reader: Reader) -> None:
    if code == Control.GET_ATR:
        messages.send(reader.atr)
    elif code in (Control.POWER_ON, Control.RESET):
        reader.power_on()
    elif code == Control.POWER_OFF:
        reader.power_off()
