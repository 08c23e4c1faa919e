"""Response APDUs (ISO/IEC 7816-3 §12.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData


@dataclass(frozen=True, slots=True)
class ResponseAPDU:
    """One answer: data and status word."""

    data: bytes = field(default=b"", repr=False)  # may hold personal data: never shown
    sw: StatusWord = StatusWord.OK

    def __bytes__(self) -> bytes:
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def parse(cls, raw: bytes) -> ResponseAPDU:
        """The answer in ``raw``.  Raises MalformedData when there is no status word in it."""
        if len(raw) < 2:
            raise MalformedData("response shorter than a status word")
        try:
            sw = StatusWord(int.from_bytes(raw[-2:], "big"))
        except ValueError:
            raise MalformedData("response ends in no status word (6000 to 9FFF)") from None
        return cls(raw[:-2], sw)

    def require(self, doing: str) -> bytes:
        """The data if the card said 9000; StatusError otherwise."""
        if self.sw != StatusWord.OK:
            raise StatusError(self.sw, doing)
        return self.data
