"""The command that signs, as a named way: no public source has it (ssc-more 8), so it is assumed.

``gmt0016`` takes what SKF_ECCSignData of GM/T 0016 takes, a hash of 32 bytes that has Z in it, and
answers r ‖ s without the filling of its structures.

Who knows the command of a real card adds it here, or from a program of his own, before he makes a
chip whose settings name it: ``WAYS["mine"] = {(0x80, 0x2A): Row(handler, lc=(32,))}``.  Handlers
get a ``Standing``; ``sign`` does what all ways have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.pki import PkiINS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import Row
from sscard.cos.pki.refusal import as_wrong_data
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import Act
from sscard.keys.sm2_keys import SM2PrivateKey

_DIGEST_DATA = 4 + 2 + pki.DIGEST


def sign_digest(standing: Standing, command: CommandAPDU) -> bytes:
    """r ‖ s over a hash, with the private key of the signature pair."""
    with as_wrong_data():
        private, digest = pki.parse_use(command.data)
    if private != pki.SIGNATURE_PRIVATE:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    return sign(standing, digest)


def sign(standing: Standing, digest: bytes) -> bytes:
    """r ‖ s over a hash of 32 bytes.  Raises StatusError 6985, 6982, 6A80."""
    number = standing.number(standing.container(private=pki.SIGNATURE_PRIVATE))
    standing.require(Act.SIGN)
    if len(digest) != pki.DIGEST:
        raise StatusError(StatusWord.WRONG_DATA)
    return SM2PrivateKey(number).sign_digest(digest, standing.challenges.random)


Rows = Mapping[tuple[int, int], Row[Standing]]
_NONE: Rows = MappingProxyType({})

#: What each way adds to the commands of the ADF.
WAYS: dict[str, Rows] = {
    "none": _NONE,
    "gmt0016": MappingProxyType({(pki.CLASS, PkiINS.SIGN): Row(sign_digest, lc=(_DIGEST_DATA,))}),
}


def way(name: str) -> Rows:
    """The commands of a way; a card whose way this program does not know does not sign."""
    return WAYS.get(name, _NONE)
