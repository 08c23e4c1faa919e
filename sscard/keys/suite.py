"""The cipher suites there are (ssc 4 [S]), by the words of profiles and by the byte of cards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.keys.suite_3des import TripleDesSuite
from sscard.keys.suite_protocol import Diversifier, Suite
from sscard.keys.suite_sm4 import Sm4Suite

__all__ = ["SM4_SUITE", "SUITES", "TDES_SUITE", "Diversifier", "Suite", "suite_of_algorithm"]

TDES_SUITE: Suite = TripleDesSuite()
SM4_SUITE: Suite = Sm4Suite()

#: Profiles name a suite by these words.
SUITES: Mapping[str, Suite] = MappingProxyType(
    {suite.name: suite for suite in (TDES_SUITE, SM4_SUITE)}
)

_BY_ALGORITHM: Mapping[int, Suite] = MappingProxyType(
    {suite.algorithm: suite for suite in SUITES.values()}
)


def suite_of_algorithm(algorithm: int) -> Suite:
    """The suite a card names in its FCI, tag 9F0C: 01 is 3DES, 03 is SM4 (ssc 1.2 [S]).

    Raises MalformedData for any other, 02 (SSF33, whose text is not public) among them.
    """
    try:
        return _BY_ALGORITHM[algorithm]
    except KeyError:
        raise MalformedData(f"no cipher suite for algorithm {algorithm:02X}") from None
