"""Directories and files of the application, read and written in parts (ssc-more 1.1, 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import iso7816, pki
from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.perso.plan import Plan
from sscard.profiles.certificates import CertificateApplication, CertificateFile

#: What one UPDATE BINARY of a certificate was seen to carry (ssc-more 1.3 [T]).
CHUNK = 0x70
_READ = 0x100
_HEAD = 2
_FILL = b"\0"
_EMPTY = (0x00, 0xFF)


def enter(application: CertificateApplication) -> Plan[tuple[bytes, bytes]]:
    """Select the DDF, then the ADF; both FCIs.  Raises StatusError."""
    ddf = yield from enter_ddf(application)
    adf = (yield iso7816.select(application.adf_name)).require("select the certificate ADF")
    return ddf, adf


def enter_ddf(application: CertificateApplication) -> Plan[bytes]:
    """Select the DDF alone; its FCI.  Raises StatusError."""
    return (yield iso7816.select(application.ddf_name)).require("select the certificate DDF")


def file_of(application: CertificateApplication, fid: int) -> CertificateFile:
    """The file as it is declared."""
    return next(each for each in application.files if each.fid == fid)


def read(application: CertificateApplication, fid: int) -> Plan[bytes]:
    """All of a file in the current ADF.  Raises StatusError."""
    content, size = b"", file_of(application, fid).size
    (yield iso7816.select_fid(fid)).require(f"select EF {fid:04X}")
    while len(content) < size:
        command = iso7816.read_binary(min(_READ, size - len(content)), offset=len(content))
        part = (yield command).require(f"read EF {fid:04X} at {len(content)}")
        if not part:
            break
        content += part
    return content


def read_key(application: CertificateApplication, fid: int) -> Plan[SM2PublicKey | None]:
    """The public key in a file, behind its two bytes; None where there is none yet.

    Raises StatusError, and MalformedData for what is no key.
    """
    content = yield from read(application, fid)
    return parse_key(content, fid)


def parse_key(content: bytes, fid: int) -> SM2PublicKey | None:
    """The public key in a file's content, as ``read_key``."""
    if len(content) != _HEAD + pki.POINT:
        raise MalformedData(f"EF {fid:04X} has {len(content)} bytes, which is no public key")
    if is_empty(content):
        return None
    try:
        return SM2PublicKey(content[-pki.POINT :])
    except ValueError:
        raise MalformedData(f"EF {fid:04X} holds no SM2 public key") from None


def is_empty(content: bytes) -> bool:
    """Whether a file holds nothing but its fill."""
    return any(content == bytes((fill,)) * len(content) for fill in _EMPTY)


def filled(application: CertificateApplication, fid: int, content: bytes) -> bytes:
    """The whole file: fill behind a certificate, so that nothing of a longer one stays."""
    return content.ljust(file_of(application, fid).size, _FILL)


def write(fid: int, wanted: bytes, found: bytes) -> Plan[None]:
    """Write of a file's whole content what differs from ``found``, which zeros follow.

    Raises StatusError.
    """
    (yield iso7816.select_fid(fid)).require(f"select EF {fid:04X}")
    for at, part in _differences(wanted, found):
        command = iso7816.update_binary(part, offset=at)
        (yield command).require(f"write EF {fid:04X} at {at}")


def _differences(wanted: bytes, found: bytes) -> Iterator[tuple[int, bytes]]:
    """The chunks that are another, each up to its last byte that is."""
    for at in range(0, len(wanted), CHUNK):
        chunk, there = wanted[at : at + CHUNK], found[at : at + CHUNK].ljust(CHUNK, _FILL)
        ends = [n for n, byte in enumerate(chunk, start=1) if byte != there[n - 1]]
        if ends:
            yield at, chunk[: ends[-1]]
