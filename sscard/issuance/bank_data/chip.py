"""Chip data of one card: applications, and their groupings as CPS encodes them (pboc 1.6 [H]).

Each application is its name (one byte of length), three bytes of length, and its groupings in the
order they are sent.  Groupings 8000 to 8FFF are under the transport key, in 3DES-ECB, padded as the
card wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sscard.apdu import aid, cps
from sscard.errors import MalformedData
from sscard.issuance.bank_data.error import BankDataError
from sscard.keys import KeyReference
from sscard.perso.pse_groupings import Dgi, Instance

_SECRET = range(0x8000, 0x9000)
_NAME, _LENGTH = 1, 3
#: What a report calls an application; other banks' are called by their AIDs.
_TITLES = {aid.PSE: "PSE", aid.PPSE: "PPSE", aid.DEBIT: "debit application"}


def parse(raw: bytes, transport: KeyReference) -> tuple[Instance, ...]:
    """The applications.  Raises BankDataError naming application and grouping."""
    found = tuple(_instance(*each, transport) for each in _applications(raw))
    if not found:
        raise BankDataError("chip data", "are of no application")
    return found


def build(instances: Iterable[Instance], encipher: Callable[[bytes], bytes]) -> bytes:
    """The inverse, from groupings in plain; ``encipher`` is 3DES-ECB under the transport key.

    ValueError for a grouping that is secret and none of 8000 to 8FFF, or the other way round.
    """
    return b"".join(_built(each, encipher) for each in instances)


def _built(instance: Instance, encipher: Callable[[bytes], bytes]) -> bytes:
    if any(each.secret != (each.identifier in _SECRET) for each in instance.dgis):
        raise ValueError("secret are groupings 8000 to 8FFF, and no others")
    content = b"".join(
        cps.encode_dgi(each.identifier, encipher(each.value) if each.secret else each.value)
        for each in instance.dgis
    )
    name = instance.name
    return bytes((len(name),)) + name + len(content).to_bytes(_LENGTH, "big") + content


def _applications(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(raw):
        start = at + _NAME + raw[at]
        name, size = raw[at + _NAME : start], raw[start : start + _LENGTH]
        at = start + _LENGTH + int.from_bytes(size, "big")
        if not name or len(size) < _LENGTH or at > len(raw):
            raise BankDataError("chip data", "run past the end")
        yield name, raw[start + _LENGTH : at]


def _instance(name: bytes, content: bytes, transport: KeyReference) -> Instance:
    title = _TITLES.get(name, f"application {name.hex().upper()}")
    try:
        pairs = tuple(cps.parse_dgis(content))
    except MalformedData as error:
        raise BankDataError(title, str(error)) from None
    if not pairs:
        raise BankDataError(title, "has no groupings")
    return Instance(title, name, tuple(_grouping(title, *pair, transport) for pair in pairs))


def _grouping(title: str, identifier: int, value: bytes, transport: KeyReference) -> Dgi:
    if identifier not in _SECRET:
        return Dgi(identifier, value)
    try:
        return Dgi(identifier, value, secret=True, transport=transport)
    except ValueError:
        raise BankDataError(f"{title}, DGI {identifier:04X}", "is not whole blocks") from None
