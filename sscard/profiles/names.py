"""The holder's name over two elements: tag 09 and its extension 4E (ssc 2.9 [S])."""

from __future__ import annotations

from sscard.profiles.fields import FieldError, Refusal, outside_gbk

#: Room in bytes of tag 09 and of tag 4E (ssc 2.1 [S]).
NAME_SIZE = 30
EXTENSION_SIZE = 20


def split_name(
    name: str,
    *,
    room: int = NAME_SIZE,
    more: int = EXTENSION_SIZE,
    element: str = "name",
    filler: int = 0,
) -> tuple[str, str]:
    """What goes into the name and what into its extension; the second is mostly empty.

    Sizes are bytes of GBK.  The cut is never inside a character, so up to one byte of the
    first part stays fill; nor is it behind the character that pads the first part, which could
    not be told from the padding.  Raises FieldError with NAME_ENCODING or NAME_TOO_LONG.
    """
    if place := outside_gbk(name):
        raise FieldError(element, Refusal.NAME_ENCODING, f"character {place} is not in GBK")
    sizes = [len(char.encode("gbk")) for char in name]
    cut = used = 0
    while cut < len(name) and used + sizes[cut] <= room:
        used += sizes[cut]
        cut += 1
    while 0 < cut < len(name) and name[cut - 1] == chr(filler):
        cut -= 1
    used, rest = sum(sizes[:cut]), sum(sizes[cut:])
    if rest > more:
        why = f"{used} + {rest} bytes do not fit {room} + {more}"
        raise FieldError(element, Refusal.NAME_TOO_LONG, why)
    return name[:cut], name[cut:]
