"""How the manual names things: anchors and file names, bytes and values as text."""

from __future__ import annotations

import json
import re

from sscard.profiles.file import File
from sscard.profiles.model import Directory

#: Bytes of one kind at the end of an example that are told by their number.
_RUN = 8
#: Bytes of a value that are shown one by one.
_SHOWN = 48
_UNSAFE = re.compile(r"[^A-Za-z0-9-]")


def slug(text: str) -> str:
    """``text`` as part of an anchor or a file name; different texts stay different."""
    return _UNSAFE.sub(lambda found: f"_{ord(found[0]):x}_", text)


def file_place(directory: Directory, file: File) -> str:
    """A file as the profile names it: ``DF03/EF05``."""
    return f"{directory.name}/{file.fid:04X}"


def file_anchor(directory: Directory, file: File) -> str:
    """The anchor of a file: ``DF03-EF05``."""
    return f"{slug(directory.name)}-{file.fid:04X}"


def spaced(raw: bytes) -> str:
    """Bytes two digits each; a long run of one byte at the end is told by its length."""
    text = raw.hex(" ").upper()
    rest = raw.rstrip(raw[-1:])
    run = len(raw) - len(rest)
    if run > _RUN:
        head = rest[:_SHOWN].hex(" ").upper() + (" …" if len(rest) > _SHOWN else "")
        return f"{head} {raw[-1]:02X} × {run}".strip()
    return text if len(raw) <= _SHOWN else f"{raw[:_SHOWN].hex(' ').upper()} … ({len(raw)})"


def shown(value: object) -> str:
    """A value as people read it; constructed ones as JSON."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def readable(raw: bytes) -> str:
    """A name as text where it is text, else in hexadecimal."""
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError:
        return raw.hex().upper()
    return text if text.isprintable() else raw.hex().upper()
