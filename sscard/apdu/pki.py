"""Builders and data of the certificate application's commands (ssc-more 1.3).

The data fields are objects of tag, length and value; a length is one byte, or 81 or 82 and one or
two more, also where fewer would do.  SELECT, VERIFY and the binary commands are ``iso7816``'s.
"""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.apdu import tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData

#: ``PKI.社会保障`` in GBK, and the application below it (ssc-more 1.1 [2+]).
DDF_NAME = bytes.fromhex("504B492EC9E7BBE1B1A3D5CF")
ADF_NAME = b"SS.CERT.ADF1"
ADF_FID = 0xDF01
#: Both pairs and their certificates (ssc-more 1.1 [2+]).
SIGNATURE_PUBLIC, SIGNATURE_PRIVATE, ENCRYPTION_PUBLIC, ENCRYPTION_PRIVATE = range(0x12, 0x16)
SIGNATURE_CERTIFICATE, ENCRYPTION_CERTIFICATE = 0x18, 0x19
#: P2 of VERIFY (ssc-more 1.2 [2+]).
USER, ADMIN = 0x81, 0x00
CHALLENGE = 16
POINT, NUMBER, DIGEST = 64, 32, 32
CLASS = 0x80

_PUBLIC_FILE, _PRIVATE_FILE, _DATA, _POINT, _NUMBER = 0xC0, 0xC2, 0xC1, 0xCA, 0xCB
_HEAD = 2  # tag and length of a public key as it is stored
_CIPHER = POINT + DIGEST + 16  # C1 ‖ C3 ‖ C2 of a session key
_PROOF_P1 = 0x01


@unique
class PkiINS(IntEnum):
    """Instruction bytes that only this application has."""

    GENERATE_KEY_PAIR = 0x40
    SET_SESSION_KEY = 0x4A
    DECRYPT = 0x4E
    CHANGE_ADMIN_PIN = 0x5E
    #: No public source has it.  That of ECCSignData in GM/T 0017-2012, the commands of USB tokens
    #: [1]; there 4E is another command than here, so it may be wrong (assumed).
    SIGN = 0x74
    IMPORT_KEY = 0xC2
    HASH = 0xC4
    EXPORT_PUBLIC_KEY = 0xC9
    REPLACE_MASTER = 0xD4


def get_challenge(size: int = CHALLENGE) -> CommandAPDU:
    """Ask for 16 random bytes; one program asks for 8 (ssc-more 1.3 [T], [1])."""
    return CommandAPDU(0x00, INS.GET_CHALLENGE, ne=size)


def verify(reference: int, cryptogram: bytes) -> CommandAPDU:
    """Show the user's or the administrator's PIN; the channel makes the cryptogram."""
    return CommandAPDU(0x00, INS.VERIFY, _PROOF_P1, reference, cryptogram)


def tries_left(reference: int) -> CommandAPDU:
    """Ask how many tries a PIN has left, without using one (assumed)."""
    return CommandAPDU(0x00, INS.VERIFY, _PROOF_P1, reference)


def external_authenticate(cryptogram: bytes) -> CommandAPDU:
    """Show the master key of the current directory."""
    return CommandAPDU(0x00, INS.EXTERNAL_AUTHENTICATE, data=cryptogram)


def generate_key_pair(
    public: int = SIGNATURE_PUBLIC, private: int = SIGNATURE_PRIVATE
) -> CommandAPDU:
    """Make a new pair of SM2 keys in these files."""
    return CommandAPDU(CLASS, PkiINS.GENERATE_KEY_PAIR, data=pair(public, private))


def choose_public_key(
    public: int = SIGNATURE_PUBLIC, private: int = SIGNATURE_PRIVATE
) -> CommandAPDU:
    """Say which public key ``export_public_key`` shall give."""
    return CommandAPDU(CLASS, PkiINS.EXPORT_PUBLIC_KEY, 0x82, 0x00, pair(public, private))


def export_public_key() -> CommandAPDU:
    """The public key that was chosen: head of 2 bytes, X ‖ Y."""
    return CommandAPDU(CLASS, PkiINS.EXPORT_PUBLIC_KEY, 0x82, 0x80, ne=_HEAD + POINT)


def decrypt(cipher: bytes, private: int = SIGNATURE_PRIVATE) -> CommandAPDU:
    """Decrypt a session key that was enciphered for this pair: C1 ‖ C3 ‖ C2, 112 bytes."""
    if len(cipher) != _CIPHER:
        raise ValueError(f"the cipher of a session key has {_CIPHER} bytes")
    data = _file(_PRIVATE_FILE, private) + b"\xc1\x82" + len(cipher).to_bytes(2, "big") + cipher
    return CommandAPDU(CLASS, PkiINS.DECRYPT, 0x00, 0x01, data, 16)


