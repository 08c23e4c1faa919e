"""Command APDUs: all four cases, short and extended (ISO/IEC 7816-3 §12.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.errors import MalformedData


@dataclass(frozen=True, slots=True)
class CommandAPDU:
    """One command.  ``ne`` is the response length wanted, in bytes; 0 means no Le field."""

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = field(default=b"", repr=False)  # may hold a PIN or a key: never shown
    ne: int = 0

    def __post_init__(self) -> None:
        if (self.cla | self.ins | self.p1 | self.p2) & ~0xFF:
            raise ValueError("CLA, INS, P1 and P2 are single bytes")
        if len(self.data) > 0xFFFF or not 0 <= self.ne <= 0x10000:
            raise ValueError("data or ne is longer than an extended APDU can say")

    @property
    def extended(self) -> bool:
        """Whether the command needs 2-byte length fields."""
        return len(self.data) > 0xFF or self.ne > 0x100

    def __bytes__(self) -> bytes:
        width = 2 if self.extended else 1
        marker = b"\0" if self.extended else b""
        lc = len(self.data).to_bytes(width, "big") if self.data else b""
        le = (self.ne % (1 << 8 * width)).to_bytes(width, "big") if self.ne else b""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        return header + (marker if lc or le else b"") + lc + self.data + le

    @classmethod
    def parse(cls, raw: bytes) -> CommandAPDU:
        """The command in ``raw``.  Raises MalformedData when the lengths do not add up."""
        if len(raw) < 4:
            raise MalformedData("command shorter than its header")
        (cla, ins, p1, p2), body = raw[:4], raw[4:]
        if not body:
            return cls(cla, ins, p1, p2)
        width = 2 if body[0] == 0 and len(body) > 1 else 1
        body = body[width - 1 :]  # drop the extended-length marker
        if len(body) == width:
            return cls(cla, ins, p1, p2, ne=_ne(body))
        nc = int.from_bytes(body[:width], "big")
        data, le = body[width : width + nc], body[width + nc :]
        if not nc or len(data) != nc or len(le) not in (0, width):
            raise MalformedData("Lc does not match the command body")
        return cls(cla, ins, p1, p2, data, _ne(le) if le else 0)


def _ne(le: bytes) -> int:
    return int.from_bytes(le, "big") or 1 << 8 * len(le)
