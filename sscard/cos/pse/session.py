"""The personalization channel of an instance, and the groupings that come through it (pboc 1.6)."""

from __future__ import annotations

from sscard.apdu import cps, dgi
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import Scp02Card
from sscard.cos.challenge import Challenges
from sscard.cos.pse.instance import Keyed
from sscard.cos.pse.state import ChannelState

#: Bits of P1 of STORE DATA (pboc 1.6 [H]): no more follows; all DGIs in it are under SKUDEK; those
#: are that the application knows to be secret.
LAST, _ALL, _DEPENDENT = 0x80, 0x60, 0x20


class Session:
    """From INITIALIZE UPDATE to the last block, the next SELECT, or the first broken MAC.

    ``in_order`` says whether block numbers must count up (decision 29).
    """

    def __init__(self, holder: Keyed, challenges: Challenges, *, in_order: bool = True) -> None:
        self._holder = holder
        self._challenges = challenges
        self._in_order = in_order
        self._channel: Scp02Card | None = None
        #: The block that is due.
        self._block = 0
        #: What a DGI has so far; what the present command leaves open; how they are enciphered.
        self._pending, self._open, self._mode = b"", b"", 0

    @property
    def state(self) -> ChannelState:
        """How far it is."""
        if self._channel is None:
            return ChannelState.CLOSED
        return ChannelState.INITIALIZED if self._channel.level is None else ChannelState.SECURED

    def open(self, host_challenge: bytes) -> bytes:
        """Begin a channel; the answer to INITIALIZE UPDATE (pboc 1.2 [H])."""
        challenge = self._challenges.give(8)[:6]
        self._challenges.forget()  # it is for this channel, not for EXTERNAL AUTHENTICATE of others
        holder = self._holder
        self._channel = Scp02Card(holder.identity, holder.sequence, host_challenge, challenge)
        self._block, self._pending = 0, b""
        return bytes(self._channel.response)

    def authenticate(self, command: CommandAPDU) -> None:
        """Check the host's proof.  Raises StatusError 6300, 6988, 6985."""
        self._opened().external_authenticate(command)
        self._holder.count_session()

    def close(self) -> None:
        """End the channel."""
        self._channel = None

    def unwrap(self, command: CommandAPDU) -> CommandAPDU:
        """A command in plain.  Raises StatusError 6987, 6988, 6E00, 6985."""
        return self._opened().unwrap(command)

    def groupings(self, command: CommandAPDU) -> tuple[tuple[int, bytes], ...]:
        """The (DGI, plain value) pairs that are complete with this STORE DATA.

        A DGI may go on over several commands (pboc 1.6 [M]); when one is refused, what was open
        starts anew.  Raises StatusError 6A86 (block out of order, or the last leaves a DGI open),
        6987, 6988, 6A80, 6A84.
        """
        channel, mode = self._opened(), command.p1 & _ALL
        if self._out_of_order(command.p2) or (self._pending and mode != self._mode):
            raise StatusError(StatusWord.WRONG_P1P2)
        raw = self._pending + channel.unwrap(command).data
        lacking, end = cps.missing(raw), cps.whole(raw)
        if len(raw) - end + lacking > self._holder.partition.size:
            self._pending = b""
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
        if lacking and command.p1 & LAST:
            raise StatusError(StatusWord.WRONG_P1P2)
        self._pending, self._open, self._mode = b"", raw[end:], mode
        return tuple(
            (each, channel.decipher(value) if _enciphered(each, mode) else value)
            for each, value in cps.parse_dgis(raw[:end])
        )

    def accepted(self) -> None:
        """The block was taken: the next number is due.  A refused block keeps its number."""
        self._block = (self._block + 1) & 0xFF
        self._pending = self._open

    def _out_of_order(self, block: int) -> bool:
        return self._in_order and block != self._block

    def _opened(self) -> Scp02Card:
        if self._channel is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self._channel


def _enciphered(identifier: int, mode: int) -> bool:
    return mode == _ALL or (mode == _DEPENDENT and dgi.secret(identifier))
