"""The selected instance with what it forgets: channel, DGI under way, transaction."""

from __future__ import annotations

from sscard.apdu import cps
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import Scp02Card
from sscard.cos.challenge import Challenges
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.state import ChannelState
from sscard.cos.pse.transaction import NONE, Transaction

#: Bits of P1 of STORE DATA: no more follows; all DGIs in it are under SKUDEK (pboc 1.6 [H]).
LAST, _ENCIPHERED = 0x80, 0x60


class Selected:
    """Made by SELECT and dropped by the next: no channel outlives a selection."""

    def __init__(
        self, instance: Instance, challenges: Challenges, *, contactless: bool = False
    ) -> None:
        self.instance = instance
        self.challenges = challenges
        #: Whether the card was reset over its antenna.
        self.contactless = contactless
        #: A value that handlers replace, never change: so what a command did can be taken back.
        self.transaction: Transaction = NONE
        self._channel: Scp02Card | None = None
        self._block = 0
        self._pending = b""
        self._pending_mode = 0

    @property
    def channel_state(self) -> ChannelState:
        """How far the personalization channel is."""
        if self._channel is None:
            return ChannelState.CLOSED
        return ChannelState.INITIALIZED if self._channel.level is None else ChannelState.SECURED

    def open(self, host_challenge: bytes) -> bytes:
        """Begin a channel; the answer to INITIALIZE UPDATE (pboc 1.2 [H])."""
        challenge = self.challenges.give(8)[:6]
        self.challenges.forget()  # it is for this channel, not for EXTERNAL AUTHENTICATE of others
        instance = self.instance
        self._channel = Scp02Card(instance.identity, instance.sequence, host_challenge, challenge)
        self._block, self._pending = 0, b""
        return bytes(self._channel.response)

    def authenticate(self, command: CommandAPDU) -> None:
        """Check the host's proof.  Raises StatusError 6300, 6988, 6985."""
        self._opened().external_authenticate(command)
        self.instance.count_session()

    def close(self) -> None:
        """End the channel."""
        self._channel = None

    def groupings(self, command: CommandAPDU) -> tuple[tuple[int, bytes], ...]:
        """The (DGI, plain value) pairs that are complete with this STORE DATA.

        A DGI may go on over several commands (pboc 1.6 [M]); a refused one starts anew.  Raises
        StatusError 6A86 (block out of order, or the last leaves a DGI open), 6987, 6988, 6A80,
        6A84.
        """
        channel, mode = self._opened(), command.p1 & _ENCIPHERED
        if command.p2 != self._block or (self._pending and mode != self._pending_mode):
            raise StatusError(StatusWord.WRONG_P1P2)
        raw = self._pending + channel.unwrap(command).data
        lacking = cps.missing(raw)
        if len(raw) + lacking > self.instance.partition.size:
            self._pending = b""
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
        if lacking and command.p1 & LAST:
            raise StatusError(StatusWord.WRONG_P1P2)
        self._pending, self._pending_mode = (raw, mode) if lacking else (b"", 0)
        if lacking:
            return ()
        decipher = channel.decipher if mode else bytes
        return tuple((dgi, decipher(value)) for dgi, value in cps.parse_dgis(raw))

    def accepted(self) -> None:
        """The block was taken: the next number is due.  A refused block keeps its number."""
        self._block = (self._block + 1) & 0xFF

    def _opened(self) -> Scp02Card:
        if self._channel is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return self._channel
