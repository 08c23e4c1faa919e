"""The encryption pair on its way to the card, opened with the session key of the same trace."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.pki import PkiINS
from sscard.channel import pki as channel
from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.types import SM4
from sscard.trace.row import Detail

#: Of a recording, in which secrets are zeros.
WIPED = "未核对：记录中已抹去 not checked: not kept in the recording"
_NO_SESSION = "未核对：记录中无会话密钥 not checked: no session key in the trace"
_PUBLIC = 0x40


class Brought:
    """What one power-up brings: session key and public half are what the card agreed to last."""

    def __init__(self) -> None:
        self._decrypted = self._point = b""
        self._session: SM4 | None = None

    def command(self, command: CommandAPDU) -> tuple[Detail, ...]:
        """Whether a key that comes is the right one."""
        try:
            if command.ins == PkiINS.SET_SESSION_KEY:
                return self._given(pki.parse_data(command.data))
            if command.ins == PkiINS.IMPORT_KEY and command.p1 != _PUBLIC:
                return self._half(pki.parse_number(command.data)[1])
        except MalformedData:
            pass
        return ()

    def answer(self, asked: CommandAPDU, data: bytes) -> None:
        """The card has agreed to ``asked``, and answered ``data``."""
        if asked.ins == PkiINS.DECRYPT:
            self._decrypted = data
        try:
            if asked.ins == PkiINS.SET_SESSION_KEY:
                self._session = _key(pki.parse_data(asked.data))
            if asked.ins == PkiINS.IMPORT_KEY and asked.p1 == _PUBLIC:
                self._point = pki.parse_point(asked.data)[1]
        except MalformedData:
            pass

    def _given(self, key: bytes) -> tuple[Detail, ...]:
        if not any(key):
            said = WIPED
        elif not any(self._decrypted):
            return ()
        else:
            same = "一致 as" if key == self._decrypted else "不同 NOT as"
            said = f"与私钥解密结果{same} the card has decrypted it"
        return (Detail(0, None, "会话密钥", "session key", "", said),)

    def _half(self, enciphered: bytes) -> tuple[Detail, ...]:
        session = self._session
        said = _NO_SESSION if session is None else self._belongs(session, enciphered)
        return (Detail(0, None, "私钥", "private key", "", said),)

    def _belongs(self, session: SM4, enciphered: bytes) -> str:
        try:
            pair = SM2PrivateKey(channel.decipher_private_key(session, enciphered))
        except ValueError:
            return "不是私钥 no private key under the session key"
        same = "相符 belongs" if bytes(pair.public) == self._point else "不符 does NOT belong"
        return f"与公钥{same} to the public key"


def _key(value: bytes) -> SM4 | None:
    return SM4(value) if len(value) == SM4.SIZE and any(value) else None
