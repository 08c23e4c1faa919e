"""Which data groupings each application takes, how each is checked, what must be there at the end.

pboc 1.6 to 1.8 [H].  A wrong form is 6A80, a grouping the application does not have is 6A88.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import afl, aid, dgi, dol, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.instance import Instance
from sscard.errors import MalformedData
from sscard.keys import TDES

_DIRECTORY = dgi.record(1, 1)
_RECORDS = frozenset(dgi.record(sfi, number) for sfi in range(1, 11) for number in range(1, 0x100))
_LONGEST_RECORD = 254
_KEY_COUNT, _KCV = 3, 3


def _record(value: bytes) -> bool:
    return len(value) <= _LONGEST_RECORD and _template(0x70, value)


def _fci(value: bytes) -> bool:
    # A list that does not parse would only be found at the first transaction.
    return _template(0xA5, value) and dol.size(tlv.find(value, 0xA5, 0x9F38) or b"") <= 0xFF


def _options(value: bytes) -> bool:
    profile, locator = tlv.find(value, 0x82), tlv.find(value, 0x94)
    return len(profile or b"") == 2 and bool(list(afl.records(locator or b"")))


def _keys(value: bytes) -> bool:
    return len(value) == _KEY_COUNT * TDES.SIZE


def _check_values(value: bytes) -> bool:
    return len(value) == _KEY_COUNT * _KCV


def _pin_block(value: bytes) -> bool:
    count, nibbles = value[0] & 0x0F if value else 0, value.hex()
    digits, fill = nibbles[2 : 2 + count], nibbles[2 + count :]
    in_form = len(value) == 8 and value[0] >> 4 == 2 and 4 <= count <= 12
    return in_form and digits.isdecimal() and not fill.strip("f")


def _tries(value: bytes) -> bool:
    return len(value) == 2 and value[0] <= value[1] and 1 <= value[1] <= 0x0F


_CHECKS: Mapping[bytes, Mapping[int, Callable[[bytes], bool]]] = MappingProxyType(
    {
        aid.PSE: {_DIRECTORY: _record, DGI.FCI: _fci},
        aid.PPSE: {DGI.FCI: _fci},
        aid.DEBIT: {
            DGI.FCI: _fci,
            DGI.PROCESSING_OPTIONS: _options,
            DGI.KEYS: _keys,
            DGI.CHECK_VALUES: _check_values,
            DGI.PIN_BLOCK: _pin_block,
            DGI.PIN_TRIES: _tries,
            **dict.fromkeys(_RECORDS, _record),
        },
    }
)

_REQUIRED: Mapping[bytes, frozenset[int]] = MappingProxyType(
    {
        aid.PSE: frozenset({_DIRECTORY, DGI.FCI}),
        aid.PPSE: frozenset({DGI.FCI}),
        aid.DEBIT: frozenset(
            {
                DGI.FCI,
                DGI.PROCESSING_OPTIONS,
                DGI.KEYS,
                DGI.CHECK_VALUES,
                DGI.PIN_BLOCK,
                DGI.PIN_TRIES,
            }
        ),
    }
)


def store(instance: Instance, identifier: int, value: bytes) -> None:
    """Check one grouping and keep it.  Raises StatusError 6A88, 6A80, 6A84."""
    check = _CHECKS[instance.name].get(identifier)
    if check is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    try:
        right = check(value)
    except MalformedData:
        right = False
    if not right:
        raise StatusError(StatusWord.WRONG_DATA)
    if identifier == DGI.CHECK_VALUES and DGI.KEYS in instance:
        _compare(instance, value)
    instance.store(identifier, value)


def require_complete(instance: Instance) -> None:
    """What the last STORE DATA checks.  Raises StatusError 6A86, or 6A80 for other keys' KCVs."""
    if any(each not in instance for each in _REQUIRED[instance.name]):
        raise StatusError(StatusWord.WRONG_P1P2)
    options = instance.value(DGI.PROCESSING_OPTIONS)
    if options is None:
        return
    locator = tlv.find(options, 0x94) or b""
    if any(dgi.record(*place) not in instance for place in afl.records(locator)):
        raise StatusError(StatusWord.WRONG_P1P2)
    _compare(instance, instance.value(DGI.CHECK_VALUES))  # again: the keys may have come later


def _template(tag: int, value: bytes) -> bool:
    """Whether ``value`` is this one template, with data objects in it."""
    found = list(tlv.parse(value))
    return [each for each, _ in found] == [tag] and bool(list(tlv.parse(found[0][1])))


def _compare(instance: Instance, check_values: bytes | None) -> None:
    keys = instance.value(DGI.KEYS) or b""
    computed = b"".join(
        TDES(keys[at : at + TDES.SIZE]).kcv for at in range(0, len(keys), TDES.SIZE)
    )
    if computed != check_values:
        raise StatusError(StatusWord.WRONG_DATA)
