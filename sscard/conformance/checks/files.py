"""Checks against the profile: records, whole files, FCI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import tlv
from sscard.conformance.checks.answer import Answer
from sscard.profiles import RecordTemplate

_HEAD = 2


def _record(answer: Answer, argument: str) -> str:
    """``record``: length of the record, and its tag and length bytes, as the profile says."""
    number = int(argument) if argument else answer.record
    for template in answer.file.record_templates():
        if template.number == number:
            return _against(answer.data, template)
    return f"the profile has no record {number}"


def _records(answer: Answer, argument: str) -> str:
    """``records``: all records of the file, one behind the other; ``records 3``: from the third."""
    first = int(argument or "1")
    at = 0
    for template in answer.file.record_templates():
        if template.number < first:
            continue
        wrong = _against(answer.data[at : at + template.size], template)
        if wrong:
            return f"record {template.number}: {wrong}"
        at += template.size
    return "" if at == len(answer.data) else f"{len(answer.data) - at} bytes behind the last record"


def _fci(answer: Answer, argument: str) -> str:
    """``fci``: 6F with the directory's name in 84 and what the profile says in A5 (ssc 1.2 [S])."""
    directory = answer.profile.directory(argument) if argument else answer.directory
    name, more = directory.df_name, directory.fci_proprietary
    inside = tlv.encode(0x84, name) + (tlv.encode(0xA5, more) if more else b"")
    if answer.data == tlv.encode(0x6F, inside):
        return ""
    return "not 6F { 84 name" + (", A5 as the profile says }" if more else " }")


def _against(data: bytes, template: RecordTemplate) -> str:
    if len(data) != template.size:
        return f"{len(data)} bytes instead of {template.size}"
    if template.tag is not None and data[:_HEAD] != template.fill[:_HEAD]:
        wanted = template.fill[:_HEAD].hex(" ").upper()
        return f"tag and length are {data[:_HEAD].hex(' ').upper()}, not {wanted}"
    return ""


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {"record": _record, "records": _records, "fci": _fci}
)
