"""Object identifiers of SM2 certificates (GM/T 0006; RFC 5280 §4.2; ssc-more 1.6 [T])."""

from __future__ import annotations

#: SM2 with SM3 (the signature), and the curve of the key.
SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM2_CURVE = "1.2.156.10197.1.301"

SUBJECT_KEY_ID = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
AUTHORITY_KEY_ID = "2.5.29.35"
#: Private extensions of cards' certificates; their octet strings are raw text, no value in DER.
CARD_NUMBER = "1.2.156.2316.1.1"
CARD_HASH = "1.2.156.2316.1.2"
