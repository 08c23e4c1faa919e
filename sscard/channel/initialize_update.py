"""What a card answers to INITIALIZE UPDATE: 28 bytes, fixed layout (pboc 1.2 [H])."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from construct import Bytes, ConstructError, Int8ub, Struct, Terminated

from sscard.errors import MalformedData

_LAYOUT = Struct(
    "keydata" / Bytes(10),
    "key_version" / Int8ub,
    "protocol" / Int8ub,
    "sequence" / Bytes(2),
    "card_challenge" / Bytes(6),
    "cryptogram" / Bytes(8),
    Terminated,
)


@dataclass(frozen=True, slots=True)
class InitializeUpdateResponse:
    """Which keys the card has, its share of the session, and the proof that it has them."""

    #: KMC identifier (6: issuer number, left-justified, F-padded) and chip number (4).
    keydata: bytes
    key_version: int
    #: 02 for SCP02.
    protocol: int
    sequence: bytes
    card_challenge: bytes
    cryptogram: bytes

    def __post_init__(self) -> None:
        variable = (self.keydata, self.sequence, self.card_challenge, self.cryptogram)
        if tuple(map(len, variable)) != (10, 2, 6, 8):
            raise ValueError("KEYDATA, sequence, challenge and cryptogram have 10, 2, 6, 8 bytes")

    def __bytes__(self) -> bytes:
        return bytes(_LAYOUT.build(asdict(self)))

    @classmethod
    def parse(cls, raw: bytes) -> InitializeUpdateResponse:
        """The response data in ``raw``.  Raises MalformedData unless it has 28 bytes."""
        try:
            found = _LAYOUT.parse(raw)
        except ConstructError:
            raise MalformedData("the answer to INITIALIZE UPDATE has not 28 bytes") from None
        return cls(**{field.name: found[field.name] for field in fields(cls)})
