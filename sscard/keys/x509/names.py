"""Distinguished names as pairs of short name and text, in the words of certificates: C S L O CN."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from unicodedata import category

#: ``(("C", "CN"), ("S", "浙江省"), …)``; a type without short name stands as its number.
Name = tuple[tuple[str, str], ...]

_OIDS: Mapping[str, str] = MappingProxyType(
    {
        "C": "2.5.4.6",
        "S": "2.5.4.8",
        "L": "2.5.4.7",
        "O": "2.5.4.10",
        "OU": "2.5.4.11",
        "CN": "2.5.4.3",
    }
)
_SHORT = MappingProxyType({oid: short for short, oid in _OIDS.items()})
#: Most characters in each (RFC 5280 appendix A.1, ub-...).
_LONGEST: Mapping[str, int] = MappingProxyType(
    {"C": 2, "S": 128, "L": 128, "O": 64, "OU": 64, "CN": 64}
)


def of_parts(parts: Iterable[str]) -> Name:
    """``("C=CN", "O=…")`` as pairs."""
    return tuple((short, text) for short, _, text in (each.partition("=") for each in parts))


def require_name(name: Name) -> None:
    """ValueError naming the part, never its text, for what a certificate has no room or word for.

    A country has two letters.  Other parts are any text without control characters: rare
    characters of private code points are in names, too.
    """
    if not name:
        raise ValueError("a distinguished name has at least one part")
    for short, text in name:
        _require_part(short, text)


def _require_part(short: str, text: str) -> None:
    longest = _LONGEST.get(short)
    if longest is None:
        raise ValueError(f"{short}: no part of a distinguished name ({' '.join(_OIDS)})")
    if not 0 < len(text) <= longest:
        raise ValueError(f"{short}: 1 to {longest} characters, not {len(text)}")
    if text != text.strip() or any(category(each) in ("Cc", "Cs") for each in text):
        raise ValueError(f"{short}: a space at an end, or a control character")
    if short == "C" and not (len(text) == longest and text.isascii() and text.isalpha()):
        raise ValueError("C: a country has two letters")


def built(name: Name) -> Any:
    """The ``asn1crypto`` object: UTF-8, the country printable (RFC 5280 §4.1.2.4, §4.1.2.6).

    ValueError as ``require_name``.
    """
    from asn1crypto import x509

    require_name(name)
    parts = [
        [{"type": _OIDS[short], "value": x509.DirectoryString(name=_form(short), value=text)}]
        for short, text in name
    ]
    return x509.Name(name="", value=x509.RDNSequence(parts))


def _form(short: str) -> str:
    return "printable_string" if short == "C" else "utf8_string"


def read(name: Any) -> Name:
    """The pairs of an ``asn1crypto`` name; raises what that raises for bytes that are none."""
    return tuple(_pairs(name))


def _pairs(name: Any) -> Iterator[tuple[str, str]]:
    for part in (part for parts in name.chosen for part in parts):
        oid, value = part["type"].dotted, part["value"]
        yield _SHORT.get(oid, oid), _text(value)


def _text(value: Any) -> str:
    """What has no form that is known stands as its bytes (RFC 4514 §2.4)."""
    from asn1crypto import core

    text = None if isinstance(value, core.Any) else value.native
    return text if isinstance(text, str) else f"#{value.dump().hex()}"
