"""Which data go into an application cryptogram, by its version number (pboc 3 [H, V])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.cvr import CVR
from sscard.errors import MalformedData

#: The usual version, and the short one of qPBOC.
USUAL, SHORT = 0x01, 0x11

#: Amounts, terminal country, TVR, currency, date, type, unpredictable number, AIP, ATC; the CVR
#: follows.
_USUAL = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
_SHORT = (0x9F02, 0x9F37, 0x9F36)
#: Tags by version; those of a version are all there is in front of the CVR.
INPUTS: Mapping[int, tuple[int, ...]] = MappingProxyType({USUAL: _USUAL, SHORT: _SHORT})

_SIZES: Mapping[int, int] = MappingProxyType(
    {
        0x9F02: 6,
        0x9F03: 6,
        0x9F1A: 2,
        0x95: 5,
        0x5F2A: 2,
        0x9A: 3,
        0x9C: 1,
        0x9F37: 4,
        0x82: 2,
        0x9F36: 2,
    }
)


def assemble(version: int, values: Mapping[int, bytes], cvr: CVR) -> bytes:
    """What the cryptogram of ``version`` is made over, without padding.

    Raises MalformedData for a version that is not in ``INPUTS`` and, naming the tag, for a value
    that is missing or of another length than its own.
    """
    if version not in INPUTS:
        raise MalformedData(f"no cryptogram version {version:02X}")
    for tag in INPUTS[version]:
        if len(values.get(tag, b"")) != _SIZES[tag]:
            raise MalformedData(f"cryptogram: tag {tag:X} is missing or has another length")
    results = bytes(cvr)
    return b"".join(values[tag] for tag in INPUTS[version]) + (
        results[1:2] if version == SHORT else results
    )
