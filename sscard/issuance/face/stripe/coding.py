"""Characters of a magnetic stripe: which a track has, how many, and the check behind them.

ISO/IEC 7811-2 codes track 1 in six bits, tracks 2 and 3 in four, each with a parity bit that only
encoder and reader see.  The check (LRC) is the XOR of all codes from the start sentinel to the end
sentinel, and is itself a character of the track.
"""

from __future__ import annotations

from dataclasses import dataclass

from sscard.errors import MalformedData

END = "?"


@dataclass(frozen=True, slots=True)
class Coding:
    """One track's characters.  ``longest`` counts both sentinels and the LRC.

    ``lowest`` is the character with the code 0, ``bits`` how many a code has without parity;
    ``information`` are those that data may be made of, the field separator not among them.
    """

    number: int
    start: str
    separator: str
    lowest: str
    bits: int
    longest: int
    information: str

    def lrc(self, framed: str) -> str:
        """The check of a text with its sentinels."""
        check = 0
        for each in framed:
            check ^= ord(each) - ord(self.lowest)
        return chr(check + ord(self.lowest))

    def framed(self, data: str) -> str:
        """``data`` between its sentinels.  Raises ValueError when the track cannot hold it."""
        wrong = self._wrong(data)
        if wrong:
            raise ValueError(f"track {self.number}: {wrong}")
        return f"{self.start}{data}{END}"

    def data(self, raw: bytes) -> str:
        """What stands between the sentinels, as a reader gives it, with the LRC behind or without.

        Raises MalformedData naming track and place, never a value.
        """
        text = raw.decode("latin-1")
        for at, each in enumerate(text, start=1):
            if not 0 <= ord(each) - ord(self.lowest) < 1 << self.bits:
                raise self._error(f"character {at} is none of this track")
        data, end, check = text[1:].partition(END)
        if text[:1] != self.start or not end:
            raise self._error("has no sentinels")
        if check not in ("", self.lrc(f"{self.start}{data}{END}")):
            raise self._error("its check (LRC) is wrong")
        wrong = self._wrong(data)
        if wrong:
            raise self._error(wrong)
        return data

    def _wrong(self, data: str) -> str:
        if len(data) + 3 > self.longest:
            return f"has {len(data) + 3} characters, {self.longest} at most"
        known = self.information + self.separator
        at = next((at for at, each in enumerate(data, start=1) if each not in known), None)
        return f"character {at} of the data is not allowed" if at else ""

    def _error(self, what: str) -> MalformedData:
        return MalformedData(f"track {self.number}: {what}")


DIGITS = "0123456789"
#: ISO/IEC 7811-2 keeps the other characters for equipment and for national letters.
LETTERS = f" $()-./{DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ"

TRACK_1 = Coding(1, "%", "^", " ", 6, 79, LETTERS)
TRACK_2 = Coding(2, ";", "=", "0", 4, 40, DIGITS)
TRACK_3 = Coding(3, ";", "=", "0", 4, 107, DIGITS)
