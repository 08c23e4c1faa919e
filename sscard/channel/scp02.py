"""SCP02 as EMV CPS uses it, the host's side (pboc 1.2 to 1.5 [H, V]).

response = InitializeUpdateResponse.parse(data)
keys = store.session_keys(response.keydata, response.sequence)
channel = Scp02Host.open(keys, host_challenge, response)
send(channel.external_authenticate(SecurityLevel.C_MAC))
send(channel.wrap(cps.store_data(…)))
"""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.channel.initialize_update import InitializeUpdateResponse
from sscard.channel.scp02_session import (
    MAC_SIZE,
    SCP02,
    SECURE,
    Scp02Session,
    SecurityLevel,
)
from sscard.errors import MalformedData, NotVerified
from sscard.keys import des
from sscard.keys.cps import SessionKeys

#: With the MAC, in a short command and in an extended one.
_LONGEST = {False: 0xFF - MAC_SIZE, True: 0xFFFF - MAC_SIZE}


class Scp02Host:
    """One open channel, the host's end.  Each command is wrapped once, in the order it is sent."""

    __slots__ = ("_level", "_session")

    def __init__(self, session: Scp02Session) -> None:
        self._session = session
        self._level = SecurityLevel.NONE

    @classmethod
    def open(
        cls, keys: SessionKeys, host_challenge: bytes, response: InitializeUpdateResponse
    ) -> Scp02Host:
        """The channel to the card that answered so.

        Raises MalformedData for a card that speaks another protocol, and NotVerified when its
        cryptogram is wrong: its keys are not ours, and nothing was tried on it yet.
        """
        if response.protocol != SCP02:
            raise MalformedData(f"the card speaks SCP{response.protocol:02X}, not SCP02")
        session = Scp02Session(keys, host_challenge, response.sequence, response.card_challenge)
        if not hmac.compare_digest(response.cryptogram, session.card_cryptogram()):
            raise NotVerified("the card's cryptogram is wrong: its channel keys are others")
        return cls(session)

    def external_authenticate(self, level: SecurityLevel = SecurityLevel.C_MAC) -> CommandAPDU:
        """The host's proof; the commands after it are protected as ``level`` says."""
        bare = CommandAPDU(
            0x80, INS.EXTERNAL_AUTHENTICATE, level, data=self._session.host_cryptogram()
        )
        self._level = level
        return self._protect(bare, encipher=False)

    def wrap(self, command: CommandAPDU) -> CommandAPDU:
        """The command as the security level wants it; at level 00 unchanged.

        ValueError for more data than a short APDU carries (247 bytes, 239 enciphered); one that is
        extended before stays so.
        """
        if self._level is SecurityLevel.NONE:
            return command
        return self._protect(command, encipher=self._level is SecurityLevel.C_MAC_C_ENC)

    def encipher(self, value: bytes) -> bytes:
        """The value of a secret DGI, whole blocks, under SKUDEK in ECB (pboc 1.6 [H])."""
        return des.ecb_encrypt(self._session.keys.dek, value)

    def _protect(self, command: CommandAPDU, *, encipher: bool) -> CommandAPDU:
        secure, data = command.cla | SECURE, command.data
        # The MAC is over the plain data and the length it would have; C-ENC comes after.
        sent = (
            des.cbc_encrypt(self._session.keys.enc, des.pad80(data)) if encipher and data else data
        )
        if len(sent) > _LONGEST[command.extended]:
            raise ValueError(f"too long for the channel: {len(data)} bytes")
        mac = self._session.mac(secure, command, data)
        self._session.advance(mac)
        return CommandAPDU(secure, command.ins, command.p1, command.p2, sent + mac, command.ne)
