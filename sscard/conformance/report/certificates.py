"""A card's certificates on a page: one panel for each pair, in words; the holder is masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sscard.conformance.report.page import Fact, Mark, Words
from sscard.errors import MalformedData
from sscard.keys.x509 import Certificate
from sscard.keys.x509.facts import RESIDUE, facts
from sscard.perso.certificates.reading import PairRead

_LABELS: Mapping[str, Words] = MappingProxyType(
    {
        "signature": Words("签名证书", "signature certificate"),
        "encryption": Words("加密证书", "encryption certificate"),
    }
)
_EMPTY = Mark("none", "–", Words("空", "empty"))
_NO_CERTIFICATE = Mark("warn", "–", Words("有密钥，尚无证书", "a key, no certificate yet"))
_UNREADABLE = Mark("bad", "✗", Words("无法解析", "not readable"))
_RESIDUE = Fact(Words("文件", "file"), RESIDUE)
_HIDDEN = "●●●"
#: Set in the type of machines.
_CODES = frozenset({"serial", "card_number", "card_hash", "subject_key_id", "sha256"})
#: What one line says of a certificate; a panel begins with it.
_SHORT = ("serial", "validity")


class Panel(NamedTuple):
    """One pair: its name, whether the certificate is of the card's key, what it says."""

    label: Words
    mark: Mark
    facts: tuple[Fact, ...] = ()


def panels(pairs: Iterable[PairRead], *, unmasked: bool = False) -> tuple[Panel, ...]:
    """A panel for each pair; nothing for a card without the application."""
    return tuple(_panel(each, unmasked) for each in pairs)


def short(pairs: Iterable[PairRead]) -> tuple[Fact, ...]:
    """A line for each pair, with nothing of the holder: the head of a page has no more room."""
    return tuple(_line(each) for each in panels(pairs))


def _line(panel: Panel) -> Fact:
    good = panel.mark.kind == "good"
    words = panel.mark.words.zh if good else str(panel.mark.words)
    said = "; ".join((words, *(each.value for each in panel.facts[: len(_SHORT)])))
    return Fact(panel.label, f"{panel.mark.sign} {said}")


def _panel(pair: PairRead, unmasked: bool) -> Panel:
    label = _LABELS[pair.pair]
    try:
        certificate = pair.certificate.certificate()
    except MalformedData:
        return Panel(label, _UNREADABLE)
    if certificate is None:
        return Panel(label, _EMPTY if pair.unused else _NO_CERTIFICATE)
    behind = (_RESIDUE,) if pair.certificate.residue() else ()
    return Panel(label, _match(pair), (*_facts(certificate, unmasked), *behind))


def _match(pair: PairRead) -> Mark:
    fid = f"{pair.public.file.fid:04X}"
    if pair.matches():
        return Mark("good", "✓", Words(f"与公钥文件 {fid} 一致", f"of the key in file {fid}"))
    return Mark("bad", "✗", Words(f"与公钥文件 {fid} 不一致", f"NOT of the key in file {fid}"))


def _facts(certificate: Certificate, unmasked: bool) -> Iterator[Fact]:
    found = facts(certificate)
    for fact in sorted(found, key=lambda each: each.name not in _SHORT):
        value = fact.value if unmasked or not fact.personal else _HIDDEN
        yield Fact(Words(fact.zh, fact.en), value, code=fact.name in _CODES)