def set_session_key(key: bytes) -> CommandAPDU:
    """Give the key under which a private key will come; 16 bytes, in clear as on the wire."""
    return CommandAPDU(CLASS, PkiINS.SET_SESSION_KEY, 0x02, 0x10, tlv.encode(_DATA, key))


def import_public_key(point: bytes, public: int = ENCRYPTION_PUBLIC) -> CommandAPDU:
    """Write the public half of the encryption pair: X ‖ Y."""
    data = _file(_PUBLIC_FILE, public) + stored_point(point)
    return CommandAPDU(CLASS, PkiINS.IMPORT_KEY, 0x40, 0x00, data)


def import_private_key(enciphered: bytes, private: int = ENCRYPTION_PRIVATE) -> CommandAPDU:
    """Write the private half, 32 bytes in ECB under the session key."""
    if len(enciphered) != NUMBER:
        raise ValueError(f"an SM2 private key has {NUMBER} bytes")
    data = _file(_PRIVATE_FILE, private) + tlv.encode(_NUMBER, enciphered)
    return CommandAPDU(CLASS, PkiINS.IMPORT_KEY, 0xC0, 0x01, data)


def hash_message(message: bytes) -> CommandAPDU:
    """SM3 of a message, without Z (ssc-more 1.3 [T])."""
    return CommandAPDU(CLASS, PkiINS.HASH, 0x01, 0x03, tlv.encode(_DATA, message), DIGEST)


def sign(digest: bytes, private: int = SIGNATURE_PRIVATE) -> CommandAPDU:
    """r ‖ s over a hash that has Z in it, as SKF_ECCSignData takes it (GM/T 0016; assumed)."""
    if len(digest) != DIGEST:
        raise ValueError(f"a hash has {DIGEST} bytes")
    data = _file(_PRIVATE_FILE, private) + tlv.encode(_DATA, digest)
    return CommandAPDU(CLASS, PkiINS.SIGN, data=data, ne=POINT)


def change_admin_pin(new: bytes) -> CommandAPDU:
    """Another administrator's PIN, in packed digits; the channel enciphers and MACs it."""
    return CommandAPDU(CLASS, PkiINS.CHANGE_ADMIN_PIN, 0x01, 0x00, new)


def replace_master(content: bytes) -> CommandAPDU:
    """Another master key behind its three bytes 00; the channel enciphers and MACs it."""
    return CommandAPDU(CLASS, PkiINS.REPLACE_MASTER, 0x01, 0x00, content)


def pair(public: int, private: int) -> bytes:
    """Both files of a pair, as the commands name them."""
    return _file(_PUBLIC_FILE, public) + _file(_PRIVATE_FILE, private)


def stored_point(point: bytes) -> bytes:
    """A public key with its head, as it comes and is read: ``CA 40 X Y`` (reading: inferred).

    ValueError unless it has 64 bytes.
    """
    if len(point) != POINT:
        raise ValueError(f"an SM2 public key has {POINT} bytes")
    return tlv.encode(_POINT, point)


def parse_pair(data: bytes) -> tuple[int, int]:
    """The two files of a pair.  Raises MalformedData."""
    public, private = _values(data, _PUBLIC_FILE, _PRIVATE_FILE)
    return _fid(public), _fid(private)


def parse_use(data: bytes) -> tuple[int, bytes]:
    """The private key's file, and what it shall be used on.  Raises MalformedData."""
    file, content = _values(data, _PRIVATE_FILE, _DATA)
    return _fid(file), content


def parse_data(data: bytes) -> bytes:
    """The one value of a command that names no file.  Raises MalformedData."""
    (content,) = _values(data, _DATA)
    return content


def parse_point(data: bytes) -> tuple[int, bytes]:
    """File and X ‖ Y of ``import_public_key``.  Raises MalformedData."""
    return _parse_half(data, _PUBLIC_FILE, _POINT, POINT)


def parse_number(data: bytes) -> tuple[int, bytes]:
    """File and cipher of ``import_private_key``.  Raises MalformedData."""
    return _parse_half(data, _PRIVATE_FILE, _NUMBER, NUMBER)


def _parse_half(data: bytes, file_tag: int, tag: int, size: int) -> tuple[int, bytes]:
    file, content = _values(data, file_tag, tag)
    if len(content) != size:
        raise MalformedData(f"tag {tag:X} has {len(content)} bytes instead of {size}")
    return _fid(file), content


def _values(data: bytes, *tags: int) -> tuple[bytes, ...]:
    """The values of exactly these objects, in this order."""
    found = tuple(tlv.parse(data))
    if tuple(tag for tag, _ in found) != tags:
        raise MalformedData(f"not the objects {' '.join(f'{tag:X}' for tag in tags)}")
    return tuple(value for _, value in found)


def _file(tag: int, fid: int) -> bytes:
    return tlv.encode(tag, fid.to_bytes(2, "big"))


def _fid(value: bytes) -> int:
    if len(value) != 2:
        raise MalformedData("a file identifier has two bytes")
    return int.from_bytes(value, "big")
