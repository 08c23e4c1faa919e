"""SCP02 as EMV CPS uses it, the card's side: the mirror of ``scp02`` (pboc 1.2 to 1.7)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.initialize_update import InitializeUpdateResponse
from sscard.channel.scp02_session import (
    MAC_SIZE,
    SCP02,
    SECURE,
    Scp02Session,
    SecurityLevel,
)
from sscard.errors import MalformedData
from sscard.keys import cps, des
from sscard.keys.cps import CardKeys
from sscard.keys.tripledes import BLOCK

_LEVELS = frozenset(SecurityLevel)


@dataclass(frozen=True, slots=True)
class Scp02Identity:
    """What an application instance holds for its channel from the factory on."""

    keys: CardKeys
    keydata: bytes
    key_version: int = 0x01


class Scp02Card:
    """One session, the card's end: from INITIALIZE UPDATE to the first error or the next reset.

    Every refusal is a StatusError.  After a wrong cryptogram or MAC the session is over: what
    follows gets 6985 until the host starts again.
    """

    __slots__ = ("_expects_host", "_level", "_session", "response")

    def __init__(
        self, identity: Scp02Identity, sequence: bytes, host_challenge: bytes, challenge: bytes
    ) -> None:
        keys = cps.session_keys(identity.keys, sequence)
        self._session = Scp02Session(keys, host_challenge, sequence, challenge)
        self._level: SecurityLevel | None = None
        self._expects_host = True
        #: The answer to INITIALIZE UPDATE.
        self.response = InitializeUpdateResponse(
            identity.keydata,
            identity.key_version,
            SCP02,
            sequence,
            challenge,
            self._session.card_cryptogram(),
        )

    @property
    def level(self) -> SecurityLevel | None:
        """What the host chose, or None while it is not authenticated."""
        return self._level

    def external_authenticate(self, command: CommandAPDU) -> None:
        """Take the host's proof: 6300 for a wrong cryptogram, 6988 for a wrong MAC.

        6985 when it is not the command after INITIALIZE UPDATE, 6A86 for a security level there
        is not, 6700 for anything but 16 bytes.
        """
        if not self._expects_host:
            raise _refused(StatusWord.CONDITIONS_NOT_SATISFIED)
        if command.p1 not in _LEVELS or command.p2:
            raise _refused(StatusWord.WRONG_P1P2)
        if len(command.data) != 2 * MAC_SIZE:
            raise _refused(StatusWord.WRONG_LENGTH)
        self._expects_host = False
        cryptogram, mac = command.data[:MAC_SIZE], command.data[MAC_SIZE:]
        if not hmac.compare_digest(cryptogram, self._session.host_cryptogram()):
            raise _refused(StatusWord.AUTHENTICATION_FAILED)
        self._check(command, cryptogram, mac)
        self._level = SecurityLevel(command.p1)

    def unwrap(self, command: CommandAPDU) -> CommandAPDU:
        """The command in plain and with CLA bit 3 clear.

        6985 without an open session, 6987 where the MAC is missing, 6988 where it or the padding
        is wrong, 6E00 for a protected command at level 00.
        """
        if self._level is None:
            raise _refused(StatusWord.CONDITIONS_NOT_SATISFIED)
        if self._level is SecurityLevel.NONE:
            return _plain(command)
        if not command.cla & SECURE or len(command.data) < MAC_SIZE:
            self._level = None
            raise _refused(StatusWord.MAC_MISSING)
        sent, mac = command.data[:-MAC_SIZE], command.data[-MAC_SIZE:]
        data = self._deciphered(sent) if self._level is SecurityLevel.C_MAC_C_ENC else sent
        self._check(command, data, mac)
        plain = command.cla & ~SECURE
        return CommandAPDU(plain, command.ins, command.p1, command.p2, data, command.ne)

    def decipher(self, value: bytes) -> bytes:
        """The plain value of a secret DGI; 6A80 unless it is whole blocks (pboc 1.6 [H])."""
        if len(value) % BLOCK:
            raise _refused(StatusWord.WRONG_DATA)
        return des.ecb_decrypt(self._session.keys.dek, value)

    def _check(self, command: CommandAPDU, data: bytes, mac: bytes) -> None:
        if not hmac.compare_digest(mac, self._session.mac(command.cla, command, data)):
            self._level = None
            raise _refused(StatusWord.MAC_WRONG)
        self._session.advance(mac)

    def _deciphered(self, sent: bytes) -> bytes:
        if not sent:
            return sent  # a command without data is not enciphered
        try:
            return des.unpad80(des.cbc_decrypt(self._session.keys.enc, sent))
        except (MalformedData, ValueError):
            self._level = None
            raise _refused(StatusWord.MAC_WRONG) from None


def _plain(command: CommandAPDU) -> CommandAPDU:
    if command.cla & SECURE:
        raise _refused(StatusWord.CLA_NOT_SUPPORTED)
    return command


def _refused(sw: StatusWord) -> StatusError:
    return StatusError(sw, "personalization channel")
