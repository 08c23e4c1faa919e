"""Reading whole files through commands: for the audit and for whoever shows a card."""

from __future__ import annotations

from sscard.apdu import iso7816
from sscard.perso.plan import Plan
from sscard.profiles import File

#: Bytes in one READ BINARY: what a short APDU can answer.
_CHUNK = 0x100


def read_file(file: File) -> Plan[tuple[bytes, ...]]:
    """All records of a file in the current directory; a transparent file is one record.

    Raises StatusError when the card refuses, for instance 6982.
    """
    sfi = file.fid & 0x1F
    if file.structure == "transparent":
        return (yield from _binary(sfi, file.length))
    records = []
    for number, template in enumerate(file.record_templates(), start=1):
        command = iso7816.read_record(number, sfi=sfi, ne=template.size)
        records.append((yield command).require(f"read {file.fid:04X} record {number}"))
    return tuple(records)


def _binary(sfi: int, size: int) -> Plan[tuple[bytes, ...]]:
    """The first command names the file, which makes it current for the ones behind it."""
    content = b""
    while len(content) < size:
        ne = min(_CHUNK, size - len(content))
        command = iso7816.read_binary(ne, sfi=0 if content else sfi, offset=len(content))
        part = (yield command).require(f"read binary at {len(content)}")
        if not part:
            break
        content += part
    return (content,)
