"""What the certificate application wants to see, from a terminal that knows what the card knows."""

from __future__ import annotations

import random
from collections.abc import Callable

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.pki import PkiINS
from sscard.apdu.status import StatusError
from sscard.channel import pki as channel
from sscard.cos.pki import Certificates
from sscard.cos.pki.standing import Standing
from sscard.errors import MalformedData
from sscard.keys import SM4, sm2
from sscard.keys.sm2_keys import SM2PublicKey, generate

#: In the place of a PIN's reference: the current directory's master key.
MASTER = 0xFF
#: What an authority brings.
BROUGHT = generate(random.Random(5).randbytes)
SESSION = SM4(random.Random(6).randbytes(SM4.SIZE))
_PRIVATE_HALF = 0xC0


def with_proof(
    current: Certificates, body: bytes, challenge: Callable[[], bytes]
) -> CommandAPDU | None:
    """One byte is a PIN's reference or ``MASTER``; a command gets its cipher and its MAC.

    None where the card has nothing to prove, or takes such a command as it is.
    """
    standing = current._standing
    try:
        if len(body) == 1:
            return _proof(standing, body[0], challenge())
        return _protected(standing, CommandAPDU.parse(body), challenge)
    except (KeyError, MalformedData, StatusError, ValueError):
        return None


def _proof(standing: Standing, reference: int, challenge: bytes) -> CommandAPDU:
    if reference == MASTER:
        key = standing.current().master.key
        return pki.external_authenticate(channel.cryptogram(key, challenge))
    key = standing.memory.pins[reference].key
    return pki.verify(reference, channel.cryptogram(key, challenge))


def _protected(
    standing: Standing, command: CommandAPDU, challenge: Callable[[], bytes]
) -> CommandAPDU | None:
    if command.ins == PkiINS.CHANGE_ADMIN_PIN:
        key = standing.memory.pins[pki.ADMIN].key
        return channel.change_admin_pin(key, command.data, challenge())
    if command.ins == PkiINS.REPLACE_MASTER:
        key = standing.current().master.key
        return channel.replace_master(key, command.data, challenge())
    if command.ins == PkiINS.DECRYPT:
        point = standing.memory.files[pki.SIGNATURE_PUBLIC].content[-pki.POINT :]
        seeded = random.Random(7).randbytes
        return pki.decrypt(sm2.encrypt(SM2PublicKey(point), SESSION.reveal(), seeded))
    if command.ins == PkiINS.IMPORT_KEY and command.p1 == _PRIVATE_HALF:
        return pki.import_private_key(channel.encipher_private_key(SESSION, BROUGHT.reveal()))
    return None
