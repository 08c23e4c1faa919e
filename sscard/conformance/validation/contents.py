"""A file or an answer, expected and read, taken apart into what people know by name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from sscard.apdu import tlv
from sscard.conformance.report.page import Words
from sscard.conformance.validation import reasons
from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.judged import NOTHING, Judged, Verdict
from sscard.errors import MalformedData
from sscard.perso.findings import Finding, Proof
from sscard.perso.inventory_elements import elements
from sscard.perso.node import Node
from sscard.profiles import Directory, File

#: Longer contents are told by their length.
_LONGEST = 64
#: SSSE/EF05 and DIR say nothing of a person but the card number.
_ISSUER_FILE, _CARD_NUMBER = "SSSE/EF05", "card_number"
_EMPTY = "空 empty"
#: Account, track 2, name, document number and type, discretionary data (pboc 2.3 [H]).
_PERSONAL_TAGS = frozenset({0x57, 0x5A, 0x5F20, 0x9F0B, 0x9F1F, 0x9F20, 0x9F61, 0x9F62})
_CONSTRUCTED = frozenset({0x61, 0x6F, 0x70, 0x77, 0xA5, 0xBF0C})


def of_file(expected: Expected, directory: Directory, file: File, found: Finding) -> list[Judged]:
    """The elements of a file that was read; what is behind the last one, too."""
    place = found.subject
    wanted = elements(file, found.expected or ())
    there = elements(file, found.read or ())
    told = [
        _element(expected, directory.name, place, *pair, personal=_personal(place, file, pair[0]))
        for pair in zip(wanted, there, strict=False)
    ]
    opened = any(each.verdict is Verdict.NOT_PROVEN for each in told)
    if not found.agrees and not opened and all(e.verdict is Verdict.AGREES for e in told):
        words = Words("文件长度或末尾", "its length, or what is behind its end")
        told.append(Judged(directory.name, f"{place}/end", words, Verdict.DIFFERS, Proof.READING))
    return told


def of_answer(part: str, found: Finding, words: Words) -> list[Judged]:
    """The data objects of a record, FCI or other answer; one row where it does not parse."""
    wanted, there = (_one(each) for each in (found.expected, found.read))
    try:
        pairs = list(zip_longest(_leaves(wanted), _leaves(there)))
    except MalformedData:
        pairs = []
    rows = [_data_object(part, found.subject, words, *pair) for pair in pairs]
    if len(rows) <= 1 or (not found.agrees and all(e.verdict is Verdict.AGREES for e in rows)):
        verdict = Verdict.AGREES if found.agrees else Verdict.DIFFERS
        shown = [_short(each.hex().upper()) for each in (wanted, there)]
        told = found.subject, words, verdict, found.proof, shown[0], shown[1]
        return [Judged(part, *told, personal=any(each.personal for each in rows))]
    return rows


def _personal(place: str, file: File, element: Node) -> bool:
    if place == _ISSUER_FILE:
        return element.name == _CARD_NUMBER
    return file.content != "dir"


def _element(
    expected: Expected, part: str, place: str, wanted: Node, there: Node, *, personal: bool
) -> Judged:
    verdict = Verdict.AGREES if wanted.raw == there.raw else Verdict.DIFFERS
    left = expected.open(wanted.name)
    return Judged(
        part,
        f"{place}/{wanted.name}",
        Words(wanted.zh, wanted.en),
        Verdict.NOT_PROVEN if left else verdict,
        Proof.NOT_PROVEN if left else Proof.READING,
        "" if left else _text(wanted),
        _text(there),
        personal=personal,
        why=reasons.NOT_SAID if left else NOTHING,
    )


def _text(node: Node) -> str:
    if node.empty:
        return _EMPTY
    if node.children:
        return "; ".join(f"{each.name} {_text(each)}" for each in node.children)
    value = node.raw.hex().upper() if node.value is None else f"{node.value} {node.meaning}"
    return _short(value.strip())


def _short(text: str) -> str:
    if len(text) <= 2 * _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text)} 字符 characters)"


def _one(parts: tuple[bytes, ...] | None) -> bytes:
    return b"".join(parts or ())


def _leaves(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Primitive data objects in order.  Raises MalformedData."""
    for tag, value in tlv.parse(raw):
        if tag in _CONSTRUCTED:
            yield from _leaves(value)
        else:
            yield tag, value


def _data_object(
    part: str,
    subject: str,
    words: Words,
    wanted: tuple[int, bytes] | None,
    there: tuple[int, bytes] | None,
) -> Judged:
    tag = (wanted or there or (0, b""))[0]
    shown = [_short(each[1].hex().upper()) if each else "" for each in (wanted, there)]
    return Judged(
        part,
        f"{subject}/{tag:02X}",
        Words(f"{words.zh}，标签 {tag:02X}", f"{words.en}, tag {tag:02X}"),
        Verdict.AGREES if wanted == there else Verdict.DIFFERS,
        Proof.READING,
        shown[0],
        shown[1],
        personal=tag in _PERSONAL_TAGS,
    )
