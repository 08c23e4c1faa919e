"""Checks of FCIs and directories, of SSSE's and of the bank's (ssc 1.2 [S]; pboc 2.2 [H])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import aid, dol, tlv
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData

_FCI, _NAME, _MORE, _SFI, _ISSUER = 0x6F, 0x84, 0xA5, 0x88, 0xBF0C
_RECORD, _ENTRY, _AID, _LABEL, _PDOL = 0x70, 0x61, 0x4F, 0x50, 0x9F38
_AID_SIZES, _LABEL_SIZES = range(5, 17), range(1, 17)
_DIRECTORY_SFIS = range(1, 11)
Check = Callable[[Answer, str], str]


def _readable(check: Check) -> Check:
    """The check, saying so where the answer is no TLV."""

    def said(answer: Answer, argument: str) -> str:
        try:
            return check(answer, argument)
        except MalformedData as error:
            return f"no TLV: {error}"

    return said


def _directory_fci(answer: Answer, argument: str) -> str:
    """``directory fci 1PAY…``: 6F { 84 name, A5 { 88 SFI … } }, and nothing else."""
    if wrong := _named(answer.data, argument.encode("ascii")):
        return wrong
    sfi = tlv.find(answer.data, _FCI, _MORE, _SFI) or b""
    if len(sfi) != 1 or sfi[0] not in _DIRECTORY_SFIS:
        return "tag 88, the SFI of the directory, is missing or not 1 to 10"
    return ""


def _contactless_fci(answer: Answer, argument: str) -> str:
    """``contactless fci 2PAY…``: the entries are in the FCI, 6F { 84, A5 { BF0C { 61 … } } }."""
    if wrong := _named(answer.data, argument.encode("ascii")):
        return wrong
    return _entries(tlv.find(answer.data, _FCI, _MORE, _ISSUER) or b"")


def _application_fci(answer: Answer, argument: str) -> str:
    """``application fci``: name, label, and a PDOL that can be answered where there is one."""
    del argument
    setting = answer.profile.bank.get("aid")
    if wrong := _named(answer.data, setting.data if setting else aid.DEBIT):
        return wrong
    more = tlv.find(answer.data, _FCI, _MORE) or b""
    label = tlv.find(more, _LABEL) or b""
    if len(label) not in _LABEL_SIZES:
        return "tag 50, the label, is missing or not 1 to 16 bytes"
    dol.size(tlv.find(more, _PDOL) or b"")
    return ""


def _application_entries(answer: Answer, argument: str) -> str:
    """``application entries``: records 70 { 61 { 4F, 50 … } … }, at least one."""
    del argument
    objects = list(tlv.parse(answer.data))
    if any(tag != _RECORD for tag, _ in objects) or not objects:
        return "not records 70, or none"
    return next((wrong for _, value in objects if (wrong := _entries(value))), "")


def _asks_for(answer: Answer, argument: str) -> str:
    """``asks for DF69``: the PDOL of this FCI has the tag."""
    asked = tlv.find(answer.data, _FCI, _MORE, _PDOL) or b""
    there = any(f"{tag:X}" == argument for tag, _ in dol.entries(asked))
    return "" if there else f"the PDOL does not ask for {argument}"


def _holds_tags(answer: Answer, argument: str) -> str:
    """``holds tags 57 9F1F``: a record with these data objects, among others."""
    there = {f"{tag:X}" for tag, _ in tlv.parse(tlv.find(answer.data, _RECORD) or b"")}
    missing = [tag for tag in argument.split() if tag not in there]
    return f"not in it: {', '.join(missing)}" if missing else ""


def _named(raw: bytes, name: bytes) -> str:
    objects = list(tlv.parse(raw))
    if [tag for tag, _ in objects] != [_FCI]:
        return "not one template 6F"
    inside = [tag for tag, _ in tlv.parse(objects[0][1])]
    if inside != [_NAME, _MORE]:
        return "template 6F does not hold 84 and A5"
    return "" if tlv.find(raw, _FCI, _NAME) == name else "tag 84 is another name"


def _entries(raw: bytes) -> str:
    entries = [value for tag, value in tlv.parse(raw) if tag == _ENTRY]
    for entry in entries:
        if len(tlv.find(entry, _AID) or b"") not in _AID_SIZES:
            return "an entry has no AID (4F) of 5 to 16 bytes"
        if not tlv.find(entry, _LABEL):
            return "an entry has no label (50)"
    return "" if entries else "no entry 61"


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "directory fci": _readable(_directory_fci),
        "contactless fci": _readable(_contactless_fci),
        "application fci": _readable(_application_fci),
        "application entries": _readable(_application_entries),
        "asks for": _readable(_asks_for),
        "holds tags": _readable(_holds_tags),
    }
)
