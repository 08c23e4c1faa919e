"""Reasons: a code for programs, and a text in each language for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Coded(StrEnum):
    """Each member is written as code, Chinese and English; it is its code."""

    _value_: str
    zh: str
    en: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        """The member with this code and these texts; it is looked up by its code alone."""
        member = str.__new__(cls, code)
        member._value_, member.zh, member.en = code, zh, en
        return member
