"""Rows of ``reach``, ``financial`` and ``applications``: what is where on the card.

What answers over the antenna is the profile's word (``[[contactless.reach]]``).
"""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading
from sscard.profiles import Profile

_FINANCIAL = (("PSE", "contact"), ("DEBIT", ""), ("PPSE", "contactless"))
#: How ``reach`` calls them, and cases.
_NAMES = {"PSE": "PSE", "PPSE": "PPSE", "debit": "DEBIT"}
_REACHED = ("可访问", "it answers", "9000")
_NOT_REACHED = ("不可访问", "it does not answer", "not over the antenna")


def financial(profile: Profile) -> Iterator[Row]:
    """The applications of the bank, each with the interface on which it is sure to answer."""
    del profile
    for name, interface in _FINANCIAL:
        yield {"application": name, "interface": interface, "directory": name}


def applications(profile: Profile) -> Iterator[Row]:
    """Every directory of the card, the main one and the bank's."""
    yield {"application": "MF", "interface": "contact", "directory": "MF", "there": ""}
    for directory in profile.directories:
        name = directory.name
        yield {
            "application": name,
            "interface": "",
            "directory": name,
            "there": f"directory {name}",
        }
    for row in financial(profile):
        yield row | {"there": f"application {row['application']}"}


def reach(profile: Profile) -> Iterator[Row]:
    """What the profile says of the antenna, a row for each; none for a card without one."""
    for each in profile.contactless.reach if profile.contactless else ():
        zh, en, expected = _NOT_REACHED if each.over == "contact" else _REACHED
        about: Row = {"target": each.target, "over": each.over, "mark": each.mark}
        about |= {"zh": zh, "en": en, "expected": expected}
        directory, _, fid = each.target.partition("/")
        if each.target in _NAMES:
            name = _NAMES[each.target]
            yield about | {"kind": "financial", "application": name, "directory": name}
        elif any(own.name == each.target for own in profile.directories):
            yield about | {"kind": "directory", "directory": each.target}
        elif each.target == "certificates":
            yield about | {"kind": "certificates", "directory": "ACSE"}
        elif fid and directory != "MF":
            yield about | _file(profile, directory, int(fid, 16))


def _file(profile: Profile, name: str, fid: int) -> Row:
    directory = profile.directory(name)
    file = directory.file(fid)
    ways = reading(profile, directory, file)
    return file_row(directory, file) | ways | {"kind": "file"}
